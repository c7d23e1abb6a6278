"""What the edge keeps and what of it: RFC 9111 section 3."""
import itertools

import pytest

from caching import NONE, TWICE, about, answer, fate, ttl
from origin import Page


def is_kept(case, *fields):
    """Whether a second, plain request is answered without the origin."""
    first = case.get(*fields)
    kept = fate(case.get()) == "hit"
    assert ("stored" in first.cache_status) == kept, first.cache_status
    return kept


def numbered(fields, name=None):
    """A handler whose replies can be told apart: by their bodies, and by the field `name`."""
    counter = itertools.count(1)

    def reply(_, connection):
        number = next(counter)
        more = {name: f"of {number}"} if name else {}
        connection.reply(200, {**fields, **more}, f"body {number}".encode())
    return reply


@pytest.mark.parametrize("says", ["no-store", "private", "no-store, max-age=100", "private, max-age=100",
                                  "private, s-maxage=100", "public, no-store, max-age=100", "NO-STORE", "private=",
                                  "no-store=x", 'private="not a name", max-age=100'])
def test_what_is_private_or_not_to_be_stored_is_not(case, says):
    case.serves(numbered({"Cache-Control": says}))
    replies = [case.get(), case.get()]
    assert [(each.body, fate(each)) for each in replies] == [(b"body 1", "uri-miss"), (b"body 2", "uri-miss")]


def test_private_with_field_names_keeps_the_rest_and_gives_the_fields_to_nobody_else(case):
    case.serves(numbered({"Cache-Control": 'max-age=100, private="X-Name, X-Other"', "X-Plain": "p"}, "X-Name"))
    case.get()
    second = case.get()
    assert (fate(second), second["X-Name"], second["X-Plain"]) == ("hit", None, "p")


def test_no_cache_with_field_names_keeps_the_rest_and_gives_the_fields_to_nobody_else(case):
    case.serves(numbered({"Cache-Control": 'max-age=100, no-cache="x-name"'}, "X-Name"))
    case.get()
    second = case.get()
    assert (fate(second), second["X-Name"]) == ("hit", None)


def test_no_cache_is_stored_and_validated_each_time(case):
    case.serves_page("a", cache_control="no-cache, max-age=100", etag='"v"')
    assert case.fates(NONE, NONE, NONE) == ["uri-miss", "stale", "stale"]
    assert [each["If-None-Match"] for each in case.asked] == [None, '"v"', '"v"']


def test_no_store_is_lifted_by_must_understand_for_a_status_that_is_understood(case):
    case.serves_page(cache_control="must-understand, no-store, max-age=100")
    assert is_kept(case)


def test_must_understand_keeps_out_a_status_that_is_not_understood(case):
    case.serves_page(status=299, cache_control="must-understand, no-store, max-age=100")
    assert not is_kept(case)


# ---- Authorization


def test_the_answer_to_a_request_with_authorization_is_not_stored(case):
    case.serves(numbered({"Cache-Control": "max-age=100"}))
    who = "Authorization: Basic YTpi"
    assert [case.get(who).body, case.get(who).body] == [b"body 1", b"body 2"]
    assert [each["Authorization"] for each in case.asked] == ["Basic YTpi"] * 2


@pytest.mark.parametrize("says", ["public, max-age=100", "s-maxage=100", "must-revalidate, max-age=100"])
def test_it_is_stored_when_it_says_that_it_is_for_all(case, says):
    case.serves_page(cache_control=says)
    assert is_kept(case, "Authorization: Basic YTpi")


def test_proxy_revalidate_does_not_say_so(case):
    case.serves_page(cache_control="proxy-revalidate, max-age=100")
    assert case.fates("Authorization: Basic YTpi", "Authorization: Basic YTpi") == ["uri-miss"] * 2


def test_what_is_stored_answers_requests_with_authorization_too(case):
    case.serves_page(cache_control="max-age=100")
    assert case.fates(NONE, "Authorization: Basic YTpi") == ["uri-miss", "hit"]


def test_one_request_with_authorization_keeps_nothing_from_those_without(case):
    case.serves_page(cache_control="max-age=100")
    assert case.fates("Authorization: Basic YTpi", NONE, NONE) == ["uri-miss", "uri-miss", "hit"]


