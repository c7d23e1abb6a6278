"""Asking the origin whether what is stored still holds: RFC 9111 section 4.3."""
import pytest

from caching import about, answer, fate, ttl
from origin import Page, date_of

STALE = {"Cache-Control": "max-age=10", "Age": "20"}
LATER = {"Cache-Control": "max-age=100"}


def stale_then(case, fields, *handlers):
    """A stale response with these fields is stored; the next request gets what the next handler says."""
    case.serves(answer(200, {**STALE, **fields}, b"old"), *handlers)
    assert fate(case.get()) == "uri-miss"
    return case.get()


@pytest.mark.parametrize("fields, sent", [
    ({"ETag": '"v"'}, ('"v"', None)), ({"ETag": 'W/"v"'}, ('W/"v"', None)),
    ({"Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}, (None, "Wed, 01 Jan 2025 00:00:00 GMT")),
    ({"ETag": '"v"', "Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}, ('"v"', "Wed, 01 Jan 2025 00:00:00 GMT")),
    ({"ETag": "no tag", "Last-Modified": "no date"}, (None, None)), ({}, (None, None))])
def test_the_origin_is_asked_with_all_validators_that_it_gave(case, fields, sent):
    stale_then(case, {**fields, "Cache-Control": "max-age=10, stale-if-error=1"}, answer(200, LATER, b"new"))
    assert (case.asked[1]["If-None-Match"], case.asked[1]["If-Modified-Since"]) == sent


def test_a_304_means_that_what_is_stored_is_sent(case):
    reply = stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"v"'}))
    assert (reply.status, reply.body, fate(reply), reply.cache_status["fwd-status"]) == (200, b"old", "stale", 304)
    assert fate(case.get()) == "hit"


def test_a_304_starts_the_age_anew(case):
    reply = stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"v"'}))
    assert int(reply["Age"]) <= 8 and about(ttl(case.get()), 100)


def test_the_age_of_a_304_itself_counts(case):
    stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"v"', "Age": "60"}))
    assert about(ttl(case.get()), 40)


def test_a_304_without_a_lifetime_keeps_the_old_one(case):
    stale_then(case, {"ETag": '"v"'}, answer(304, {"ETag": '"v"'}))
    assert about(ttl(case.get()), 10)


def test_fields_of_a_304_replace_their_namesakes_and_leave_the_others(case):
    stale_then(case, {"ETag": '"v"', "X-New": "old", "X-Old": "old"},
               answer(304, {**LATER, "ETag": '"v"', "X-New": "new", "X-More": "more"}))
    again = case.get()
    assert (fate(again), again["X-New"], again["X-Old"], again["X-More"]) == ("hit", "new", "old", "more")
    assert again["Cache-Control"] == "max-age=100"


def test_a_304_does_not_touch_what_describes_the_stored_bytes(case):
    stale_then(case, {"ETag": '"v"', "Content-Encoding": "x-own"},
               answer(304, {**LATER, "ETag": '"v"', "Content-Length": "0", "Content-Encoding": "other",
                            "Content-Range": "bytes 0-0/1"}))
    again = case.get()
    assert (again["Content-Length"], again["Content-Encoding"], again["Content-Range"]) == ("3", "x-own", None)
    assert again.body == b"old"


def test_a_304_brings_no_fields_of_its_connection(case):
    stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"v"', "Connection": "X-Hop", "X-Hop": "1"}))
    again = case.get()
    assert (fate(again), again["X-Hop"], again["Connection"]) == ("hit", None, None)


def test_what_a_304_changed_is_still_so_after_a_restart(own, edge):
    case = own(disks=1)
    stale_then(case, {"ETag": '"v"', "X-New": "old"}, answer(304, {**LATER, "ETag": '"v"', "X-New": "new"}))
    case.server.stop()
    case.server = edge(case.origin)
    again = case.get()
    assert (fate(again), again["X-New"], again.body, len(case.asked)) == ("hit", "new", b"old", 2)


def test_a_304_that_names_the_weak_form_of_our_tag_is_about_ours_and_leaves_it(case):
    stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": 'W/"v"'}))
    again = case.get()
    assert (fate(again), again["ETag"], len(case.asked)) == ("hit", '"v"', 2)


def test_a_304_about_something_else_is_not_believed_and_the_client_gets_a_body(case):
    reply = stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"other"'}),
                       answer(200, {**LATER, "ETag": '"other"'}, b"new"))
    assert (reply.status, reply.body) == (200, b"new")
    assert [each["If-None-Match"] for each in case.asked] == [None, '"v"', None]


def test_a_304_about_something_else_freshens_nothing(case):
    stale_then(case, {"ETag": '"v"'}, answer(304, {**LATER, "ETag": '"other"', "X-New": "new"}),
               answer(200, {**LATER, "ETag": '"other"'}, b"new"))
    again = case.get()
    assert (again.body, again["X-New"]) == (b"new", None)


def test_a_200_replaces_what_is_stored_with_all_its_fields(case):
    reply = stale_then(case, {"ETag": '"v"', "X-Old": "old"}, answer(200, {**LATER, "ETag": '"w"'}, b"new"))
    again = case.get()
    assert (reply.body, fate(reply), reply.cache_status["fwd-status"]) == (b"new", "stale", 200)
    assert (again.body, fate(again), again["X-Old"], again["ETag"]) == (b"new", "hit", None, '"w"')


def test_a_200_that_must_not_be_stored_does_not_bring_the_old_one_back(case):
    reply = stale_then(case, {"ETag": '"v"'}, answer(200, {"Cache-Control": "no-store"}, b"mine"),
                       answer(200, {"Cache-Control": "no-store"}, b"yours"))
    assert (reply.body, case.get().body) == (b"mine", b"yours")


@pytest.mark.parametrize("status", [404, 410])
def test_when_it_is_gone_the_origins_answer_counts(case, status):
    reply = stale_then(case, {"ETag": '"v"'}, answer(status))
    assert (reply.status, case.get().status) == (status, status)


def test_a_clients_own_condition_is_not_what_the_origin_is_asked_with(case):
    case.serves(Page("new", etag='"new"', **{"cache_control": "max-age=10", "age": "20"}))
    case.get()
    reply = case.get('If-None-Match: "clients"', "If-Modified-Since: " + date_of(0))
    assert (reply.status, reply.body) == (200, b"new")
    assert (case.asked[1]["If-None-Match"], case.asked[1]["If-Modified-Since"]) == ('"new"', None)


def test_a_client_whose_copy_is_the_validated_one_gets_its_own_304(case):
    case.serves(Page("a", etag='"v"', **{"cache_control": "max-age=10", "age": "20"}))
    case.get()
    reply = case.get('If-None-Match: "v"')
    assert (reply.status, fate(reply), reply.cache_status["fwd-status"]) == (304, "stale", 304)


def test_many_who_need_a_validation_share_one(case):
    case.serves(answer(200, {**STALE, "ETag": '"v"'}, b"old"),
                lambda _, connection: connection.hold() or connection.reply(304, {**LATER, "ETag": '"v"'}))
    case.get()
    clients = [case.server.client() for _ in range(5)]
    for client in clients:
        client.ask(case.path)
    case.origin.wait_for(2, case.path)
    case.origin.release()
    replies = [client.reply() for client in clients]
    assert [each.body for each in replies] == [b"old"] * 5 and len(case.asked) == 2


def test_a_stale_response_without_validator_is_asked_for_whole(case):
    reply = stale_then(case, {"Cache-Control": "max-age=10, stale-if-error=5"}, answer(200, LATER, b"new"))
    assert (reply.body, fate(reply), case.asked[1]["If-None-Match"]) == (b"new", "stale", None)


def test_a_range_of_what_is_stale_is_validated_whole_and_then_cut(case):
    case.serves(Page("abcdef", etag='"v"', cache_control="max-age=10", age="20"))
    case.get()
    reply = case.get("Range: bytes=1-2")
    assert (reply.status, reply.body, fate(reply)) == (206, b"bc", "stale")
    assert (case.asked[1]["If-None-Match"], case.asked[1]["Range"]) == ('"v"', None)
