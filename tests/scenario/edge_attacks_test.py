"""What one client, or one origin, must not be able to do to the others."""
import json

import pytest

from filling import BLOCK, is_hit
from harness import Client, until
from origin import Page

FRESH = {"cache_control": "max-age=600"}


def test_content_in_a_get_is_kept_from_the_cache(origin, edge):
    origin.on("/a", lambda request, connection: connection.reply(200, {"Cache-Control": "max-age=600"},
                                                                 b"evil" if request.body else b"good"))
    server = edge(origin)
    with server.client() as client:
        client.send("GET /a HTTP/1.1\r\nHost: films.example\r\nContent-Length: 6\r\n\r\nq=evil")
        client.reply()
    assert server.get("/a").body == b"good"


def test_a_field_that_connection_takes_away_selects_no_variant(origin, edge):
    def by_origin(request, connection):
        connection.reply(200, {"Cache-Control": "max-age=600", "Vary": "Origin"}, (request["Origin"] or "none").encode())

    origin.on("/a", by_origin)
    server = edge(origin)
    server.get("/a", "Origin: https://site.example", "Connection: Origin")
    assert server.get("/a", "Origin: https://site.example").body == b"https://site.example"


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Original-URL", "X-HTTP-Method-Override", "Forwarded", "X-Host"])
def test_what_would_be_taken_for_another_host_path_or_method_does_not_reach_the_origin(origin, edge, name):
    origin.on("/a", Page(b"a", **FRESH))
    server = edge(origin)
    server.get("/a", f"{name}: evil.example")
    assert origin.asked("/a")[0][name] is None


@pytest.mark.parametrize("private", ["private", "no-store"])
def test_a_head_that_is_for_one_client_changes_nothing_that_is_stored(origin, edge, private):
    page = Page(b"a", etag='"1"', **FRESH)
    origin.on("/a", page)
    server = edge(origin)
    server.get("/a")
    origin.on("/a", lambda _, connection: connection.reply(
        200, {"ETag": '"1"', "Cache-Control": f"{private}, max-age=600", "X-User": "alice"}))
    server.get("/a", "Cookie: alice", "Cache-Control: no-cache", method="HEAD")
    reply = server.get("/a")
    assert is_hit(reply) and reply["X-User"] is None and reply.body == b"a"


def test_a_304_that_is_for_one_client_is_for_nobody_else(origin, edge):
    origin.on("/a", Page(b"a", etag='"1"', **FRESH))
    server = edge(origin)
    server.get("/a")
    origin.on("/a", lambda request, connection: connection.reply(
        304, {"ETag": '"1"', "Cache-Control": "private, max-age=600", "X-User": "alice"}))
    assert server.get("/a", "Cache-Control: no-cache", "Cookie: alice").body == b"a"
    origin.on("/a", Page(b"b", etag='"2"', **FRESH))
    reply = server.get("/a")
    assert reply.body == b"b" and reply["X-User"] is None


def test_who_waits_for_a_validation_gets_no_variant_of_another(origin, edge):
    """Two kinds of Vary under one URL: the question is one for each variant of either kind."""
    def answer(request, connection):
        if request["Accept-Language"]:
            return connection.reply(200, {"Cache-Control": "max-age=600", "Vary": "Accept-Language"}, b"x")
        user = request["Cookie"] or "nobody"
        fields = {"Cache-Control": "max-age=0", "Vary": "Cookie", "ETag": f'"{user}"'}
        if request["If-None-Match"] and user == "alice":
            connection.hold(gate)
            return connection.reply(304, fields)
        return connection.reply(200, fields, f"account of {user}".encode())

    gate = origin.gate()
    origin.on("/a", answer)
    server = edge(origin)
    server.get("/a", "Cookie: alice")
    server.get("/a", "Accept-Language: x")
    with server.client() as alice, server.client() as dave:
        alice.ask("/a", "Cookie: alice")
        until(lambda: any(request["If-None-Match"] for request in origin.asked("/a")), "alice's is validated")
        dave.ask("/a", "Cookie: dave")
        until(lambda: any(request["Cookie"] == "dave" for request in origin.asked("/a")), "dave's is asked for")
        assert dave.reply().body == b"account of dave"
        gate.open()
        assert alice.reply().body == b"account of alice"


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 2**50])
def test_a_length_beyond_all_disks_harms_nobody(origin, edge, length):
    def huge(_, connection):
        connection.head(200, {"ETag": '"1"', "Cache-Control": "max-age=600", "Content-Length": length})
        connection.send(b"x" * BLOCK)
        connection.reset()

    origin.on("/huge", huge).on("/a", Page(b"a", **FRESH))
    server = edge(origin)
    with server.client() as client:
        client.ask("/huge", "Range: bytes=0-")
        client.head()
    assert server.get("/a").body == b"a"
    assert json.loads(server.admin("/readyz").body)["status"] == "ready"


def test_a_part_at_the_end_of_all_numbers_takes_no_disk_out_of_service(origin, edge):
    begin, size = 17592186044416, 2**64 - 500
    origin.on("/far", lambda _, connection: connection.reply(
        206, {"ETag": '"1"', "Cache-Control": "max-age=600", "Content-Range": f"bytes {begin}-{begin + 99999}/{size}"},
        b"x" * 100_000))
    origin.on("/a", Page(b"a", **FRESH))
    server = edge(origin)
    with server.client() as client:
        client.ask("/far", f"Range: bytes={begin}-{begin + 99}")
        client.head()
    assert server.get("/a").body == b"a"
    assert json.loads(server.admin("/readyz").body)["status"] == "ready"


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"])
def test_a_web_page_can_purge_nothing(origin, edge, field):
    origin.on("/a", Page(b"a", **FRESH))
    server = edge(origin)
    server.get("/a")
    body = b'{"all": true}'
    with Client(server.admin_port) as admin:
        admin.send(f"POST /api/v1/purge HTTP/1.1\r\nHost: a\r\n{field}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert admin.reply().status == 403
    assert is_hit(server.get("/a"))


def test_a_request_that_the_origin_finds_bad_does_not_end_sharing_for_the_others(origin, edge):
    origin.on("/a", lambda request, connection: connection.reply(400 if request["X-Bad"] else 200,
                                                                 {"Cache-Control": "max-age=600"}, b"a"))
    server = edge(origin)
    assert server.get("/a", "X-Bad: 1").status == 400
    server.get("/a")
    assert is_hit(server.get("/a"))
