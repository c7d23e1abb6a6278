"""Ranges of what an edge lacks: only the blocks that they touch are fetched, and later requests fetch the gaps."""
import pytest

from filling import BLOCK, FRESH, KIB, MIB, Framed, HalfThenRest, is_hit, together
from harness import pattern, until
from origin import Page

SIZE = 8 * BLOCK + 1000
BODY = pattern("film", SIZE)


@pytest.fixture
def film(origin, edge):
    """An origin with a film of nearly nine blocks, and an edge before it."""
    origin.on("/film", Page(BODY, etag='"1"', **FRESH))
    origin.edge = edge(origin)
    return origin


def part(origin, begin, end, *fields):
    reply = origin.edge.get("/film", f"Range: bytes={begin}-{end - 1}", *fields)
    assert (reply.status, reply.body) == (206, BODY[begin:end]), reply
    assert reply["Content-Range"] == f"bytes {begin}-{end - 1}/{SIZE}"
    return reply


def ranges(origin):
    return [request["Range"] for request in origin.asked("/film")]


def blocks(first, last):
    return f"bytes={first * BLOCK}-{min((last + 1) * BLOCK, SIZE) - 1}"


@pytest.mark.parametrize("begin, end, first, last", [
    (0, 1, 0, 0), (BLOCK - 1, BLOCK, 0, 0), (BLOCK, BLOCK + 1, 1, 1), (BLOCK - 1, BLOCK + 1, 0, 1),
    (300000, 300010, 1, 1), (3 * BLOCK, 5 * BLOCK, 3, 4), (3 * BLOCK - 1, 5 * BLOCK + 1, 2, 5)])
def test_a_range_fetches_the_blocks_that_it_touches_and_no_other(film, begin, end, first, last):
    part(film, begin, end)
    assert ranges(film) == [blocks(first, last)]
    until(lambda: film.sent_body_bytes["/film"] == (last - first + 1) * BLOCK, "whole blocks have come")
    assert is_hit(part(film, begin, end))
    assert is_hit(part(film, first * BLOCK, (last + 1) * BLOCK)) and len(ranges(film)) == 1


def test_the_last_bytes_are_fetched_with_at_most_a_block_more_than_they_touch(film):
    reply = film.edge.get("/film", "Range: bytes=-10")
    assert (reply.status, reply.body) == (206, BODY[-10:])
    assert reply["Content-Range"] == f"bytes {SIZE - 10}-{SIZE - 1}/{SIZE}"
    assert film.sent_body_bytes["/film"] <= 2 * BLOCK
    assert is_hit(film.edge.get("/film", "Range: bytes=-500"))


def test_a_suffix_longer_than_the_body_is_the_body(film):
    reply = film.edge.get("/film", "Range: bytes=-99999999")
    assert (reply.status, reply.body) == (206, BODY) and film.sent_body_bytes["/film"] == SIZE
    assert is_hit(film.edge.get("/film"))


def test_an_open_range_is_fetched_from_its_block_to_the_end(film):
    reply = film.edge.get("/film", f"Range: bytes={7 * BLOCK + 5}-")
    assert (reply.status, reply.body) == (206, BODY[7 * BLOCK + 5:])
    assert ranges(film) == [f"bytes={7 * BLOCK}-"] and film.sent_body_bytes["/film"] == BLOCK + 1000


def test_a_range_that_ends_beyond_the_body_is_cut_to_it(film):
    reply = film.edge.get("/film", f"Range: bytes={8 * BLOCK}-99999999")
    assert (reply.status, reply.body) == (206, BODY[8 * BLOCK:]) and film.sent_body_bytes["/film"] == 1000
    assert is_hit(part(film, 8 * BLOCK + 1, SIZE))


def test_the_whole_after_a_range_fetches_only_the_gaps(film):
    part(film, 3 * BLOCK + 1, 3 * BLOCK + 2)
    part(film, 6 * BLOCK, 7 * BLOCK)
    reply = film.edge.get("/film")
    assert (reply.status, reply.body) == (200, BODY)
    assert ranges(film) == [blocks(3, 3), blocks(6, 6), blocks(0, 2), blocks(4, 5), blocks(7, 8)]
    assert film.sent_body_bytes["/film"] == SIZE
    assert is_hit(film.edge.get("/film")) and len(ranges(film)) == 5


def test_gaps_are_asked_for_with_the_validator_of_what_is_there(film):
    part(film, 0, 1)
    assert film.edge.get("/film").body == BODY
    assert [request["If-Range"] for request in film.asked("/film")] == [None, '"1"']


