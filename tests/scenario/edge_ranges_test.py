"""Parts of what is stored, and of what is not yet: RFC 9110 section 14."""
import pytest

from caching import about, answer, fate
from harness import pattern
from origin import Page

SHORT, LONG, BLOCK = pattern("short", 1000), pattern("long", 700_000), 256 << 10
MODIFIED = "Wed, 01 Jan 2025 00:00:00 GMT"


def kept(case, body=SHORT, **fields):
    case.serves_page(body, **{"cache_control": "max-age=100", "etag": '"v"', "last_modified": MODIFIED, **fields})
    case.get()
    return case


def hit(case, *fields):
    """The reply, which must be from the cache."""
    reply = case.get(*fields)
    assert (fate(reply), len(case.asked)) == ("hit", 1)
    return reply


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("text, begin, end", [
    ("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=990-", 990, None), ("bytes=-10", -10, None),
    ("bytes=0-", 0, None), ("BYTES=1-2", 1, 3), ("bytes=500-9999999", 500, None), ("bytes=-9999999", 0, None),
    ("bytes=5-99999999999999999999999", 5, None), ("bytes= 1-2", 1, 3)])
def test_one_range_is_a_206_with_just_these_bytes(case, body, text, begin, end):
    kept(case, body)
    wanted = body[begin:end]
    first = body.index(wanted) if begin < 0 else begin
    reply = hit(case, f"Range: {text}")
    assert (reply.status, reply.body == wanted) == (206, True)
    assert reply["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(body)}"
    assert reply["Content-Length"] == str(len(wanted))


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("text", ["bytes=0-1,4-5", "bytes=0-1, 3-", "lines=0-1", "bytes=9-2", "bytes=a-b", "bytes=", "0-1",
                                  "bytes=-", "bytes 0-1", "bytes=1-2x", "bytes=+1-2", "bytes=--5"])
def test_what_is_no_single_range_of_bytes_is_ignored(case, body, text):
    kept(case, body)
    reply = hit(case, f"Range: {text}")
    assert (reply.status, reply.body == body, reply["Content-Range"]) == (200, True, None)


@pytest.mark.parametrize("text", ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999999-"])
def test_a_range_beyond_the_end_is_a_416_that_tells_the_length(case, text):
    kept(case)
    reply = hit(case, f"Range: {text}")
    assert (reply.status, reply["Content-Range"]) == (416, "bytes */1000")
    assert SHORT not in reply.body


def test_a_416_is_not_for_caches_further_down(case):
    kept(case)
    reply = hit(case, "Range: bytes=1000-")
    assert reply["Cache-Control"] in (None, "no-store") and reply["Expires"] is None


def test_no_range_of_nothing_can_be_had(case):
    kept(case, b"")
    assert hit(case, "Range: bytes=0-").status == 416 and hit(case, "Range: bytes=-5").status == 416


@pytest.mark.parametrize("condition, status", [
    ('"v"', 206), ('"u"', 200), ('W/"v"', 200), ("v", 200), (MODIFIED, 206), ("Tue, 31 Dec 2024 23:59:59 GMT", 200),
    ("Wed, 01 Jan 2025 00:00:01 GMT", 200), ("once", 200)])
def test_if_range_takes_nothing_but_the_very_same(case, condition, status):
    kept(case)
    reply = hit(case, "Range: bytes=0-9", f"If-Range: {condition}")
    assert (reply.status, reply.body) == (status, SHORT[:10] if status == 206 else SHORT)


def test_a_weak_tag_never_meets_if_range(case):
    kept(case, etag='W/"v"')
    assert hit(case, "Range: bytes=0-9", 'If-Range: W/"v"').status == 200


def test_if_range_without_range_means_nothing(case):
    kept(case)
    assert hit(case, 'If-Range: "u"').status == 200


def test_an_if_range_that_fails_makes_a_range_beyond_the_end_harmless(case):
    kept(case)
    assert hit(case, "Range: bytes=1000-", 'If-Range: "u"').status == 200


@pytest.mark.parametrize("field, status", [('If-None-Match: "v"', 304), ('If-None-Match: "u"', 206), ('If-Match: "u"', 412),
                                           ('If-Match: "v"', 206)])
def test_other_conditions_come_before_the_range(case, field, status):
    kept(case)
    assert hit(case, "Range: bytes=0-9", field).status == status


def test_a_206_has_the_fields_of_a_200(case):
    kept(case, content_type="text/x", x_own="1", age="30")
    reply = hit(case, "Range: bytes=0-9")
    assert (reply["Content-Type"], reply["X-Own"], reply["ETag"]) == ("text/x", "1", '"v"')
    assert (reply["Cache-Control"], reply["Last-Modified"]) == ("max-age=100", MODIFIED) and about(reply["Age"], 30)


def test_a_whole_answer_says_that_ranges_can_be_had(case):
    kept(case, accept_ranges=None)
    assert hit(case)["Accept-Ranges"] == "bytes"


def test_a_range_of_a_stored_404_is_the_404(case):
    case.serves(answer(404, {"Cache-Control": "max-age=4"}, b"nothing"))
    case.get()
    reply = hit(case, "Range: bytes=0-1")
    assert (reply.status, reply.body) == (404, b"nothing")


# ---- what is not stored yet


def test_a_range_of_something_new_asks_for_whole_blocks(case):
    case.serves_page(LONG, cache_control="max-age=100")
    reply = case.get("Range: bytes=300000-300009")
    assert (reply.status, reply.body, fate(reply)) == (206, LONG[300000:300010], "uri-miss")
    assert case.asked[0]["Range"] == f"bytes={BLOCK}-{2 * BLOCK - 1}"


def test_what_one_range_brought_serves_another_and_the_rest_is_asked_for(case):
    case.serves_page(LONG, cache_control="max-age=100")
    case.get("Range: bytes=300000-300009")
    inside, outside = case.get("Range: bytes=400000-400009"), case.get("Range: bytes=0-9")
    assert (fate(inside), inside.body) == ("hit", LONG[400000:400010])
    assert (fate(outside), outside.body) == ("partial", LONG[:10])
    whole = case.get()
    assert whole.status == 200 and whole.body == LONG


def test_a_part_that_comes_later_is_asked_for_on_condition_that_nothing_has_changed(case):
    case.serves_page(LONG, cache_control="max-age=100", etag='"v"')
    case.get("Range: bytes=0-9")
    case.get("Range: bytes=600000-600009")
    assert case.asked[1]["If-Range"] == '"v"' and case.asked[1]["Range"].startswith("bytes=")


def test_parts_of_different_bytes_are_never_put_together(case):
    page = Page(LONG, cache_control="max-age=100")
    case.serves(page)
    case.get("Range: bytes=0-9")
    page.body = pattern("other", 700_000)
    assert case.get("Range: bytes=600000-600009").body == page.body[600000:600010]
    assert case.get("Range: bytes=0-9").body == page.body[:10] and case.get().body == page.body
    assert case.asked[1]["If-Range"]


def test_an_origin_without_ranges_sends_it_whole_and_it_is_kept(case):
    case.serves(answer(200, {"Cache-Control": "max-age=100", "ETag": '"v"'}, SHORT))
    reply, again = case.get("Range: bytes=10-19"), case.get("Range: bytes=20-29")
    assert (reply.status, reply.body, again.body, fate(again)) == (206, SHORT[10:20], SHORT[20:30], "hit")


@pytest.mark.parametrize("fields", [{"etag": None}, {"etag": 'W/"v"'}])
def test_a_part_that_could_never_be_completed_is_passed_and_not_kept(case, fields):
    case.serves_page(LONG, cache_control="max-age=100", **fields)
    for _ in range(2):
        reply = case.get("Range: bytes=300000-300009")
        assert (reply.status, reply.body, fate(reply)) == (206, LONG[300000:300010], "uri-miss")
        assert reply["Content-Range"] == "bytes 300000-300009/700000"


def test_such_a_part_does_not_keep_the_whole_out(case):
    case.serves_page(LONG, cache_control="max-age=100", etag=None)
    case.get("Range: bytes=300000-300009")
    case.get()
    again = case.get()
    assert fate(again) == "hit" and again.body == LONG


def test_a_range_beyond_the_end_of_something_new_is_a_416(case):
    case.serves_page(SHORT, cache_control="max-age=100")
    reply = case.get("Range: bytes=300000-300009")
    assert (reply.status, reply["Content-Range"]) == (416, "bytes */1000")
    assert case.get().body == SHORT and fate(case.get()) == "hit"


def test_the_end_of_something_new_can_be_had(case):
    case.serves_page(LONG, cache_control="max-age=100")
    for wanted in ("uri-miss", "hit"):
        reply = case.get("Range: bytes=-10")
        assert (reply.status, reply.body, fate(reply)) == (206, LONG[-10:], wanted)
        assert reply["Content-Range"] == "bytes 699990-699999/700000"


def test_several_ranges_of_something_new_are_the_whole(case):
    case.serves_page(SHORT, cache_control="max-age=100")
    reply = case.get("Range: bytes=0-1,4-5")
    assert (reply.status, reply.body, case.asked[0]["Range"]) == (200, SHORT, None)


def test_a_range_with_a_condition_on_something_new_is_decided_by_what_comes(case):
    case.serves_page(SHORT, cache_control="max-age=100", etag='"v"')
    reply = case.get("Range: bytes=0-9", 'If-Range: "u"')
    assert (reply.status, reply.body, fate(case.get())) == (200, SHORT, "hit")


# ---- origins that get it wrong, and several at once


def part(begin, end, size=len(LONG), **fields):
    """A 206 with these bytes, whatever was asked."""
    return answer(206, {"Cache-Control": "max-age=100", "ETag": '"v"', "Content-Range": f"bytes {begin}-{end - 1}/{size}",
                        **fields}, LONG[begin:end])


def test_a_part_that_nobody_asked_for_is_never_taken_for_the_whole(case):
    case.serves(part(0, 1000), Page(LONG, etag='"v"', cache_control="max-age=100"))
    for _ in range(2):
        reply = case.get()
        assert (reply.status, reply.body == LONG) == (200, True)


def test_another_part_than_was_asked_for_is_never_taken_for_it(case):
    case.serves(part(0, 1000), Page(LONG, etag='"v"', cache_control="max-age=100"))
    for _ in range(2):
        reply = case.get("Range: bytes=300000-300009")
        assert (reply.status, reply.body) == (206, LONG[300000:300010])


def test_a_206_that_does_not_say_which_part_is_kept_by_nobody(case):
    bad = answer(206, {"Cache-Control": "max-age=100", "ETag": '"v"'}, LONG[:1000])
    case.serves(bad, bad, Page(LONG, etag='"v"', cache_control="max-age=100"))
    case.get("Range: bytes=0-999")
    assert case.get("Range: bytes=300000-300009").body == LONG[300000:300010] and case.get().body == LONG


def test_a_part_of_another_tag_is_not_put_beside_what_is_stored(case):
    other = Page(pattern("other", len(LONG)), etag='"w"', cache_control="max-age=100")
    case.serves(Page(LONG, etag='"v"', cache_control="max-age=100"), part(2 * BLOCK, len(LONG), ETag='"w"'), other)
    case.get("Range: bytes=0-9")
    assert case.get("Range: bytes=600000-600009").body == other.body[600000:600010]
    assert case.get().body == other.body


def test_those_who_want_different_parts_at_once_get_theirs(case):
    page = Page(LONG, cache_control="max-age=100")
    case.serves(lambda request, connection: connection.hold() or page(request, connection))
    wanted = [(0, 10), (300_000, 300_010), (699_000, 700_000), (0, 700_000)]
    clients = [case.server.client() for _ in wanted]
    for client, (begin, end) in zip(clients, wanted):
        client.ask(case.path, f"Range: bytes={begin}-{end - 1}")
    case.origin.wait_for(1, case.path)
    case.origin.release()
    for client, (begin, end) in zip(clients, wanted):
        reply = client.reply()
        assert (reply.status, reply.body == LONG[begin:end]) == (206, True)


# ---- what is there in part


def test_what_is_there_in_part_is_validated_and_then_completed(case):
    page = Page(LONG, etag='"v"', cache_control="max-age=10", age="20")
    case.serves(page)
    case.get("Range: bytes=0-9")
    page.fields |= {"cache-control": "max-age=100", "age": None}
    assert fate(case.get("Range: bytes=5-9")) == "stale" and fate(case.get("Range: bytes=5-9")) == "hit"
    assert case.get().body == LONG and fate(case.get()) == "hit"
    assert [each["If-Range"] for each in case.asked] == [None, None, '"v"']


def test_what_was_there_in_part_and_has_changed_is_replaced_whole(case):
    page = Page(LONG, etag='"v"', cache_control="max-age=10", age="20")
    case.serves(page)
    case.get("Range: bytes=0-9")
    page.body = pattern("other", 650_000)
    page.fields |= {"etag": '"w"', "cache-control": "max-age=100", "age": None}
    reply = case.get("Range: bytes=649990-")
    assert (reply.status, reply.body, reply["ETag"]) == (206, page.body[-10:], '"w"')
    assert case.get().body == page.body


def test_what_is_there_in_part_is_so_after_a_restart(own, edge):
    case = own(disks=1)
    case.serves_page(LONG, etag='"v"', cache_control="max-age=100")
    case.get("Range: bytes=0-9")
    assert case.get(f"Range: bytes={BLOCK - 9}-{BLOCK - 1}").body == LONG[BLOCK - 9:BLOCK]  # all of the block is there
    case.server.stop()
    case.server = edge(case.origin)
    inside = case.get("Range: bytes=200000-200009")
    assert (fate(inside), inside.body, len(case.asked)) == ("hit", LONG[200000:200010], 1)
    assert case.get().body == LONG and case.asked[1]["If-Range"] == '"v"'
    assert case.asked[1]["Range"].startswith(f"bytes={BLOCK}-")


def test_a_head_of_what_is_there_in_part_tells_the_whole_length(case):
    case.serves_page(LONG, cache_control="max-age=100")
    case.get("Range: bytes=0-9")
    head = case.get(method="HEAD")
    assert (head.status, head["Content-Length"], fate(head)) == (200, str(len(LONG)), "hit")
