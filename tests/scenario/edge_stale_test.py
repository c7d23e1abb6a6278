"""Stale answers that the origin, the route or nobody allows: RFC 5861, RFC 9111 section 4.2.4."""
import pytest

from caching import TWICE, about, answer, bytes_of, fate, ttl
from harness import until

FRESH = {"Cache-Control": "max-age=100", "ETag": '"v"'}


def stale(says, **more):
    return answer(200, {"Cache-Control": says, "Age": "150", "ETag": '"v"', **more}, b"old")


def held(status, fields=(), body=b"new"):
    return lambda _, connection: connection.hold() or connection.reply(status, fields, body)


# ---- stale-while-revalidate


def test_within_stale_while_revalidate_all_get_it_at_once_and_the_origin_is_asked_once(case):
    case.serves(stale("max-age=100, stale-while-revalidate=90"), held(200, FRESH))
    case.get()
    replies = [case.get() for _ in range(5)]
    assert [(each.body, fate(each)) for each in replies] == [(b"old", "hit")] * 5
    assert about(ttl(replies[0]), -50)
    case.origin.wait_for(2, case.path)
    case.origin.release()
    until(lambda: case.get().body == b"new", "the background validation is through")
    assert len(case.asked) == 2


def test_a_background_validation_asks_with_the_stored_validator_and_freshens(case):
    case.serves(stale("max-age=100, stale-while-revalidate=90"), answer(304, FRESH))
    assert case.fates(*TWICE) == ["uri-miss", "hit"]
    until(lambda: ttl(case.get()) > 0, "it is fresh again")
    assert case.get().body == b"old" and [each["If-None-Match"] for each in case.asked] == [None, '"v"']


def test_past_stale_while_revalidate_the_client_waits_for_the_origin(case):
    case.serves(stale("max-age=100, stale-while-revalidate=30"), answer(200, FRESH, b"new"))
    case.get()
    assert case.get().body == b"new"


@pytest.mark.parametrize("says", ["must-revalidate", "proxy-revalidate", "s-maxage=100", "no-cache"])
def test_stale_while_revalidate_does_not_outrank_what_forbids_stale_use(case, says):
    case.serves(stale(f"max-age=100, stale-while-revalidate=90, {says}"), answer(200, FRESH, b"new"))
    case.get()
    assert case.get().body == b"new"


def test_a_route_can_allow_stale_while_revalidate_where_the_origin_says_nothing(own):
    case = own(routes=[{"stale_while_revalidate": "90s"}])
    case.serves(stale("max-age=100"), answer(200, FRESH, b"new"))
    assert case.fates(*TWICE) == ["uri-miss", "hit"]
    until(lambda: case.get().body == b"new", "the background validation is through")


def test_what_the_origin_says_of_stale_while_revalidate_outranks_the_route(own):
    case = own(routes=[{"stale_while_revalidate": "90s"}])
    case.serves(stale("max-age=100, stale-while-revalidate=0"), answer(200, FRESH, b"new"))
    case.get()
    assert case.get().body == b"new"


def test_a_background_validation_that_fails_leaves_what_is_stored(case):
    case.serves(stale("max-age=100, stale-while-revalidate=90"), bytes_of("nonsense\r\n\r\n"))
    case.get()
    assert case.get().body == b"old"
    case.origin.wait_for(2, case.path)
    assert (case.get().body, fate(case.get())) == (b"old", "hit")


def test_a_client_that_wants_it_fresh_waits_also_within_stale_while_revalidate(case):
    case.serves(stale("max-age=100, stale-while-revalidate=90"), answer(200, FRESH, b"new"))
    case.get()
    assert case.get("Cache-Control: max-age=60").body == b"new"


# ---- stale-if-error


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_within_stale_if_error_a_failing_origin_is_not_seen(case, status):
    case.serves(stale("max-age=100, stale-if-error=90"), answer(status))
    case.get()
    reply = case.get()
    assert (reply.status, reply.body) == (200, b"old") and about(ttl(reply), -50)


def test_an_origin_that_is_well_again_is_asked_again(case):
    case.serves(stale("max-age=100, stale-if-error=90"), answer(503), answer(200, FRESH, b"new"))
    case.get()
    assert case.get().body == b"old"
    until(lambda: case.get().body == b"new", "the origin is asked again")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_that_is_not_to_be_stored_is_hidden_too(case, status):
    case.serves(stale("max-age=100, stale-if-error=90"), answer(status, {"Cache-Control": "no-store"}))
    case.get()
    assert [(each.status, each.body) for each in (case.get(), case.get())] == [(200, b"old")] * 2


@pytest.mark.parametrize("status", [404, 410, 501, 505])
def test_what_is_no_error_of_that_kind_is_passed_on(case, status):
    case.serves(stale("max-age=100, stale-if-error=90"), answer(status, body=b"said"))
    case.get()
    reply = case.get()
    assert (reply.status, reply.body) == (status, b"said")


