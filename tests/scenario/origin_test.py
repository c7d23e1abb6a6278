"""The scripted origin itself, asked by a plain client: what a test of the edge counts on."""
import ssl
import subprocess
import threading

import pytest

from harness import BIN, Client, Gone, Reply, edge_toml, make_certificate, tls_context
from origin import Origin, Page, date_of

BODY = bytes(range(256)) * 40


def ask(origin, path, *fields, method="GET"):
    with Client(origin.port) as client:
        return client.get(path, *fields, method=method)


@pytest.mark.parametrize("fields, status, part, content_range", [
    ((), 200, BODY, None),
    (("Range: bytes=0-9",), 206, BODY[:10], "bytes 0-9/10240"),
    (("Range: bytes=10000-",), 206, BODY[10000:], "bytes 10000-10239/10240"),
    (("Range: bytes=-5",), 206, BODY[-5:], "bytes 10235-10239/10240"),
    (("Range: bytes=10239-99999",), 206, BODY[-1:], "bytes 10239-10239/10240"),
    (("Range: bytes=10240-",), 416, b"", "bytes */10240"),
    (("Range: bytes=-0",), 416, b"", "bytes */10240"),
    (("Range: bytes=9-2",), 200, BODY, None),
    (("Range: bytes=0-1,4-5",), 200, BODY, None),
    (("Range: lines=0-1",), 200, BODY, None),
    (("Range: bytes=0-9", 'If-Range: "a"'), 206, BODY[:10], "bytes 0-9/10240"),
    (("Range: bytes=0-9", 'If-Range: "b"'), 200, BODY, None),
    (("Range: bytes=0-9", 'If-Range: W/"a"'), 200, BODY, None),
    (("Range: bytes=0-9", 'If-None-Match: W/"a"'), 304, b"", None),
    (('If-None-Match: "b", "a"',), 304, b"", None),
    (("If-None-Match: *",), 304, b"", None),
    (('If-None-Match: "b"',), 200, BODY, None),
    (('If-None-Match: "b"', "If-Modified-Since: " + date_of(0)), 200, BODY, None),
    (("If-Modified-Since: " + date_of(0),), 304, b"", None),
    (("If-Modified-Since: " + date_of(-9000),), 200, BODY, None)])
def test_a_page_is_served_as_a_good_origin_does(origin, fields, status, part, content_range):
    origin.on("/page", Page(BODY, etag='"a"', last_modified=date_of(-3600), cache_control="max-age=60"))
    reply = ask(origin, "/page", *fields)
    assert (reply.status, reply.body, reply["Content-Range"]) == (status, part, content_range)
    assert status == 416 or (reply["ETag"], reply["Cache-Control"]) == ('"a"', "max-age=60")
    assert origin.sent_body_bytes["/page"] == len(part)


def test_head_has_the_length_and_no_body_and_a_tag_follows_its_body(origin):
    page = Page("one")
    origin.on("/page", page)
    with Client(origin.port) as client:
        head = client.get("/page", method="HEAD")
        first = client.get("/page?q=1")
        page.body = b"another"
        second = client.get("/page?q=2")
        refused = client.get("/page", method="POST")
    assert (head.status, head["Content-Length"], head.body) == (200, "3", b"")
    assert (first.body, second.body, refused.status) == (b"one", b"another", 405)
    assert head["ETag"] == first["ETag"] != second["ETag"]
    assert [each.target for each in origin.asked("/page", "GET")] == ["/page?q=1", "/page?q=2"]
    assert {each.connection for each in origin.requests} == {1} and origin.sent_body_bytes.total() == 10


def test_handlers_answer_a_request_each_and_the_last_all_that_follow(origin):
    origin.on("/page", lambda _, connection: connection.reply(503), "fine").on("*", Page("other", status=404))
    assert [ask(origin, path).status for path in ("/page", "/page", "/page", "/x")] == [503, 200, 200, 404]


def test_a_body_may_be_chunked_or_raw_and_only_its_bytes_count(origin):
    origin.on("/chunks", lambda _, connection: connection.chunked([b"abc", b"de"], trailers=[("X", "y")]))
    origin.on("/raw", lambda _, connection: [connection.send(part) for part in (
        b"HTTP/1.0 200 OK\r\nX: y\r", b"\n\r\nab", b"c\r\n\r\n")] and connection.close())
    origin.on("/open", lambda _, connection: connection.chunked([b"abc"], end=False) or connection.reset())
    chunks, raw = ask(origin, "/chunks"), ask(origin, "/raw")
    assert (chunks.body, chunks.trailers) == (b"abcde", [("X", "y")]) and raw.body == b"abc\r\n\r\n"
    assert (origin.sent_body_bytes["/chunks"], origin.sent_body_bytes["/raw"]) == (5, 7)
    with pytest.raises(Gone):
        ask(origin, "/open")


