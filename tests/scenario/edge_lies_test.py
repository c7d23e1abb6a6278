"""Origins that lie, dawdle or talk nonsense: clients get an error that says so, or a cut, never wrong bytes; and
nothing of it is kept."""
import pytest

from filling import BLOCK, FRESH, KIB, MIB, Breaking, is_cut, is_hit, range_of
from harness import pattern, until
from origin import Ended, Origin, Page

BODY = pattern("film", 2 * BLOCK + 99)
# One try, and nobody is taken out.
ONCE = {"retries": 0, "eject_after": 1000}
QUICK = {**ONCE, "first_byte_timeout": "200ms", "idle_timeout": "200ms"}


def raw(data):
    return lambda _, connection: connection.send(data) or connection.close()


def refused(reply, error="http_protocol_error"):
    return reply.status == 502 and reply["Proxy-Status"] == f"outpost; error={error}"


# ---- lengths


def test_bytes_beyond_the_told_length_are_nobody_s(origin, edge):
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\n\r\nevil"
    origin.on("/a", lambda _, connection: connection.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\n\r\nfine" + smuggled))
    origin.on("/b", Page("good", **FRESH))
    server = edge(origin)
    assert server.get("/a").body == b"fine"
    assert [server.get("/b").body for _ in range(2)] == [b"good", b"good"]
    assert server.get("/a").body == b"fine"


@pytest.mark.parametrize("told", [len(BODY) + 1, len(BODY) + BLOCK, 1 << 40])
def test_a_body_shorter_than_told_is_cut_and_never_a_hit(origin, edge, told):
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": told, "Cache-Control": "max-age=60"})
              or connection.send(BODY) or connection.close(), Page(BODY, **FRESH))
    server = edge(origin, pool=ONCE)
    cut, part = is_cut(server, "/film")
    assert cut and BODY.startswith(part)
    whole = server.get("/film")
    assert whole.body == BODY and not is_hit(whole)


@pytest.mark.parametrize("length", ["-1", "+5", "5, 6", "5 5", "0x5", "five", "", "99999999999999999999", "5\r\nContent-Length: 6"])
def test_a_length_that_is_none_is_refused(origin, edge, length):
    origin.on("/film", raw(f"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: {length}\r\n\r\nhello".encode()),
              Page("fine", **FRESH))
    server = edge(origin, pool=ONCE)
    assert refused(server.get("/film"))
    assert server.get("/film").body == b"fine"


