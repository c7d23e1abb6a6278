"""Connections to origins: how many, how long they are kept and waited for, and to whom they go at all."""
import socket

import pytest

from harness import Gone, pattern, until
from origin import Page
from pooling import BYPASS, PATIENT, Counting, counts, origins, says, standing  # noqa: F401 (a fixture)
from purging import fresh, is_hit

BODY = pattern("body", 700_000)


# ---- how many


@pytest.mark.parametrize("connections", [1, 3])
def test_an_origin_has_no_more_connections_than_it_may_and_the_rest_wait(origin, edge, connections):
    counting = Counting()
    origin.on("*", counting)
    server = edge(origin, pool={"connect_timeout": "1min", "first_byte_timeout": "1min"}, routes=BYPASS,
                  origin={"connections": connections})
    clients = [server.client() for _ in range(10)]
    for number, client in enumerate(clients):
        client.ask(f"/{number}")
    origin.wait_for(connections)
    until(lambda: standing(server, origin)["in_use"] == connections, "all that it may have are in use")
    origin.release()
    assert [client.reply().body for client in clients] == [b"x"] * 10
    assert counting.most == connections and origin.connections == connections


def test_who_waits_for_a_connection_too_long_is_refused_and_the_origin_is_not_blamed(origin, edge):
    origin.on("*", Counting())
    server = edge(origin, pool={"connect_timeout": "50ms", "first_byte_timeout": "1min", "eject_after": 1},
                  routes=BYPASS, origin={"connections": 1})
    with server.client() as first:
        first.ask("/1")
        origin.wait_for(1)
        reply = server.get("/2")
        assert (reply.status, reply["Proxy-Status"]) == (503, "outpost; error=connection_limit_reached")
        assert (standing(server, origin)["state"], standing(server, origin)["failures"]) == ("up", 0)
        origin.release()
        assert first.reply().status == 200
    assert server.get("/2").status == 200


def test_who_waits_for_a_busy_origin_takes_another_when_the_time_is_over(origins, edge):
    busy, free = origins(2)
    busy.on("*", Counting())
    free.on("*", "x")
    server = edge([{"url": busy.url, "connections": 1}, {"url": free.url, "backup": True}], routes=BYPASS,
                  pool={"connect_timeout": "50ms", "first_byte_timeout": "1min"})
    with server.client() as first:
        first.ask("/1")
        busy.wait_for(1)
        assert server.get("/2").body == b"x" and len(free.asked()) == 1
        busy.release()
        assert first.reply().status == 200


def test_hits_are_served_while_every_connection_is_taken(origin, edge):
    origin.on("/film", fresh("x")).on("*", Counting())
    server = edge(origin, pool={"connect_timeout": "1min", "first_byte_timeout": "1min"}, origin={"connections": 1})
    server.get("/film")
    with server.client() as first:
        first.ask("/held")
        origin.wait_for(2)
        assert is_hit(server.get("/film"))
        origin.release()
        assert first.reply().status == 200


def test_a_client_that_leaves_while_it_waits_for_a_connection_leaves_the_queue_in_order(origin, edge):
    origin.on("*", Counting())
    server = edge(origin, pool={"connect_timeout": "1min", "first_byte_timeout": "1min"}, routes=BYPASS,
                  origin={"connections": 1})
    with server.client() as first, server.client() as last:
        first.ask("/1")
        origin.wait_for(1)
        with server.client() as second:
            second.ask("/2")
        last.ask("/3")
        origin.release()
        assert (first.reply().status, last.reply().status) == (200, 200)


# ---- how long they are kept


def test_a_connection_is_used_again(origin, edge):
    origin.on("*", "x")
    server = edge(origin, routes=BYPASS)
    for number in range(10):
        assert server.get(f"/{number}").status == 200
    assert origin.connections == 1
    assert server.metrics()['outpost_origin_connections_total{kind="reused"}'] == 9


@pytest.mark.parametrize("options, answer", [
    ({"keep_alive": "0s"}, Page("x")), ({}, says(200, b"x", connection="close")),
    ({}, says(200, b"x", connection="x, Close"))], ids=["0s", "close", "a list with close"])