# ---- cookies


def test_a_response_with_a_cookie_is_for_one_client(case):
    case.serves(numbered({"Cache-Control": "max-age=100"}, "Set-Cookie"))
    replies = [case.get() for _ in range(3)]
    assert [each["Set-Cookie"] for each in replies] == ["of 1", "of 2", "of 3"]
    assert [each.body for each in replies] == [b"body 1", b"body 2", b"body 3"]


@pytest.mark.parametrize("fields", [{"Cache-Control": "public, max-age=100"}, {"Cache-Control": "s-maxage=100"},
                                    {"CDN-Cache-Control": "max-age=100"}])
def test_a_response_for_all_is_stored_without_its_cookie(case, fields):
    case.serves(numbered(fields, "Set-Cookie"))
    case.get()
    second = case.get()
    assert (fate(second), second.body, second["Set-Cookie"]) == ("hit", b"body 1", None)


def test_a_304_brings_no_cookie_into_what_is_stored(case):
    page = Page("a", cache_control="public, max-age=10", age="20")
    case.serves(page)
    case.get()
    page.fields |= {"cache-control": "public, max-age=100", "age": None, "set-cookie": "who=1"}
    assert case.fates(*TWICE) == ["stale", "hit"] and case.get()["Set-Cookie"] is None


def test_two_who_ask_at_once_for_what_is_private_get_one_each(case):
    reply = numbered({"Cache-Control": "private"}, "Set-Cookie")
    case.serves(lambda request, connection: connection.hold() or reply(request, connection))
    with case.server.client() as one, case.server.client() as other:
        one.ask(case.path)
        case.origin.wait_for(1, case.path)
        other.ask(case.path)
        case.origin.release()
        assert {one.reply()["Set-Cookie"], other.reply()["Set-Cookie"]} == {"of 1", "of 2"}


# ---- statuses, methods


@pytest.mark.parametrize("status", [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 451, 501])
def test_a_final_status_that_is_understood_is_kept_for_as_long_as_it_says(case, status):
    case.serves(answer(status, {"Cache-Control": "max-age=100", "Location": "/x" if status // 100 == 3 else None},
                       b"" if status == 204 else b"body"))
    assert is_kept(case)
    again = case.get()
    assert (again.status, again.body) == (status, b"" if status == 204 else b"body")


@pytest.mark.parametrize("status", [201, 202, 205, 299, 400, 401, 402, 403, 406, 409, 412, 418, 429, 505, 599])
def test_a_status_that_is_not_understood_passes_and_is_not_kept(case, status):
    body = b"" if status == 205 else b"body"
    case.serves(answer(status, {"Cache-Control": "max-age=100"}, body))
    reply = case.get()
    assert (reply.status, reply.body, "stored" in reply.cache_status) == (status, body, False)
    assert fate(case.get()) == "uri-miss" and len(case.asked) == 2


@pytest.mark.parametrize("status", [302, 303, 307, 451])
def test_a_status_that_is_not_cacheable_by_itself_is_kept_only_with_a_lifetime(case, status):
    case.serves(answer(status, {"ETag": '"v"'}))
    assert not is_kept(case)


def test_a_response_that_no_request_could_be_answered_with_is_not_stored(case):
    case.serves(answer(200, {"Cache-Control": "max-age=0"}))
    assert "stored" not in case.get().cache_status and fate(case.get()) == "uri-miss"


def test_a_response_without_body_is_kept_and_has_no_length(case):
    case.serves(answer(204, {"Cache-Control": "max-age=100"}, b""))
    case.get()
    reply = case.get()
    assert (reply.status, fate(reply)) == (204, "hit")
    assert (reply["Content-Length"], reply["Transfer-Encoding"]) == (None, None)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "REPORT"])
def test_only_answers_to_get_are_stored(case, method):
    case.serves(numbered({"Cache-Control": "public, max-age=100"}))
    assert case.send(method, b"x").body == b"body 1"
    assert case.send(method, b"x").body == b"body 2"
    assert case.get().body == b"body 3"