def test_a_held_reply_comes_when_it_is_released_and_a_slow_one_step_by_step(origin):
    steps = origin.gate()
    origin.on("/held", lambda _, connection: connection.hold() or connection.reply(body=b"late"))
    origin.on("/slow", lambda _, connection: connection.head(200, {"Content-Length": 4})
              or connection.slowly(b"slow", steps, piece=2))
    with Client(origin.port) as held, Client(origin.port) as slow:
        held.ask("/held")
        slow.ask("/slow")
        origin.wait_for(2)
        assert origin.sent_body_bytes.total() == 0
        steps.step()
        assert slow.head().status == 200 and slow.take(2) == b"sl"
        assert origin.sent_body_bytes["/slow"] == 2
        steps.open()
        assert slow.take(2) == b"ow"
        origin.release()
        assert held.reply().body == b"late"


def test_an_origin_dies_wherever_it_is_and_returns_to_its_port(origin):
    origin.on("/held", lambda _, connection: connection.hold()).on("/page", "fine")
    with Client(origin.port) as held, Client(origin.port) as idle:
        held.ask("/held")
        origin.wait_for(1)
        assert idle.get("/page").body == b"fine"
        origin.stop()
        assert held.is_over() and idle.is_over()
    with pytest.raises(ConnectionRefusedError):
        ask(origin, "/page")
    origin.start()
    assert ask(origin, "/page").body == b"fine"


def test_requests_have_their_bodies(origin):
    origin.on("*", lambda request, connection: connection.reply(body=request.body))
    with Client(origin.port) as client:
        client.send("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
                    "PUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n")
        assert [client.reply().body, client.reply().body] == [b"abc", b"def"]


def test_it_speaks_tls_with_a_clean_end(tmp_path):
    chain, key = make_certificate(tmp_path, "origin.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with Origin(context) as origin:
        origin.on("/", "sealed").on("/end", lambda _, connection: connection.send(b"HTTP/1.1 200 OK\r\n\r\nab")
                                    or connection.close())
        assert origin.url.startswith("https://")
        with Client(origin.port, context=tls_context()) as client:
            assert client.get("/").body == b"sealed"
            assert client.get("/end").body == b"ab"


def test_what_a_handler_asserts_fails_the_test():
    def wrong(request, _):
        assert request["Via"], "no Via"

    with pytest.raises(AssertionError, match="no Via"), Origin() as origin:
        origin.on("/", wrong)
        with Client(origin.port) as client:
            client.ask("/")
            assert client.is_over()


def test_one_page_is_served_to_many_at_once(origin):
    origin.on("/page", Page(BODY))
    bodies = []
    threads = [threading.Thread(target=lambda: bodies.append(ask(origin, "/page").body)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [BODY] * 20 and origin.sent_body_bytes["/page"] == 20 * len(BODY)


@pytest.mark.parametrize("text, wanted", [
    ("outpost; hit; ttl=57", {"cache": "outpost", "hit": True, "ttl": 57}),
    ("shield; hit; ttl=9, edge;fwd=uri-miss;fwd-status=200; stored",
     {"cache": "edge", "fwd": "uri-miss", "fwd-status": 200, "stored": True}),
    ('"a, b; c"; hit; ttl=-3; key="x=\\"1, 2"', {"cache": "a, b; c", "hit": True, "ttl": -3, "key": 'x=\\"1, 2'}),
    ("", {})])
def test_the_last_member_of_cache_status_is_read(text, wanted):
    reply = Reply(b"HTTP/1.1 200 OK" + (f"\r\nCache-Status: {text}".encode() if text else b""))
    assert reply.cache_status == wanted


def test_the_edge_that_the_fixture_starts_has_a_file_without_a_mistake(tmp_path, origin):
    (tmp_path / "o.toml").write_text(edge_toml(
        tmp_path, [origin, "http://127.0.0.1:9", {"url": "https://127.0.0.1:9", "verify": False}], disks=2,
        edge={"wait": "1s"}, pool={"retries": 0}, origin={"weight": 5}, routes=[{"prefix": "/a", "query": []}, {}]))
    done = subprocess.run([BIN, "check", "--config", tmp_path / "o.toml"], capture_output=True, text=True)
    assert done.returncode == 0 and "fetches from 3 origins in 1 pool and keeps 512MiB on 2 disks" in done.stdout, done


def test_an_edge_starts_stops_and_starts_again_in_its_folder_or_is_killed(edge, origin, tmp_path):
    first = edge(origin, disks=0)
    assert first.admin("/healthz").status == 200
    first.stop()
    assert edge(origin, "[log]\nlevel = \"debug\"\n").admin("/healthz").status == 200
    with Origin() as other:
        edge([origin, other], folder=tmp_path / "other").kill()