def test_past_stale_if_error_the_error_is_passed_on(case):
    case.serves(stale("max-age=100, stale-if-error=30"), answer(503, body=b"said"))
    case.get()
    assert (case.get().status, case.get().body) == (503, b"said")


@pytest.mark.parametrize("says", ["must-revalidate", "proxy-revalidate", "s-maxage=100", "no-cache"])
def test_stale_if_error_does_not_outrank_what_forbids_stale_use(case, says):
    case.serves(stale(f"max-age=100, stale-if-error=90, {says}"), answer(503))
    case.get()
    reply = case.get()
    assert (reply.status, fate(reply), case.asked[1]["If-None-Match"]) == (503, "stale", '"v"')


def test_a_clients_no_cache_does_not_get_what_is_stale(case):
    case.serves(stale("max-age=100, stale-if-error=90"), answer(503))
    case.get()
    reply = case.get("Cache-Control: no-cache")
    assert (reply.status, fate(reply), case.asked[1]["If-None-Match"]) == (503, "request", '"v"')


def test_without_stale_if_error_an_error_is_passed_on_and_the_stale_one_stays(case):
    case.serves(stale("max-age=100"), answer(503, {"Cache-Control": "max-age=0"}), answer(304, FRESH))
    case.get()
    assert case.get().status == 503
    reply = case.get()
    assert (reply.status, reply.body, case.asked[-1]["If-None-Match"]) == (200, b"old", '"v"')


def test_an_origin_that_is_gone_is_not_seen_within_stale_if_error(own):
    case = own()
    case.serves(stale("max-age=100, stale-if-error=90"))
    case.get()
    case.origin.stop()
    assert [(each.status, each.body) for each in (case.get(), case.get())] == [(200, b"old")] * 2


@pytest.mark.parametrize("says", ["must-revalidate", "proxy-revalidate", "s-maxage=100", "no-cache"])
def test_an_origin_that_is_gone_is_an_error_where_stale_use_is_forbidden(own, says):
    case = own()
    case.serves(stale(f"max-age=100, stale-if-error=90, {says}"))
    case.get()
    case.origin.stop()
    reply = case.get()
    assert reply.status in (502, 503, 504) and "outpost; error=" in reply["Proxy-Status"]


def test_an_origin_whose_answer_is_nonsense_has_failed(case):
    case.serves(stale("max-age=100, stale-if-error=90"), bytes_of("nonsense\r\n\r\n"))
    case.get()
    assert (case.get().status, case.get().body) == (200, b"old")


def test_a_route_can_allow_stale_if_error_where_the_origin_says_nothing(own):
    case = own(routes=[{"stale_if_error": "90s"}])
    case.serves(stale("max-age=100"), answer(503))
    case.get()
    assert case.get().body == b"old"


def test_what_the_origin_says_of_stale_if_error_outranks_the_route(own):
    case = own(routes=[{"stale_if_error": "90s"}])
    case.serves(stale("max-age=100, stale-if-error=0"), answer(503))
    case.get()
    assert case.get().status == 503


def test_a_failing_origin_is_left_alone_for_a_moment(own):
    case = own(routes=[{"error_ttl": "60s"}])
    case.serves(stale("max-age=100, stale-if-error=90"), answer(503))
    assert [case.get().body for _ in range(6)] == [b"old"] * 6
    assert len(case.asked) == 2


def test_what_is_fresh_but_unwelcome_to_the_client_serves_while_the_origin_is_gone(own):
    case = own()
    case.serves_page("a", cache_control="max-age=100", age="30")
    case.get()
    case.origin.stop()
    assert case.get("Cache-Control: max-age=10").body == b"a"


def test_a_background_validation_that_finds_it_gone_makes_it_gone(case):
    case.serves(stale("max-age=100, stale-while-revalidate=90"), answer(404, {"Cache-Control": "max-age=4"}))
    case.get()
    assert case.get().body == b"old"
    until(lambda: case.get().status == 404, "it is gone")


def test_all_who_wait_for_a_failing_origin_get_what_is_stale(case):
    case.serves(stale("max-age=100, stale-if-error=90"), held(503))
    case.get()
    clients = [case.server.client() for _ in range(4)]
    for client in clients:
        client.ask(case.path)
    case.origin.wait_for(2, case.path)
    case.origin.release()
    assert [client.reply().body for client in clients] == [b"old"] * 4 and len(case.asked) == 2


def test_what_was_stale_is_as_stale_after_a_restart(own, edge):
    case = own(disks=1)
    case.serves(stale("max-age=100, stale-if-error=90"), answer(503), answer(503))
    case.get()
    case.server.stop()
    case.server = edge(case.origin)
    reply = case.get()
    assert (reply.body, fate(reply), case.asked[1]["If-None-Match"]) == (b"old", "stale", '"v"')
    assert about(reply["Age"], 150)
