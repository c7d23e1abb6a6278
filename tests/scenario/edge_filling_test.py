"""Bodies on their way into an edge: one fill for all who ask, read while it arrives, and what can't be shared."""
import threading

import pytest

from filling import (BLOCK, FRESH, KIB, MIB, SMALL, Framed, HalfThenRest, disk_toml, is_hit, read_until_end,
                     together)
from harness import Gone, Server, edge_toml, pattern, until
from origin import Ended, Origin, Page

FRAMINGS = ("length", "chunks", "close")


@pytest.mark.parametrize("size", [1000, SMALL, 3 * BLOCK + 1])
def test_however_many_ask_for_what_is_missing_the_origin_is_asked_once(origin, edge, size):
    body = pattern("film", size)

    def held(request, connection):
        connection.hold()
        Page(body, **FRESH)(request, connection)

    origin.on("/film", held).on("/other", Page("other", **FRESH))
    server = edge(origin)
    clients = [server.client() for _ in range(40)]
    for client in clients:
        client.ask("/film")
    assert server.get("/other").body == b"other"  # the worker has read what came before
    origin.release()
    replies = [client.reply() for client in clients]
    assert all(reply.status == 200 and reply.body == body for reply in replies)
    assert len(origin.asked("/film")) == 1 and origin.sent_body_bytes["/film"] == size
    shared = [reply for reply in replies if reply.cache_status.get("collapsed") or is_hit(reply)]
    assert len(shared) == 39


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("size", [20 * KIB, 200 * KIB, 5 * BLOCK + 10])
def test_what_has_arrived_is_read_while_the_origin_holds_the_rest(origin, edge, framing, size):
    body = pattern("film", size)
    origin.on("/film", HalfThenRest(body, framing))
    server = edge(origin)
    with server.client() as first, server.client() as second:
        first.ask("/film", version="1.0")
        assert first.head().status == 200 and first.take(size // 2) == body[:size // 2]
        second.ask("/film", version="1.0")
        assert second.head().status == 200 and second.take(size // 2) == body[:size // 2]
        origin.release()
        assert [read_until_end(each) for each in (first, second)] == 2 * [(body[size // 2:], "closed")]
    until(lambda: is_hit(server.get("/film")), "it is stored")
    assert server.get("/film").body == body and len(origin.asked("/film")) == 1


def test_a_slow_client_that_asked_first_holds_nobody_up(origin, edge):
    body = pattern("film", 12 * MIB)
    origin.on("/film", Page(body, **FRESH))
    server = edge(origin)
    with server.client(receive_buffer=8192) as slow, server.client() as fast:
        slow.ask("/film")
        assert slow.head().status == 200
        assert fast.get("/film").body == body
        assert origin.sent_body_bytes["/film"] == len(body)
        assert slow.take(len(body)) == body
    assert len(origin.asked("/film")) == 1


def test_each_client_reads_at_its_own_pace(origin, edge):
    body, steps = pattern("film", 4 * BLOCK), origin.gate()
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": len(body), "Cache-Control": "max-age=9"})
              or connection.slowly(body, steps, piece=BLOCK))
    server = edge(origin)
    with server.client() as one, server.client() as other:
        one.ask("/film")
        steps.step()
        assert one.head().status == 200
        other.ask("/film")
        for block in range(4):
            steps.step(block > 0)
            assert one.take(BLOCK) == body[block * BLOCK:(block + 1) * BLOCK]
        assert other.head().status == 200 and other.take(len(body)) == body
    assert len(origin.asked("/film")) == 1


@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize("size", [50 * KIB, MIB])
def test_a_client_that_leaves_does_not_end_the_fill_that_it_began(origin, edge, leave, size):
    body = pattern("film", size)
    origin.on("/film", HalfThenRest(body, "length"))
    server = edge(origin)
    first = server.client()
    first.ask("/film")
    assert first.head().status == 200 and first.take(1000) == body[:1000]
    getattr(first, leave)()
    origin.release()
    until(lambda: is_hit(server.get("/film")), "it is whole")
    assert server.get("/film").body == body and len(origin.asked("/film")) == 1


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_that_leaves_while_it_waits_is_let_go_at_once(origin, edge, leave):
    body = pattern("film", 50 * KIB)
    origin.on("/half", HalfThenRest(body, "length")).on("/held", lambda _, connection: connection.hold())
    server = edge(origin, pool={"first_byte_timeout": "20s", "idle_timeout": "20s"})
    waits, reads = server.client(), server.client()
    waits.ask("/held")
    reads.ask("/half")
    assert reads.head().status == 200 and reads.take(25 * KIB) == body[:25 * KIB]
    origin.wait_for(2)
    getattr(waits, leave)()
    getattr(reads, leave)()
    # Long before any limit of the origin or of waiting is over.
    until(lambda: server.metrics()["outpost_connections_open"] == 1, "they are let go", patience=3)
    origin.release()


def test_a_client_that_leaves_before_the_head_does_not_end_the_question_of_the_others(origin, edge):
    body = pattern("film", 3 * BLOCK)
    origin.on("/film", lambda request, connection: connection.hold() or Page(body, **FRESH)(request, connection))
    server = edge(origin)
    with server.client() as second:
        first = server.client()
        first.ask("/film")
        origin.wait_for(1)
        second.ask("/film")
        first.reset()
        origin.release()
        assert second.reply().body == body
    assert len(origin.asked("/film")) == 1


class Paced(Page):
    """A piece every few milliseconds at the latest; `left` is set when the edge ends the connection before the end."""

    def __init__(self, body, gate, **fields):
        super().__init__(body, **fields)
        self.gate, self.left = gate, threading.Event()

    def send_part(self, request, connection, fields):
        if request["Range"]:
            super().send_part(request, connection, fields)
            return
        try:
            connection.head(200, {**fields, "content-length": len(self.body)})
            connection.slowly(self.body, self.gate, piece=128 * KIB, every=0.02)
        except Ended:
            self.left.set()


def test_a_fill_that_nobody_reads_stops_when_more_is_missing_than_abandoned_allows(origin, edge):
    body = pattern("film", 24 * MIB)
    page = Paced(body, origin.gate(), **FRESH)
    origin.on("/film", page)
    server = edge(origin, edge={"abandoned": "1MiB"})
    client = server.client()
    client.ask("/film")
    assert client.head().status == 200 and client.take(MIB) == body[:MIB]
    client.close()
    assert page.left.wait(30), "the fill goes on"
    assert origin.sent_body_bytes["/film"] < 20 * MIB
    # What has come is kept, and the next reader brings the rest of it.
    assert server.get("/film").body == body
    asked = origin.asked("/film")
    assert len(asked) >= 2 and all(request["Range"] and request["If-Range"] == page.etag for request in asked[1:])


def test_a_fill_that_nobody_reads_is_finished_when_little_is_missing(origin, edge):
    body = pattern("film", 8 * MIB)
    page = Paced(body, origin.gate(), **FRESH)
    origin.on("/film", page)
    server = edge(origin, edge={"abandoned": "8MiB"})
    client = server.client()
    client.ask("/film")
    assert client.head().status == 200
    client.close()
    until(lambda: origin.sent_body_bytes["/film"] == len(body), "all is fetched")
    until(lambda: is_hit(server.get("/film")), "it is whole")
    assert server.get("/film").body == body and len(origin.asked("/film")) == 1 and not page.left.is_set()


# ---- bounds of waiting


def waiting(origin, edge, **options):
    """An edge whose first client waits for an origin that says nothing yet."""
    body = pattern("film", MIB)
    origin.on("/film", lambda request, connection: connection.hold() or Page(body, **FRESH)(request, connection))
    server = edge(origin, edge=options, pool={"first_byte_timeout": "20s"})
    client = server.client()
    client.ask("/film")
    origin.wait_for(1)
    return server, client, body


def test_beyond_the_bound_of_waiters_a_request_is_refused_with_a_time_to_return(origin, edge):
    server, first, body = waiting(origin, edge, waiters=1)
    refused = server.get("/film")
    assert (refused.status, refused["Retry-After"], refused["Cache-Control"]) == (503, "1", "no-store")
    origin.release()
    assert first.reply().body == body and server.get("/film").body == body
    assert len(origin.asked("/film")) == 1


def test_beyond_the_bound_of_waiters_a_request_asks_for_itself_when_told_so(origin, edge):
    server, first, body = waiting(origin, edge, waiters=1, after_wait="fetch")
    with server.client() as other:
        other.ask("/film")
        origin.wait_for(2)
        origin.release()
        assert other.reply().body == body and first.reply().body == body
    assert len(origin.asked("/film")) == 2 and is_hit(server.get("/film"))


def test_who_has_waited_too_long_is_refused_and_the_answer_is_kept_for_the_next(origin, edge):
    server, first, body = waiting(origin, edge, wait="150ms")
    replies = [first.reply(), server.get("/film")]
    assert [(reply.status, reply["Retry-After"]) for reply in replies] == 2 * [(503, "1")]
    assert len(origin.asked("/film")) == 1
    origin.release()
    until(lambda: is_hit(server.get("/film")), "the answer is kept")
    assert server.get("/film").body == body and len(origin.asked("/film")) == 1


def test_who_has_waited_too_long_asks_for_itself_when_told_so(origin, edge):
    server, _, body = waiting(origin, edge, wait="150ms", after_wait="fetch")
    with server.client() as other:
        other.ask("/film")
        origin.wait_for(2)  # it waited in vain, and asks
        origin.release()
        assert other.reply().body == body


def test_who_has_waited_too_long_gets_what_is_stale_when_that_is_allowed(origin, edge):
    old = Page("old", cache_control="max-age=10, stale-if-error=600", age="50", etag='"old"')
    origin.on("/page", old, lambda request, connection: connection.hold() or Page("new", **FRESH)(request, connection))
    server = edge(origin, edge={"wait": "150ms"}, pool={"first_byte_timeout": "20s"})
    assert server.get("/page").body == b"old"
    stale = server.get("/page")
    assert (stale.status, stale.body) == (200, b"old") and int(stale["Age"]) >= 50
    origin.release()
    until(lambda: server.get("/page").body == b"new", "the new one has come")


def test_beyond_the_bound_of_fills_requests_wait_for_one_to_end_and_hits_do_not(origin, edge):
    origin.on("/held", lambda _, connection: connection.hold() or connection.reply(body=b"late"))
    origin.on("/kept", Page("kept", **FRESH)).on("/next", Page("next", **FRESH))
    server = edge(origin, edge={"fills": 1}, pool={"first_byte_timeout": "20s"})
    assert server.get("/kept").body == b"kept"
    until(lambda: server.metrics()["outpost_edge_fills"] == 0, "its fill has ended")
    with server.client() as client, server.client() as other:
        client.ask("/held")
        origin.wait_for(1, "/held")
        other.ask("/next")
        assert is_hit(server.get("/kept")) and not origin.asked("/next")
        origin.release()
        assert client.reply().body == b"late" and other.reply().body == b"next"


def test_who_waits_too_long_for_a_fill_to_end_is_refused(origin, edge):
    origin.on("/held", lambda _, connection: connection.hold() or connection.reply(body=b"late"))
    origin.on("/next", Page("next", **FRESH))
    server = edge(origin, edge={"fills": 1, "wait": "150ms"}, pool={"first_byte_timeout": "20s"})
    with server.client() as client:
        client.ask("/held")
        origin.wait_for(1, "/held")
        refused = server.get("/next")
        assert (refused.status, refused["Retry-After"]) == (503, "1") and not origin.asked("/next")
        origin.release()
    until(lambda: server.get("/next").body == b"next", "there is room again")


# ---- what can't be shared


def test_an_answer_for_one_is_asked_for_by_each_who_waited(origin, edge):
    def own(request, connection):
        connection.hold()
        connection.reply(200, {"Cache-Control": "private"}, f"for {request['Who']}".encode())

    origin.on("/mine", own)
    server = edge(origin)
    with server.client() as ann, server.client() as bob, server.client() as eve:
        for name, client in (("ann", ann), ("bob", bob), ("eve", eve)):
            client.ask("/mine", f"Who: {name}")
        origin.wait_for(1)
        origin.release()
        assert [client.reply().body for client in (ann, bob, eve)] == [b"for ann", b"for bob", b"for eve"]
    assert len(origin.asked("/mine")) == 3


def test_nobody_waits_for_another_where_answers_are_known_to_be_for_one(origin, edge):
    origin.on("/mine", lambda _, connection: connection.reply(200, {"Cache-Control": "no-store"}, b"first"),
              lambda _, connection: connection.hold() or connection.reply(200, {"Cache-Control": "no-store"}, b"more"))
    server = edge(origin)
    assert server.get("/mine").body == b"first"
    with server.client() as one, server.client() as other:
        one.ask("/mine")
        other.ask("/mine")
        origin.wait_for(3)  # both at once, before either has an answer
        origin.release()
        assert one.reply().body == b"more" and other.reply().body == b"more"


@pytest.mark.parametrize("fields", [{"Cache-Control": "no-store"}, {"Cache-Control": "private, max-age=60"},
                                    {"Cache-Control": "max-age=60", "Vary": "*"},
                                    {"Cache-Control": "max-age=60", "Set-Cookie": "a=b"}])
def test_a_large_answer_that_can_t_be_shared_reaches_each_whole_and_is_never_a_hit(origin, edge, fields):
    body = pattern("film", 3 * MIB)
    origin.on("/mine", lambda _, connection: connection.reply(200, fields, body))
    server = edge(origin)
    replies = together([lambda: server.get("/mine")] * 4)
    assert all(reply.body == body and not is_hit(reply) for reply in replies)
    assert len(origin.asked("/mine")) == 4


# ---- sizes and framings


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """One edge and one origin for rows that have paths of their own."""
    folder = tmp_path_factory.mktemp("table")
    with Origin() as made:
        server = Server(folder, config=edge_toml(folder, made))
        try:
            yield made, server
            server.stop()
        finally:
            server.kill()


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK,
                                  16 * BLOCK + 1])
def test_a_body_of_any_size_and_framing_is_the_same_when_it_comes_and_as_a_hit(table, framing, size):
    origin, server = table
    path, body = f"/{framing}/{size}", pattern(framing, size)
    origin.on(path, Framed(body, framing, etag='"x"'))
    assert server.get(path).body == body
    hit = until(lambda: (reply := server.get(path)) and is_hit(reply) and reply, "it is stored")
    assert hit.body == body and hit["Content-Length"] == str(size)
    part = server.get(path, "Range: bytes=-10")
    assert (part.status, part.body) == ((206, body[-10:]) if size else (416, b""))
    assert len(origin.asked(path)) == 1


def test_a_chunked_body_in_pieces_of_any_size_is_put_together(table):
    origin, server = table
    body = pattern("pieces", 3 * BLOCK)
    cuts = [0, 1, 2, 100, SMALL - 1, SMALL, SMALL + 1, BLOCK - 1, BLOCK + 1, 2 * BLOCK, 3 * BLOCK]
    origin.on("/pieces", lambda _, connection: connection.chunked(
        [body[begin:end] for begin, end in zip(cuts, cuts[1:])], fields={"Cache-Control": "max-age=9"},
        trailers=[("X-Sum", "1")]))
    assert server.get("/pieces").body == body and server.get("/pieces").body == body
    assert len(origin.asked("/pieces")) == 1


# ---- larger than the cache


TINY = '[cache]\nmemory = "1MiB"\n'


def test_a_body_that_is_larger_than_the_cache_passes_through(origin, edge):
    body = pattern("film", 3 * MIB)
    origin.on("/film", Page(body, **FRESH)).on("/page", Page("page", **FRESH))
    server = edge(origin, TINY, disks=0)
    assert server.get("/page").body == b"page"
    replies = [server.get("/film"), server.get("/film")]
    assert all(reply.body == body and not is_hit(reply) for reply in replies)
    part = server.get("/film", "Range: bytes=2000000-2000009")
    assert (part.status, part.body) == (206, body[2000000:2000010])
    assert is_hit(server.get("/page"))


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"', None])
@pytest.mark.parametrize("framing", ["chunks", "close"])
def test_a_body_that_turns_out_to_be_larger_than_the_cache_passes_through(origin, edge, framing, etag):
    body = pattern("film", 9 * MIB)
    fields = {"etag": etag} if etag else {}
    origin.on("/film", Framed(body, framing, **fields)).on("/page", Page("page", **FRESH))
    server = edge(origin, TINY, disks=0)
    for _ in range(2):
        reply = server.get("/film")
        assert reply.body == body and not is_hit(reply)
    assert server.get("/page").body == b"page" and is_hit(server.get("/page"))


def test_a_body_that_turns_out_to_be_larger_than_its_disk_leaves_the_disk_in_service(origin, edge, tmp_path):
    body = pattern("film", 70 * MIB)
    origin.on("/film", Framed(body, "chunks", etag='"1"')).on("/next", Page(pattern("next", MIB), **FRESH))
    server = edge(origin, disk_toml(tmp_path / "disk"), disks=0)
    with server.client() as client:
        client.ask("/film")
        try:
            client.reply()
        except Gone:
            pass  # judged by another test
    assert server.get("/next").body == pattern("next", MIB) and is_hit(server.get("/next"))