def test_a_connection_that_is_not_to_be_kept_is_used_once(origin, edge, options, answer):
    origin.on("*", answer)
    server = edge(origin, routes=BYPASS, origin=options)
    assert [server.get(f"/{number}").status for number in range(3)] == [200] * 3
    assert origin.connections == 3


def test_a_kept_connection_that_the_origin_has_closed_is_no_failure(origin, edge):
    origin.on("*", lambda _, connection: connection.reply(200, {}, b"x") or connection.close())
    server = edge(origin, routes=BYPASS, pool={"eject_after": 1, "retries": 0})
    assert [server.get(f"/{number}").status for number in range(5)] == [200] * 5
    assert origin.connections == 5 and standing(server, origin)["failures"] == 0


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_kept_connection_that_ends_just_as_it_is_used_again_is_replaced(origin, edge, end):
    seen = set()

    def once(request, connection):
        if connection.number in seen:
            getattr(connection, end)()
        else:
            seen.add(connection.number)
            connection.reply(200, {}, b"x")

    origin.on("*", once)
    server = edge(origin, routes=BYPASS, pool={"eject_after": 1, "retries": 0})
    assert [server.get(f"/{number}").status for number in range(4)] == [200] * 4
    assert standing(server, origin)["failures"] == 0
    assert server.metrics()['outpost_origin_connections_total{kind="stale"}'] >= 1


def test_a_post_goes_over_a_connection_of_its_own(origin, edge):
    origin.on("*", lambda request, connection: connection.reply(200, {}, request.body))
    server = edge(origin, routes=BYPASS)
    server.get("/film")
    with server.client() as client:
        client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        assert client.reply().body == b"abc"
    assert [request.connection for request in origin.asked()] == [1, 2]


def test_a_connection_with_bytes_that_nobody_asked_for_is_not_used_again(origin, edge):
    origin.on("/1", lambda _, connection: connection.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))
    origin.on("*", "good")
    server = edge(origin, routes=BYPASS)
    assert server.get("/1").body == b"x" and server.get("/2").body == b"good"
    assert origin.connections == 2


@pytest.mark.parametrize("reply, connections", [
    (b"HTTP/1.0 200 OK\r\n\r\nold", 3), (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", 3),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", 1)],
    ids=["until the end", "with a length", "keep-alive"])
def test_an_origin_may_speak_http_1_0(origin, edge, reply, connections):
    def old(request, connection):
        assert request.version == "HTTP/1.1"
        connection.send(reply)
        if connections > 1:
            connection.close()

    origin.on("*", old)
    server = edge(origin, routes=[{"ttl": "1h"}])
    assert [server.get(f"/{number}").body for number in range(3)] == [b"old"] * 3
    assert is_hit(server.get("/0")) and origin.connections == connections


# ---- how long they are waited for


def test_an_origin_that_does_not_answer_in_time_is_passed_over(origins, edge):
    slow, quick = pool = origins(2)
    slow.on("*", lambda _, connection: connection.hold())
    quick.on("*", "x")
    server = edge([slow, {"url": quick.url, "backup": True}], pool={**PATIENT, "first_byte_timeout": "50ms"})
    assert server.get("/film").body == b"x" and counts(pool) == [1, 1]


def test_when_nobody_answers_in_time_the_client_learns_it(origin, edge):
    origin.on("*", lambda _, connection: connection.hold())
    reply = edge(origin, pool={"first_byte_timeout": "50ms"}).get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=http_response_timeout")
    assert reply["Content-Type"] == "application/problem+json" and reply["Cache-Control"] == "no-store"