def test_a_range_over_what_is_there_and_what_is_not_fetches_what_is_not(film):
    part(film, 2 * BLOCK, 4 * BLOCK)
    reply = part(film, BLOCK, 5 * BLOCK)
    assert not is_hit(reply) and ranges(film) == [blocks(2, 3), blocks(1, 1), blocks(4, 4)]


def test_many_who_want_one_missing_block_share_its_fetch(film):
    part(film, 0, 1)
    replies = together([lambda: part(film, 5 * BLOCK + 10, 5 * BLOCK + 20)] * 12)
    assert len(replies) == 12 and ranges(film) == [blocks(0, 0), blocks(5, 5)]


def test_those_who_want_different_parts_at_once_fetch_each_byte_once(film):
    wanted = [(1, 2), (BLOCK + 1, BLOCK + 2), (4 * BLOCK, 6 * BLOCK), (8 * BLOCK, SIZE)]
    together([lambda each=each: part(film, *each) for each in wanted])
    until(lambda: film.sent_body_bytes["/film"] == 4 * BLOCK + 1000, "whole blocks have come")
    assert film.edge.get("/film").body == BODY and film.sent_body_bytes["/film"] == SIZE


def test_a_small_body_comes_whole_with_its_first_range(origin, edge):
    body = pattern("small", 50 * KIB)
    origin.on("/small", Page(body, etag='"1"', **FRESH))
    server = edge(origin)
    reply = server.get("/small", "Range: bytes=100-199")
    assert (reply.status, reply.body, reply["Content-Range"]) == (206, body[100:200], f"bytes 100-199/{len(body)}")
    whole = server.get("/small")
    assert whole.body == body and is_hit(whole) and len(origin.asked("/small")) == 1


@pytest.mark.parametrize("size", [1000, 3 * BLOCK])
def test_an_origin_that_knows_no_ranges_fills_the_whole_for_a_range(origin, edge, size):
    body = pattern("film", size)
    origin.on("/film", Framed(body, "length", etag='"1"'))
    server = edge(origin)
    reply = server.get("/film", "Range: bytes=500-599")
    assert (reply.status, reply.body) == (206, body[500:600])
    whole = server.get("/film")
    assert whole.body == body and is_hit(whole) and len(origin.asked("/film")) == 1


@pytest.mark.parametrize("etag", ['W/"1"', None])
def test_parts_without_a_strong_validator_are_passed_on_and_never_put_together(origin, edge, etag):
    page = Page(BODY, etag=etag, **FRESH)
    origin.on("/film", page)
    server = edge(origin)
    reply = server.get("/film", f"Range: bytes={BLOCK + 5}-{BLOCK + 9}")
    assert (reply.status, reply.body) == (206, BODY[BLOCK + 5:BLOCK + 10])
    assert reply["Content-Range"] == f"bytes {BLOCK + 5}-{BLOCK + 9}/{SIZE}"
    page.body = other = pattern("other", SIZE)
    assert server.get("/film").body == other


def test_another_tag_for_the_missing_part_brings_the_new_body_and_no_mixture(origin, edge):
    page = Page(BODY, etag='"1"', **FRESH)
    origin.on("/film", page)
    server = edge(origin)
    assert server.get("/film", "Range: bytes=0-9").body == BODY[:10]
    page.body, page.fields["etag"] = pattern("other", SIZE), '"2"'
    reply = server.get("/film", f"Range: bytes={4 * BLOCK}-{4 * BLOCK + 9}")
    assert (reply.status, reply.body, reply["ETag"]) == (206, page.body[4 * BLOCK:4 * BLOCK + 10], '"2"')
    again = server.get("/film", "Range: bytes=0-9")
    assert (again.body, again["ETag"]) == (page.body[:10], '"2"')
    assert server.get("/film").body == page.body


def test_if_range_with_another_tag_gets_the_whole(film):
    part(film, 0, 10)
    same = film.edge.get("/film", "Range: bytes=0-9", 'If-Range: "1"')
    other = film.edge.get("/film", "Range: bytes=0-9", 'If-Range: "0"')
    assert (same.status, same.body, other.status, other.body) == (206, BODY[:10], 200, BODY)


@pytest.mark.parametrize("value", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0",
                                   "bytes=99999999999999999999-"])
@pytest.mark.parametrize("known", [False, True])
def test_a_range_beyond_the_end_is_refused_whether_the_body_is_known_or_not(film, value, known):
    if known:
        part(film, 0, 1)
    reply = film.edge.get("/film", f"Range: {value}")
    assert (reply.status, reply["Content-Range"]) == (416, f"bytes */{SIZE}")
    assert film.edge.get("/film").body == BODY


