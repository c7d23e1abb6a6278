"""Conditional requests of clients, answered from what is stored: RFC 9110 section 13, RFC 9111 section 4.3.2."""
import pytest

from caching import about, answer, fate
from origin import Page

MODIFIED = "Wed, 01 Jan 2025 00:00:00 GMT"
EARLIER, LATER = "Tue, 31 Dec 2024 23:59:59 GMT", "Wed, 01 Jan 2025 00:00:01 GMT"


def kept(case, body="body", **fields):
    case.serves_page(body, **{"cache_control": "max-age=100", "etag": '"v"', "last_modified": MODIFIED, **fields})
    case.get()
    return case


@pytest.mark.parametrize("fields, status", [
    (['If-None-Match: "v"'], 304), (['If-None-Match: W/"v"'], 304), (["If-None-Match: *"], 304),
    (['If-None-Match: "u", "v"'], 304), (['If-None-Match: "u"', 'If-None-Match: "v"'], 304),
    (['If-None-Match: "u"'], 200), (['If-None-Match: "V"'], 200),
    ([f"If-Modified-Since: {MODIFIED}"], 304), ([f"If-Modified-Since: {LATER}"], 304),
    ([f"If-Modified-Since: {EARLIER}"], 200), (["If-Modified-Since: once"], 200),
    (["If-Modified-Since: Wednesday, 01-Jan-25 00:00:00 GMT"], 304), (["If-Modified-Since: Wed Jan  1 00:00:00 2025"], 304),
    (['If-None-Match: "u"', f"If-Modified-Since: {LATER}"], 200),
    (['If-None-Match: "v"', f"If-Modified-Since: {EARLIER}"], 304),
    (['If-Match: "v"'], 200), (["If-Match: *"], 200), (['If-Match: "u", "v"'], 200), (['If-Match: "u"'], 412),
    (['If-Match: W/"v"'], 412), ([f"If-Unmodified-Since: {MODIFIED}"], 200), ([f"If-Unmodified-Since: {EARLIER}"], 412),
    (['If-Match: "v"', f"If-Unmodified-Since: {EARLIER}"], 200), (['If-Match: "u"', 'If-None-Match: "v"'], 412),
    (['If-Match: "v"', 'If-None-Match: "v"'], 304)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_condition_is_decided_by_what_is_stored(case, method, fields, status):
    kept(case)
    reply = case.get(*fields, method=method)
    assert (reply.status, fate(reply), len(case.asked)) == (status, "hit", 1)
    assert reply.body == (b"body" if status == 200 and method == "GET" else b"")


def test_a_weak_tag_is_good_enough_for_if_none_match_and_not_for_if_match(case):
    kept(case, etag='W/"v"')
    assert case.get('If-None-Match: "v"').status == 304 and case.get('If-Match: W/"v"').status == 412


def test_a_304_has_the_fields_that_a_200_would_have_and_none_of_the_body(case):
    kept(case, expires=LATER, vary="X-Kind", content_location="/there", content_type="text/x", age="30")
    reply = case.get('If-None-Match: "v"')
    assert reply.status == 304
    assert (reply["ETag"], reply["Cache-Control"], reply["Vary"]) == ('"v"', "max-age=100", "X-Kind")
    assert (reply["Expires"], reply["Content-Location"]) == (LATER, "/there") and about(reply["Age"], 30)
    assert reply["Date"] and reply["Via"] and fate(reply) == "hit"
    assert (reply["Content-Type"], reply["Content-Length"], reply["Transfer-Encoding"]) == (None, None, None)


def test_the_connection_goes_on_after_a_304_and_a_412(case):
    kept(case)
    with case.server.client() as client:
        statuses = [client.get(case.path, field).status for field in ('If-None-Match: "v"', 'If-Match: "u"', "X: y")]
    assert statuses == [304, 412, 200]


def test_a_condition_on_a_miss_is_not_the_origins_business(case):
    case.serves_page("body", cache_control="max-age=100", etag='"v"')
    reply, after = case.get('If-None-Match: "v"'), case.get()
    assert (reply.status, fate(reply)) == (304, "uri-miss") and (after.body, fate(after)) == (b"body", "hit")
    assert case.asked[0]["If-None-Match"] is None


def test_if_modified_since_means_nothing_where_the_origin_gave_no_date(case):
    kept(case, last_modified=None)
    assert case.get(f"If-Modified-Since: {LATER}").status == 200


def test_if_none_match_any_is_met_by_what_has_no_tag(case):
    kept(case, etag=None)
    assert case.get("If-None-Match: *").status == 304


@pytest.mark.parametrize("status", [404, 301])
def test_a_condition_is_ignored_where_the_answer_would_not_be_a_200(case, status):
    case.serves(answer(status, {"Cache-Control": "max-age=100", "ETag": '"v"'}))
    case.get()
    assert case.get('If-None-Match: "v"').status == status and case.get('If-Match: "u"').status == status


def test_a_condition_of_a_request_that_passes_is_the_origins_business(own):
    case = own(routes=[{"cache": "bypass"}])
    case.serves(Page("body", etag='"v"'))
    assert (case.get('If-None-Match: "v"').status, case.get('If-None-Match: "u"').status) == (304, 200)
    assert [each["If-None-Match"] for each in case.asked] == ['"v"', '"u"']