@pytest.fixture
def silent():
    """A URL where connections are neither taken nor refused: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for each in waiting:
            each.close()


def test_an_origin_that_takes_no_connection_in_time_is_passed_over(origin, edge, silent):
    origin.on("*", "x")
    server = edge([silent, {"url": origin.url, "backup": True}], pool={**PATIENT, "connect_timeout": "50ms"})
    assert server.get("/film").body == b"x"


def test_when_nobody_takes_a_connection_in_time_the_client_learns_it(edge, silent):
    reply = edge(silent, pool={"connect_timeout": "50ms"}).get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=connection_timeout")


def test_when_nobody_takes_a_connection_at_all_the_client_learns_it(origin, edge):
    server = edge(origin)
    origin.stop()
    reply = server.get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (502, "outpost; error=connection_refused")


def stalling(at):
    """Stops in the middle, without an end."""
    def answer(_, connection):
        connection.head(200, {"Content-Length": len(BODY), "ETag": '"1"', "Cache-Control": "max-age=600"})
        connection.send(BODY[:at])
        connection.hold()
    return answer


def test_a_body_that_stalls_goes_on_from_the_next_and_the_client_notices_nothing(origins, edge):
    slow, quick = origins(2)
    slow.on("*", stalling(300_000))
    quick.on("*", fresh(BODY, etag='"1"'))
    server = edge([slow, {"url": quick.url, "backup": True}], pool={**PATIENT, "idle_timeout": "100ms"})
    assert server.get("/film").body == BODY
    assert quick.asked()[0]["Range"] and quick.sent_body_bytes.total() <= len(BODY) - 300_000


@pytest.mark.parametrize("routes", [(), BYPASS], ids=["kept", "passed on"])
def test_a_body_that_stalls_everywhere_is_cut_and_the_next_gets_it_whole(origin, edge, routes):
    origin.on("*", stalling(100_000))
    server = edge(origin, pool={**PATIENT, "idle_timeout": "100ms", "retries": 0}, routes=routes)
    with pytest.raises(Gone):
        server.get("/film")
    origin.on("*", fresh(BODY, etag='"1"'))
    assert server.get("/film").body == BODY


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_a_body_that_breaks_off_is_asked_for_no_more_often_than_retries_allow(origins, edge, retries):
    pool = origins(2)
    for origin in pool:
        origin.on("*", lambda _, connection: [connection.head(200, {"Content-Length": len(BODY), "ETag": '"1"'}),
                                              connection.send(BODY[:50_000]), connection.close()])
    server = edge(pool, pool={**PATIENT, "retries": retries})
    with pytest.raises(Gone):
        server.get("/film")
    assert sum(counts(pool)) == retries + 1


def test_what_is_there_only_in_part_is_no_hit(origin, edge):
    origin.on("*", stalling(300_000), says(503), fresh(BODY, etag='"1"'))
    server = edge(origin, pool={**PATIENT, "idle_timeout": "100ms", "retries": 0})
    with pytest.raises(Gone):
        server.get("/film")
    assert server.get("/film").cache_status.get("fwd") == "partial"
    assert is_hit(server.get("/film"))


def test_a_body_that_only_trickles_ends_with_the_whole_time(origin, edge):
    def trickle(_, connection):
        connection.head(200, {"Content-Length": 1000})
        connection.slowly(b"x" * 1000, origin.gate(), every=0.02)

    origin.on("*", trickle)
    server = edge(origin, pool={**PATIENT, "whole_timeout": "200ms", "retries": 0}, routes=BYPASS)
    with server.client() as client:
        client.ask("/film")
        assert client.head().status == 200
        with pytest.raises(Gone):
            client.take(1000)
    assert origin.sent_body_bytes.total() < 1000


def test_a_head_that_only_trickles_ends_with_the_first_byte_s_time(origin, edge):
    origin.on("*", lambda _, connection: [connection.slowly(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 900, origin.gate(),
                                                            every=0.02)])
    reply = edge(origin, pool={"first_byte_timeout": "200ms"}).get("/film")
    assert reply.status == 504


# ---- to whom they go


@pytest.mark.parametrize("request_line, fields", [
    ("GET /film HTTP/1.1", "Host: {other}"), ("GET http://{other}/film HTTP/1.1", "Host: {other}"),
    ("GET http://{other}/film HTTP/1.1", "Host: films.example"), ("GET //{other}/film HTTP/1.1", "Host: films.example"),
    ("GET /film HTTP/1.1", "Host: films.example\r\nX-Forwarded-Host: {other}\r\nForwarded: host={other}"),
    ("GET /http://{other}/film HTTP/1.1", "Host: films.example"), ("GET /@{other}/film HTTP/1.1", "Host: a"),
    ("GET http://films.example@{other}/film HTTP/1.1", "Host: a"), ("CONNECT {other} HTTP/1.1", "Host: {other}"),
    ("GET /\\\\{other}/film HTTP/1.1", "Host: a"), ("GET /..//{other}/film HTTP/1.1", "Host: a")])
def test_only_configured_origins_are_contacted_whatever_a_client_says(origins, edge, request_line, fields):
    configured, other = origins(2)
    configured.on("*", "x")
    server = edge(configured)
    named = f"127.0.0.1:{other.port}"
    with server.client() as client:
        client.send((request_line + "\r\n" + fields).replace("{other}", named) + "\r\n\r\n")
        client.reply()
    assert other.connections == 0
    assert all(request["Host"] == f"127.0.0.1:{configured.port}" for request in configured.asked())


def test_origins_are_told_their_own_host_or_that_of_the_pool(origins, edge, tmp_path):
    first, second = origins(2)
    edge(first).get("/film")
    edge(second, pool={"host": "films.example.org"}, folder=tmp_path / "other").get("/film")
    assert (first.asked()[0]["Host"], second.asked()[0]["Host"]) == (f"127.0.0.1:{first.port}", "films.example.org")


def test_an_origin_s_path_stands_before_that_of_the_request(origin, edge):
    origin.on("*", "x")
    server = edge(origin.url + "/store/films/")
    server.get("/a/b?c=d")
    server.get("/")
    assert [request.target for request in origin.asked()] == ["/store/films/a/b?c=d", "/store/films/"]


def test_an_origin_may_be_a_name(origin, edge):
    origin.on("*", "x")
    reply = edge(f"http://localhost:{origin.port}").get("/film")
    assert reply.body == b"x" and origin.asked()[0]["Host"] == f"localhost:{origin.port}"


def test_a_name_that_nobody_knows_is_passed_over_and_then_said(origin, edge, tmp_path):
    origin.on("*", "x")
    unknown = "http://nobody.invalid:80"
    server = edge([unknown, {"url": origin.url, "backup": True}])
    assert server.get("/film").body == b"x"
    reply = edge(unknown, folder=tmp_path / "other").get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (502, "outpost; error=dns_error")


# ---- redirects


def test_redirects_are_passed_on(origins, edge):
    first, second = origins(2)
    first.on("/film", says(302, location=second.url + "/film"))
    reply = edge([first, {"url": second.url, "backup": True}]).get("/film")
    assert (reply.status, reply["Location"]) == (302, second.url + "/film") and second.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_within_the_pool_are_followed_when_they_are_to_be(origins, edge, status):
    first, second = origins(2)
    first.on("/film", says(status, location=second.url + "/there?x=1"))
    second.on("/there?x=1", says(status, location="../else"))
    second.on("/else", fresh("found"))
    server = edge([first, {"url": second.url, "backup": True}], pool={"redirects": "follow"})
    assert [server.get("/film").body for _ in range(2)] == [b"found"] * 2
    assert is_hit(server.get("/film")) and counts([first, second]) == [1, 2]


def test_redirects_out_of_the_pool_are_passed_on_and_nobody_goes_there(origins, edge):
    configured, other = origins(2)
    places = [other.url + "/film", f"//127.0.0.1:{other.port}/film", f"https://127.0.0.1:{configured.port}/film",
              "ftp://127.0.0.1/film", "http://"]
    configured.on("*", *[says(302, location=place) for place in places])
    server = edge(configured, pool={"redirects": "follow"})
    for number, place in enumerate(places):
        reply = server.get(f"/{number}")
        assert (reply.status, reply["Location"]) == (302, place)
    assert other.connections == 0 and len(configured.asked()) == len(places)


def test_redirects_in_a_circle_end(origin, edge):
    origin.on("*", says(302, location="/film"))
    reply = edge(origin, pool={"redirects": "follow"}).get("/film")
    assert reply.status == 302 and 2 <= len(origin.asked()) <= 6
