"""Tokens leave no trace: not in logs, not in answers, not at the origin, whatever is wrong with the request that shows one."""
import contextlib
import json

import pytest

from harness import Client, Gone, until
from origin import Page
from tokens import Key, auth_toml

HOST = "Host: films.example\r\n"
IN_PATH, IN_QUERY = "/URISigningPackage=TOKEN/vod/film/1.m4s", "/vod/film/1.m4s?a=b&URISigningPackage=TOKEN"


@pytest.fixture
def lock(edge, origin, tmp_path):
    origin.on("*", Page(b"film", cache_control="max-age=600"))
    key = Key(tmp_path / "keys")
    server = edge(origin, auth_toml(tmp_path / "keys", {"prefix": "/vod/", "formats": ["uri-signing", "cat", "edge-auth"]}), disks=0)
    server.token = key.jwt(sub="anna", jti="t")
    return server


def send(server, text, lines=1):
    """The status, and that the access log has its line."""
    before = len(server.access_lines())
    with Client(server.port) as client:
        client.send(text.replace("TOKEN", server.token))
        status = None
        with contextlib.suppress(Gone):
            status = client.reply("HEAD" if text.startswith("HEAD") else "GET").status
    until(lambda: len(server.access_lines()) > before, "the request is in the log")
    return status


def traces(server, origin):
    """Where the token, or its signature, is written."""
    signature = server.token.rsplit(".", 1)[1]
    found = [f"access log: {line.get('path')}" for line in server.access_lines() if signature in json.dumps(line)]
    found += [f"log: {line}" for line in server.log().splitlines() if signature in line]
    found += [f"origin: {request.target}" for request in origin.requests if signature in request.target or signature in str(request.fields)]
    return [each.replace(signature, "…") for each in found]


GOOD = {
    "path": (f"GET {IN_PATH} HTTP/1.1\r\n{HOST}\r\n", 200), "query": (f"GET {IN_QUERY} HTTP/1.1\r\n{HOST}\r\n", 200),
    "head": (f"HEAD {IN_PATH} HTTP/1.1\r\n{HOST}\r\n", 200),
    "whole URL": (f"GET http://films.example{IN_PATH} HTTP/1.1\r\n{HOST}\r\n", 200),
    "all places at once": (f"GET {IN_PATH}?URISigningPackage=TOKEN HTTP/1.1\r\n{HOST}Cookie: URISigningPackage=TOKEN\r\nAuthorization: Bearer TOKEN\r\nURISigningPackage: TOKEN\r\n\r\n", 200),
    "twice in each": (f"GET /URISigningPackage=TOKEN/URISigningPackage=TOKEN/vod/1?URISigningPackage=TOKEN&URISigningPackage=TOKEN HTTP/1.1\r\n{HOST}Cookie: URISigningPackage=TOKEN; URISigningPackage=TOKEN\r\nURISigningPackage: TOKEN\r\nURISigningPackage: TOKEN\r\n\r\n", 200),
    "two cookie fields": (f"GET /vod/1 HTTP/1.1\r\n{HOST}Cookie: a=b; URISigningPackage=TOKEN\r\nCookie: URISigningPackage=TOKEN; c=d\r\n\r\n", 200),
    "the last segment": (f"GET /vod/1/URISigningPackage=TOKEN HTTP/1.1\r\n{HOST}\r\n", 200),
    "between slashes": (f"GET //URISigningPackage=TOKEN//vod/1 HTTP/1.1\r\n{HOST}\r\n", 200),
    "a path that is closed": (f"GET /URISigningPackage=TOKEN/other/1 HTTP/1.1\r\n{HOST}\r\n", 403),
    "a bad path": (f"GET {IN_PATH.replace('film', '%zz')} HTTP/1.1\r\n{HOST}\r\n", 400),
    "a path that goes up": (f"GET {IN_PATH.replace('film', '..')} HTTP/1.1\r\n{HOST}\r\n", 400),
    "another method": (f"POST {IN_PATH} HTTP/1.1\r\n{HOST}Content-Length: 3\r\n\r\nabc", 403),
    "a referrer": (f"GET {IN_PATH} HTTP/1.1\r\n{HOST}Referer: http://films.example/\r\n\r\n", 200),
    "fields that are too large": (f"GET {IN_PATH} HTTP/1.1\r\n{HOST}A: {'x' * 70000}\r\n\r\n", 431),
    "a path that is too long": (f"GET {IN_PATH}{'x' * 70000} HTTP/1.1\r\n{HOST}\r\n", 414),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_token_is_written_nowhere(lock, origin, what):
    text, status = GOOD[what]
    assert send(lock, text) in ((status,) if status != 414 else (414, 431))
    assert traces(lock, origin) == []


def test_an_origin_that_fails_is_told_of_without_the_token(lock, origin):
    origin.on("/vod/bad/1", lambda request, connection: connection.send(b"nonsense\r\n\r\n"))
    assert send(lock, f"GET /URISigningPackage=TOKEN/vod/bad/1 HTTP/1.1\r\n{HOST}\r\n") == 502
    origin.stop()
    assert send(lock, f"GET /URISigningPackage=TOKEN/vod/gone/1 HTTP/1.1\r\n{HOST}\r\n") in (502, 503, 504)
    assert traces(lock, origin) == []


def test_no_answer_repeats_a_token_but_where_it_is_renewed(lock, origin):
    for path in ("/vod/film/1.m4s", "/other/1", "/vod/%zz"):
        reply = lock.get(f"/URISigningPackage={lock.token}{path}")
        assert lock.token not in str(reply.fields) and lock.token.encode() not in reply.body


def test_neither_the_admin_listener_nor_its_numbers_know_a_token(lock, origin):
    for path in ("/vod/film/1.m4s", "/other/1"):
        lock.get(f"/URISigningPackage={lock.token}{path}")
    for path in ("/metrics", "/api/v1/status", "/readyz", "/", "/api/v1/revocations"):
        assert lock.token.rsplit(".", 1)[1].encode() not in lock.admin(path).body