def test_a_length_said_twice_alike_counts_once(origin, edge):
    origin.on("/film", raw(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"))
    reply = edge(origin, pool=ONCE).get("/film")
    assert reply.status == 502 or (reply.status, reply.body, reply["Content-Length"]) == (200, b"hello", "5")


def test_a_length_beside_chunks_does_not_count(origin, edge):
    origin.on("/film", raw(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 3\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
    origin.on("/next", Page("next", **FRESH))
    server = edge(origin, pool=ONCE)
    for _ in range(2):
        reply = server.get("/film")  # RFC 9112 section 6.3: chunked counts, or it is an error
        assert reply.status == 502 or (reply.status, reply.body) == (200, b"hello")
        assert reply.status == 502 or reply["Content-Length"] in (None, "5")
    assert server.get("/next").body == b"next"


@pytest.mark.parametrize("chunks", [b"5\r\nhelloXX0\r\n\r\n", b"zz\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n",
                                    b"5\nhello\n0\n\n", b"fffffffffffffffff\r\nhello", b"0x5\r\nhello\r\n0\r\n\r\n",
                                    b"5" + b";x" * 40000 + b"\r\nhello\r\n0\r\n\r\n", b"5\r\nhel"])
def test_chunks_that_are_none_cut_the_reply_and_are_never_a_hit(origin, edge, chunks):
    origin.on("/film", raw(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"3\r\nabc\r\n" + chunks), Page("fine", **FRESH))
    server = edge(origin, pool=ONCE)
    cut, part = is_cut(server, "/film")
    assert cut and b"abchello".startswith(part)
    after = server.get("/film")
    assert after.body == b"fine" and not is_hit(after)


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked", "identity"])
def test_transfer_codings_that_are_not_understood_are_refused(origin, edge, coding):
    origin.on("/film", raw(f"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: {coding}\r\n\r\n".encode()
                           + b"5\r\nhello\r\n0\r\n\r\n"))
    reply = edge(origin, pool=ONCE).get("/film")
    assert reply.status == 502, reply


# ---- heads


@pytest.mark.parametrize("head", [
    b"\0" * 100 + b"\r\n\r\n", b"garbage\r\n\r\n", b"ICY 200 OK\r\n\r\n", b"HTTP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 099 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", b"HTTP/1.1 200 OK\r\n: empty\r\n\r\n", b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b\rc: d\r\n\r\n", b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600) + b"\r\n\r\n"])
def test_a_head_that_is_none_is_refused_and_its_origin_asked_again_later(origin, edge, head):
    origin.on("/film", raw(head + b"hello"), Page("fine", **FRESH))
    server = edge(origin, pool=ONCE)
    assert refused(server.get("/film"))
    assert server.get("/film").body == b"fine"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nhello",
                                  b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\nCache-Control: max-age=60\r\n\r\nhello"])
def test_folded_lines_and_blanks_before_colons_are_refused_or_mended(origin, edge, head):
    origin.on("/film", raw(head))
    with (server := edge(origin, pool=ONCE)).client() as client:  # RFC 9112 sections 5.1 and 5.2
        client.ask("/film")
        head = client.head()
    assert head.status == 502 or (head["Content-Length"] == "5" and head["A"] in (None, "b c", "b  c", "b   c"))
    assert server.get("/film").status in (200, 502)


@pytest.mark.parametrize("fields", ["X: " + "x" * (200 * KIB), "\r\n".join(f"X-{number}: x" for number in range(2000))],
                         ids=["long", "many"])
def test_a_head_that_is_too_large_is_refused(origin, edge, fields):
    origin.on("/film", raw(f"HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 2\r\n\r\nok".encode()))
    server = edge(origin, pool=ONCE)
    assert refused(server.get("/film"))


def test_a_head_without_end_is_refused_while_it_comes(origin, edge):
    sent = []

    def endless(_, connection):
        connection.send(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(1000):
            connection.send(b"x" * 64 * KIB)
            sent.append(1)
        raise AssertionError("the edge takes a head of 64 MiB")

    origin.on("/film", endless)
    assert edge(origin, pool=ONCE).get("/film").status == 502


def test_interim_answers_before_the_final_one_are_not_it(origin, edge):
    origin.on("/film", raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                           b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\n\r\nhello"))
    server = edge(origin, pool=ONCE)
    reply = server.get("/film")
    assert (reply.status, reply.body, reply["Link"]) == (200, b"hello", None) and is_hit(server.get("/film"))


def test_interim_answers_without_end_are_refused(origin, edge):
    def endless(_, connection):
        try:
            for _ in range(1_000_000):
                connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
        except Ended:
            return
        raise AssertionError("the edge listens forever")

    origin.on("/film", endless)
    reply = edge(origin, pool=QUICK).get("/film")
    assert reply.status in (502, 504)


def test_a_switch_of_protocols_that_nobody_asked_for_is_refused(origin, edge):
    origin.on("/film", raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello"))
    assert edge(origin, pool=ONCE).get("/film").status == 502


def test_another_answer_before_the_question_is_not_its_answer(origin, edge):
    ahead = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\n\r\nevil"
    origin.on("/a", lambda _, connection: connection.reply(200, {"Cache-Control": "max-age=60"}, b"fine") or connection.send(ahead))
    origin.on("*", Page("good", **FRESH))
    server = edge(origin, pool={"eject_after": 1000})
    assert server.get("/a").body == b"fine"
    assert all(server.get(f"/{number}").body == b"good" for number in range(4))


# ---- statuses that don't fit


def test_304_to_a_request_without_conditions_is_never_passed_on_or_kept(origin, edge):
    origin.on("/film", lambda _, connection: connection.reply(304, {"ETag": '"1"', "Cache-Control": "max-age=60"}),
              Page("fine", **FRESH))
    server = edge(origin, pool=ONCE)
    assert server.get("/film").status == 502
    assert server.get("/film").body == b"fine"


def test_304_for_another_tag_is_no_validation(origin, edge):
    page = Page("fine", etag='"2"', **FRESH)
    origin.on("/film", Page("old", etag='"1"', cache_control="max-age=10", age="50"),
              lambda _, connection: connection.reply(304, {"ETag": '"2"', "Cache-Control": "max-age=60"}), page)
    server = edge(origin, pool=ONCE)
    assert server.get("/film").body == b"old"
    second = server.get("/film")
    assert (second.status, second.body) == (200, b"fine") or second.status == 502, second
    assert server.get("/film").body == b"fine"


@pytest.mark.parametrize("etag", ['"1"', None])
def test_206_to_a_request_for_all_is_never_taken_for_all(origin, edge, etag):
    page = Page(BODY, etag=etag, **FRESH)

    def part(request, connection):
        if request["Range"]:
            page(request, connection)
        else:
            connection.reply(206, {"ETag": etag, "Cache-Control": "max-age=60",
                                   "Content-Range": range_of(BODY, 0, BLOCK)}, BODY[:BLOCK])

    origin.on("/film", part, part, part, page)
    server = edge(origin, pool=ONCE)
    reply = server.get("/film")
    assert reply.status == 502 or (reply.status, reply.body) == (200, BODY), reply


@pytest.mark.parametrize("told", ["bytes 0-99/", "bytes 5-1/500", "bytes 0-99/50", "octets 0-99/500", "0-99/500", "bytes */500",
                                  "bytes -5-9/500", "bytes 0-98/500", "bytes 0-199/500"])
def test_a_part_with_a_wrong_content_range_is_never_used(origin, edge, told):
    body = pattern("small", 500)
    origin.on("/film", lambda _, connection: connection.reply(
        206, {"ETag": '"1"', "Cache-Control": "max-age=60", "Content-Range": told}, body[100:200]), Page(body, etag='"1"', **FRESH))
    server = edge(origin, pool=ONCE)
    with server.client() as client:
        client.ask("/film", "Range: bytes=0-99")
        head = client.head()
        assert head.status >= 500 or (head["Content-Range"] == told and head.cache_status.get("stored") is None) \
            or client.take(100) == body[:100]
    assert server.get("/film").body == body


def test_a_part_shorter_than_its_content_range_is_completed_or_cut(origin, edge):
    def short(request, connection):
        if not request["Range"]:
            Page(BODY, etag='"1"', **FRESH)(request, connection)
            return
        connection.reply(206, {"ETag": '"1"', "Cache-Control": "max-age=60", "Content-Range": range_of(BODY, 0, BLOCK)}, BODY[:1000])

    origin.on("/film", short)
    server = edge(origin, pool=ONCE)
    cut, part = is_cut(server, "/film", "Range: bytes=0-1999")
    assert BODY[:2000].startswith(part) and (cut or part == BODY[:2000])
    for _ in range(2):
        cut, part = is_cut(server, "/film")
        assert BODY.startswith(part) and (cut or part == BODY)


@pytest.mark.parametrize("status", [204, 205])
def test_a_status_without_a_body_has_none(origin, edge, status):
    origin.on("/film", raw(f"HTTP/1.1 {status} None\r\nCache-Control: max-age=60\r\n".encode()
                           + (b"\r\n" if status == 204 else b"Content-Length: 0\r\n\r\n")))
    server = edge(origin, pool=ONCE)
    with server.client() as client:
        client.ask("/film", "Connection: close")
        head = client.head()
        assert head.status == status and head["Content-Length"] in (None, "0") and client.is_over()


# ---- dawdling


def test_a_head_that_comes_byte_by_byte_is_not_waited_for_without_end(origin, edge):
    def drip(_, connection):
        connection.slowly(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000, origin.gate(), every=0.05)

    origin.on("/film", drip)
    reply = edge(origin, pool=QUICK).get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=http_response_timeout")


def test_a_body_that_stalls_is_cut_when_it_can_t_go_on(origin, edge):
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": len(BODY), "Cache-Control": "max-age=60"})
              or connection.send(BODY[:300_000]) or connection.hold(), Page(BODY, **FRESH))
    server = edge(origin, pool=QUICK)
    cut, part = is_cut(server, "/film")
    assert cut and part == BODY[:300_000]
    assert not is_hit(server.get("/film"))


def test_a_body_that_stalls_goes_on_from_another_origin(origin, edge):
    with Origin() as second:
        def stalling(request, connection):
            if request["Range"]:
                page(request, connection)
                return
            connection.head(200, {"Content-Length": len(BODY), "ETag": '"1"', "Cache-Control": "max-age=60"})
            connection.send(BODY[:300_000])
            connection.hold()

        page = Page(BODY, etag='"1"', **FRESH)
        for each in (origin, second):
            each.on("/film", stalling)
        server = edge([origin, second], pool={**QUICK, "retries": 2})
        assert server.get("/film").body == BODY and is_hit(server.get("/film"))
        assert sorted(len(each.asked()) for each in (origin, second)) == [1, 1]


def test_a_body_that_never_begins_is_504_and_says_why(origin, edge):
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": len(BODY), "ETag": '"1"', **{
        "Cache-Control": "max-age=60"}}) or connection.hold())
    reply = edge(origin, pool={**QUICK, "retries": 1}).get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=http_response_timeout")


def test_a_body_that_drips_ends_at_the_bound_for_the_whole(origin, edge):
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": len(BODY), "Cache-Control": "max-age=60"})
              or connection.slowly(BODY, origin.gate(), every=0.05), Page(BODY, **FRESH))
    server = edge(origin, pool={**QUICK, "whole_timeout": "600ms"})
    cut, part = is_cut(server, "/film")
    assert cut and BODY.startswith(part)
    assert server.get("/film").body == BODY


def test_a_slow_body_that_keeps_coming_is_waited_for(origin, edge):
    body = pattern("slow", 40)
    origin.on("/film", lambda _, connection: connection.head(200, {"Content-Length": len(body), "Cache-Control": "max-age=60"})
              or connection.slowly(body, origin.gate(), every=0.02))
    server = edge(origin, pool=QUICK)
    assert server.get("/film").body == body and is_hit(server.get("/film"))


def test_an_origin_that_stalls_after_it_answered_is_no_fault_of_the_next_request(origin, edge):
    origin.on("/a", Page("a", **FRESH)).on("/b", lambda _, connection: connection.hold())
    origin.on("/c", Page("c", **FRESH))
    server = edge(origin, pool=QUICK)
    assert server.get("/a").body == b"a" and server.get("/b").status == 504 and server.get("/c").body == b"c"


def test_a_kept_connection_that_the_origin_closed_is_replaced_unnoticed(origin, edge):
    origin.on("*", lambda request, connection: Page(request.path, **FRESH)(request, connection))
    origin.on("/last", lambda _, connection: connection.reply(200, {"Cache-Control": "max-age=60"}, b"last") or connection.close())
    server = edge(origin, pool=ONCE)
    assert server.get("/last").body == b"last"
    assert [server.get(f"/{number}").body for number in range(3)] == [b"/0", b"/1", b"/2"]


def test_a_break_off_in_a_body_for_one_range_does_not_spoil_the_others(origin, edge):
    body = pattern("large", 4 * MIB)
    page = Breaking(body, 8 * BLOCK + 10, times=1000, etag='"1"')
    origin.on("/film", page)
    server = edge(origin, pool=ONCE)
    assert server.get("/film", "Range: bytes=0-99").body == body[:100]
    cut, part = is_cut(server, "/film", f"Range: bytes={8 * BLOCK}-{9 * BLOCK}")
    assert cut and body[8 * BLOCK:].startswith(part)
    page.times = 0
    assert is_hit(server.get("/film", "Range: bytes=100-199"))
    assert server.get("/film").body == body


def test_many_tries_of_nonsense_leave_no_connection_and_no_fill_behind(origin, edge):
    origin.on("*", raw(b"nonsense\r\n\r\n")).on("/fine", Page("fine", **FRESH))
    server = edge(origin, pool={**ONCE, "eject_after": 1000})
    assert {server.get(f"/{number}").status for number in range(60)} == {502}
    until(lambda: server.metrics()["outpost_edge_fills"] == 0, "no fill is left")
    assert server.get("/fine").body == b"fine"