@pytest.mark.parametrize("value", ["bytes=0-1,5-6", "bytes=9-2", "lines=0-1", "bytes=", "bytes=a-b", "bytes=0-1;q"])
def test_what_is_no_single_range_gets_the_whole(film, value):
    reply = film.edge.get("/film", f"Range: {value}")
    assert (reply.status, reply.body) == (200, BODY) and ranges(film) == [None]


@pytest.mark.parametrize("begin, asks", [(2 * BLOCK, False), (39 * BLOCK + 7, True)])
def test_a_range_far_ahead_of_a_fill_is_fetched_by_itself_and_a_near_one_is_waited_for(origin, edge, begin, asks):
    body, steps = pattern("long", 40 * BLOCK), origin.gate()
    page = Page(body, etag='"1"', **FRESH)

    def slow(request, connection):
        if request["Range"]:
            page(request, connection)
            return
        connection.head(200, {"ETag": '"1"', "Cache-Control": "max-age=60", "Content-Length": len(body)})
        connection.send(body[:1000])
        steps.pass_through(connection.is_alive)
        connection.send(body[1000:])

    origin.on("/long", slow)
    server = edge(origin)
    with server.client() as whole, server.client() as jump:
        whole.ask("/long")
        assert whole.head().status == 200
        jump.ask("/long", f"Range: bytes={begin}-{begin + 9}")
        if asks:
            assert jump.reply().body == body[begin:begin + 10]
            assert origin.asked("/long")[1]["Range"].startswith("bytes=%d-" % (39 * BLOCK))
        steps.open()
        assert asks or jump.reply().body == body[begin:begin + 10]
        assert whole.take(len(body)) == body
    assert len(origin.asked("/long")) == 1 + asks and is_hit(server.get("/long"))


def test_a_range_of_a_body_whose_length_is_not_known_yet_is_answered_rightly(origin, edge):
    body = pattern("film", 3 * BLOCK)
    origin.on("/film", HalfThenRest(body, "chunks", etag='"1"'))
    server = edge(origin)
    with server.client() as client, server.client() as other:
        client.ask("/film")
        assert client.head().status == 200
        other.ask("/film", "Range: bytes=10-19")
        origin.release()
        reply = other.reply()
    assert (reply.status, reply.body) in ((200, body), (206, body[10:20]))
    assert until(lambda: is_hit(server.get("/film")), "it is whole") and server.get("/film").body == body


def test_head_of_what_is_there_in_part_tells_the_whole_length(film):
    part(film, 0, 1)
    reply = film.edge.get("/film", method="HEAD")
    assert (reply.status, reply["Content-Length"], reply["ETag"]) == (200, str(SIZE), '"1"')


def test_conditions_on_what_is_there_in_part_are_answered_from_it(film):
    part(film, 0, 1)
    reply = film.edge.get("/film", 'If-None-Match: "1"')
    assert (reply.status, reply["ETag"]) == (304, '"1"') and len(ranges(film)) == 1


def test_a_gap_that_the_origin_can_t_bring_is_no_short_body(film):
    part(film, 0, BLOCK)
    film.stop()
    with film.edge.client() as client:
        client.ask("/film", f"Range: bytes={2 * BLOCK}-{2 * BLOCK + 9}")
        assert client.reply().status in (502, 503, 504)
    assert is_hit(part(film, 0, BLOCK))  # what is there is served all the same
    film.start()
    until(lambda: film.edge.get("/film", f"Range: bytes={2 * BLOCK}-{2 * BLOCK + 9}").status == 206, "it is back")
    assert film.edge.get("/film").body == BODY


@pytest.mark.parametrize("begin", [5 * BLOCK, 5 * BLOCK + 3])
def test_a_part_from_a_place_that_was_not_asked_for_is_not_taken_for_what_was(origin, edge, begin):
    def elsewhere(request, connection):
        if not request["Range"]:
            Page(BODY, etag='"1"', **FRESH)(request, connection)
            return
        connection.reply(206, {"ETag": '"1"', "Cache-Control": "max-age=60",
                               "Content-Range": f"bytes {begin}-{begin + BLOCK - 1}/{SIZE}"}, BODY[begin:begin + BLOCK])

    origin.on("/film", elsewhere)
    server = edge(origin, pool={"eject_after": 1000})
    reply = server.get("/film", "Range: bytes=0-99")
    told = reply["Content-Range"]
    assert reply.status >= 500 or (reply.status == 206 and (told, reply.body) in (
        (f"bytes 0-99/{SIZE}", BODY[:100]),
        (f"bytes {begin}-{begin + BLOCK - 1}/{SIZE}", BODY[begin:begin + BLOCK])))
    assert server.get("/film").body == BODY