def test_a_body_whose_length_nobody_told_is_kept_with_its_length(case):
    case.serves(lambda _, connection: connection.chunked([b"ab", b"c"], fields={"Cache-Control": "max-age=100"}))
    case.get()
    again = case.get()
    assert (fate(again), again["Content-Length"], again.body) == ("hit", "3", b"abc")


# ---- negative answers


@pytest.mark.parametrize("status", [404, 405, 410, 414, 501])
def test_what_is_missing_is_kept_for_a_time_of_its_own(own, status):
    case = own(routes=[{"negative_ttl": "90s"}])
    case.serves(answer(status))
    case.get()
    again = case.get()
    assert (again.status, fate(again)) == (status, "hit") and about(ttl(again), 90)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_fails_is_kept_for_a_time_of_its_own(own, status):
    case = own(routes=[{"error_ttl": "60s"}])
    case.serves(answer(status))
    case.get()
    again = case.get()
    assert (again.status, fate(again), len(case.asked)) == (status, "hit", 1) and about(ttl(again), 60)


def test_without_a_word_in_the_configuration_these_times_are_short(case):
    missing = case.serves(answer(404))
    missing.get()
    assert 1 <= ttl(missing.get()) <= 4


@pytest.mark.parametrize("status, seconds", [(404, 90), (410, 90), (503, 60)])
def test_what_the_origin_says_of_a_negative_answer_counts_up_to_that_time(own, status, seconds):
    case = own(routes=[{"negative_ttl": "90s", "error_ttl": "60s"}])
    short = case.at("/short").serves(answer(status, {"Cache-Control": "max-age=30"}))
    long = case.at("/long").serves(answer(status, {"Cache-Control": "max-age=1000"}))
    assert about(ttl([short.get(), short.get()][1]), 30) and about(ttl([long.get(), long.get()][1]), seconds)


def test_a_negative_answer_that_is_not_to_be_stored_is_not(case):
    case.serves(answer(404, {"Cache-Control": "no-store"}))
    assert not is_kept(case)


def test_a_guess_is_not_made_of_a_negative_answer(own):
    case = own(routes=[{"negative_ttl": "30s"}])
    case.serves(answer(404, {"Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}))
    case.get()
    assert about(ttl(case.get()), 30)


# ---- after a restart


@pytest.mark.parametrize("body", [b"short", b"l" * 300_000], ids=["short", "long"])
def test_what_is_known_of_a_response_is_the_same_after_a_restart(own, edge, body):
    case = own(disks=1)
    case.serves(Page(body, cache_control="public, max-age=100", age="30", set_cookie="a=b", x_own="1, 2", etag='"v"'))
    case.get()
    before = case.get()
    case.server.stop()
    case.server = edge(case.origin)
    after = case.get()
    ours = {"Age", "Cache-Status", "Date"}
    assert [each for each in after.fields if each[0] not in ours] == [each for each in before.fields if each[0] not in ours]
    assert (fate(after), after.body, after["Date"]) == ("hit", body, before["Date"])
    assert int(after["Age"]) >= int(before["Age"]) >= 30 and ttl(after) <= ttl(before) <= 70
    assert case.get('If-None-Match: "v"').status == 304 and len(case.asked) == 1


def test_no_cache_still_means_validation_after_a_restart(own, edge):
    case = own(disks=1)
    case.serves_page(cache_control="no-cache, max-age=100", etag='"v"')
    case.get()
    case.server.stop()
    case.server = edge(case.origin)
    assert fate(case.get()) == "stale" and case.asked[1]["If-None-Match"] == '"v"'


@pytest.mark.parametrize("says", ["no-store", "private"])
def test_what_is_not_stored_is_nowhere_on_the_disk(own, tmp_path, says):
    case = own(disks=1)
    secret = b"a secret of one client " * 8000
    case.serves(answer(200, {"Cache-Control": says}, secret), answer(200, {"Cache-Control": says}, secret))
    assert case.get().body == secret and case.get("Range: bytes=0-99").status == 200
    case.server.stop()
    files = [each for each in tmp_path.rglob("disk*/**/*") if each.is_file()]
    assert files and not [each for each in files if secret[:100] in each.read_bytes()]
