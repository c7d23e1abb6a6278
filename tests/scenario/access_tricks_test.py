"""Further tricks: with what was remembered, with renewal, with methods and replays, and with what is cached for others."""
import contextlib
import json
import os
import re
import subprocess
import threading
import time

import pytest

from harness import SANITIZED, Client, Gone, until
from origin import Page
from purging import order
from tokens import Key, RsaKey, auth_toml, b64url, cbor, compact, cookie, in_path, in_query

PATH, OTHER = "/vod/film/1.m4s", "/vod/other/1.m4s"
EVERY = {"prefix": "/vod/", "formats": ["uri-signing", "cat", "edge-auth", "cloudfront", "secure-link"]}


class EcKey:
    """A pair of openssl's for ES256, in a file that holds the public half only."""

    def __init__(self, folder, kid="ec"):
        self.kid, self.pem = kid, folder / f".{kid}.pem"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.pem)], check=True)
        self.public = subprocess.run(["openssl", "ec", "-in", str(self.pem), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        x, y = self.public[-64:-32], self.public[-32:]
        self.members = {"kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256", "x": b64url(x), "y": b64url(y)}
        (folder / f"{kid}.jwk").write_bytes(compact(self.members))

    def sign(self, data):
        """(r, s)"""
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.pem)], input=data, check=True, capture_output=True).stdout
        first = der[4:4 + der[3]]
        return int.from_bytes(first, "big"), int.from_bytes(der[6 + der[3]:], "big")


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    made = Key(folder)
    made.folder, made.ec, made.rsa = folder, EcKey(folder), RsaKey(folder, "rsa", "RS256")
    made.akamai, made.cloudfront = Key(folder, "a1", "EdgeAuth"), RsaKey(folder)
    made.nginx = Key(folder, "n1", "SecureLink", expression="{expires}{uri} {secret}")
    return made


@pytest.fixture
def lock(edge, origin, keys):
    origin.on("*", Page(b"film", cache_control="max-age=600"))
    return lambda *rules, **options: edge(origin, auth_toml(keys.folder, *(rules or (EVERY,)), **options), disks=0)


def jws(header, claims, signature):
    text = f"{b64url(compact(header) if isinstance(header, dict) else header)}.{b64url(claims)}"
    return f"{text}.{b64url(signature(text.encode()) if callable(signature) else signature)}"


GOOD = b'{"cdniuc":"regex:.*","exp":4000000000}'


def secrets_of_public_keys(keys):
    """What an implementation that takes any key for any algorithm would use as a secret."""
    pem = lambda path: subprocess.run(["openssl", "pkey", "-in", str(path), "-pubout"], check=True, capture_output=True).stdout
    yield "ec", pem(keys.ec.pem)
    yield "ec", pem(keys.ec.pem).strip()
    yield "ec", keys.ec.public
    yield "ec", keys.ec.public[-64:]
    yield "ec", b"\x04" + keys.ec.public[-64:]
    yield "ec", compact(keys.ec.members)
    yield "rsa", pem(keys.rsa.pem)
    yield "rsa", (keys.folder / "rsa.jwk").read_bytes()
    yield "k1", b""
    yield "k1", b"k1"


def test_no_public_key_is_a_secret(lock, keys):
    server = lock()
    for kid, secret in secrets_of_public_keys(keys):
        forger = Key(keys.folder.parent / "forged", kid, secret=secret or b"\0")
        assert server.get(in_query(forger.jwt(), PATH)).status == 403, (kid, secret[:20])
        assert server.get(in_query(forger.cat(), PATH, "cat")).status == 401, (kid, secret[:20])
    assert server.get(in_query(keys.jwt(), PATH)).status == 200


@pytest.mark.parametrize("header, claims", [
    (b'{"alg":"HS256","kid":"k1"}', b'{"cdniuc":"regex:x","cdniu\\u0063":"regex:.*","exp":4000000000}'),
    (b'{"alg":"none","alg":"HS256","kid":"k1"}', GOOD), (b'{"alg":"HS256","\\u0061lg":"none","kid":"k1"}', GOOD),
    (b'{"alg":"HS256","kid":"k2","kid":"k1"}', GOOD), (b'{"alg":"hs256","kid":"k1"}', GOOD), (b'{"alg":["HS256"],"kid":"k1"}', GOOD),
    (b'{"alg":"HS256","kid":"k1","b64":false,"crit":["b64"]}', GOOD), (b'{"alg":"HS256","kid":"k1","zip":"DEF"}', GOOD),
    (b'{"alg":"HS256","kid":"k1"}', GOOD + b" {}"), (b'{"alg":"HS256","kid":"k1"}', GOOD + b"\0"), (b'\xef\xbb\xbf{"alg":"HS256","kid":"k1"}', GOOD),
    (b'{"alg":"HS256","kid":"k1"}', b'{"cdniuc":"regex:\xff.*","exp":4000000000}'), (b'{"alg":"HS256","kid":"k1"}', b'{"cdniuc":"regex:\\ud800","exp":4000000000}'),
    (b'{"alg":"HS256","kid":"k1"}', b'{"cdniuc":["regex:.*"],"exp":4000000000}'), (b'{"alg":"HS256","kid":"k1"}', b'{"CDNIUC":"regex:.*","exp":4000000000}'),
    (b"", GOOD), (b"{}", GOOD), (b'{"alg":"HS256","kid":"k1"}', b"")])
def test_a_token_that_can_be_read_in_two_ways_is_read_in_none(lock, keys, header, claims):
    server = lock()
    assert server.get(in_query(jws(header, claims, keys.sign), PATH)).status == 403
    assert server.get(in_query(jws({"alg": "HS256", "kid": "k1"}, GOOD, keys.sign), PATH)).status == 200


@pytest.mark.parametrize("claims", [
    {"exp": 2**63 - 1}, {"exp": 2**63}, {"exp": 2**64}, {"exp": -2**63}, {"exp": 10**18}, {"exp": -1}, {"nbf": 2**63 - 1}, {"nbf": -2**63}, {"iat": 2**63 - 1},
    {"cdnistt": 1, "cdniets": 2**63 - 1}, {"cdnistt": 1, "cdniets": 2**62}, {"cdnistt": 1, "cdniets": 0}, {"cdnistt": 1, "cdniets": -1},
    {"cdnistt": 1, "cdniets": 1.5}, {"cdnistt": 1, "cdniets": 60, "cdnistd": -1}, {"cdnistt": 1, "cdniets": 60, "cdnistd": 2**63 - 1}, {"cdnistt": 3, "cdniets": 60}])
def test_numbers_beyond_all_time_open_nothing(lock, keys, claims):
    server = lock()
    assert server.get(in_query(keys.jwt(**claims), PATH)).status == 403
    assert server.get(in_query(keys.jwt(), PATH)).status == 200


@pytest.mark.parametrize("number", [-1, 10**12, 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("claims", [lambda n: {4: n}, lambda n: {5: n}, lambda n: {6: n}, lambda n: {323: {0: 1, 1: n}}, lambda n: {323: {0: 1, 1: 600, 2: n}}],
                         ids=["exp", "nbf", "iat", "renewed by", "renewed when"])
def test_numbers_of_a_cat_beyond_all_time_open_nothing(lock, keys, claims, number):
    server = lock()
    assert server.get(in_query(keys.cat(claims(number), expires=60), PATH, "cat")).status == 401


# ---- what is remembered


def test_what_is_remembered_of_a_token_opens_no_other_url(lock, keys):
    """Tokens that hold for one URL do not say which: it is part of what is signed."""
    server = lock()
    signed = keys.cloudfront.cloudfront(f"http://films.example{PATH}")
    linked = keys.nginx.secure_link(PATH)
    akamai = in_query(keys.akamai.edge_auth(acl=PATH), "", "hdnts")[1:]
    for query in (signed, linked, akamai):
        with server.client() as client:
            for _ in range(3):
                assert client.get(f"{PATH}?{query}").status == 200
                for path in (OTHER, PATH + "x", PATH.replace("film", "f%69lm2"), "/vod/film/1.m4s/2"):
                    assert client.get(f"{path}?{query}").status == 403, (path, query[:9])
    # Amazon signs the query as well, nginx the address if it is told to.
    assert server.get(f"{PATH}?more=1&{signed}").status == 403


def test_a_token_that_was_remembered_in_one_host_opens_no_other(lock, keys):
    server = lock()
    token = in_path(keys.jwt(uri="http://films\\.example/.*"), PATH)
    with server.client() as client:
        for _ in range(3):
            assert client.get(token).status == 200
            client.send(f"GET {token} HTTP/1.1\r\nHost: other.example\r\n\r\n")
            assert client.reply().status == 403


# ---- replays


def ask_at_once(server, path, count=16):
    """The statuses of so many clients that ask in the same moment."""
    clients = [Client(server.port) for _ in range(count)]
    barrier, statuses = threading.Barrier(count), []

    def ask(client):
        barrier.wait()
        statuses.append(client.get(path).status)
    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return statuses


def test_of_many_who_show_a_token_for_one_use_at_once_one_passes(lock, keys):
    server = lock()
    for _ in range(5):
        statuses = ask_at_once(server, in_path(keys.cat({308: 1, 7: os.urandom(8)}), PATH, "cat"))
        assert sorted(statuses) == [200] + [401] * 15


def test_a_token_for_one_use_is_used_whatever_it_was_used_for_and_wherever_it_stood(lock, keys):
    server = lock()
    ways = [(in_path, "cat", "GET", ()), (in_query, "cat", "GET", ()), (None, None, "HEAD", ()), (None, None, "GET", ("Range: bytes=0-0",))]
    for first in ways:
        token = keys.cat({308: 1, 7: os.urandom(8)})
        for number, (place, name, method, more) in enumerate([first, *ways]):
            path, fields = (place(token, PATH, name), more) if place else (PATH, (f"CTA-Common-Access-Token: {token}", *more))
            status = server.get(path, *fields, method=method).status
            assert status == 401 if number else status in (200, 206), (number, method)


def test_the_twin_of_an_ecdsa_signature_is_the_same_token(lock, keys):
    """(r, s) and (r, -s) are both good: whoever has one makes the other without the key."""
    server = lock()
    protected, payload = cbor({1: -7}), cbor({4: int(time.time()) + 600, 308: 1})
    r, s = keys.ec.sign(cbor(["Signature1", protected, b"", payload]))
    opened = []
    for each in (s, ORDER - s):
        signature = r.to_bytes(32, "big") + each.to_bytes(32, "big")
        token = b64url(b"\xd8\x3d\xd2" + cbor([protected, {4: b"ec"}, payload, signature]))
        opened.append(server.get(in_path(token, PATH, "cat")).status)
    assert opened == [200, 401]


# ---- renewal


@pytest.mark.parametrize("segment", ["film;Domain=evil.example", "film; Max-Age=1", "film%0d%0aX: y", "fi,lm", "film=1;x"])
def test_no_path_writes_attributes_of_its_own_into_a_cookie(lock, keys, segment):
    server = lock()
    claims = {"expires": 60, "cdnistt": 1, "cdniets": 600}
    path = f"/vod/{segment}/1.m4s".replace(" ", "%20")
    for asked, fields in ((path, (cookie(keys.jwt(cdnistd=2, **claims)),)), (in_path(keys.jwt(**claims), path), ()),
                          (path.replace("/1.m4s", f"/URISigningPackage={keys.jwt(**claims)}/1.m4s"), ()),
                          (path.replace("/1.m4s", f";URISigningPackage={keys.jwt(**claims)}/1.m4s"), ())):
        reply = server.get(asked, *fields)
        assert reply.status == 200
        for name, value in reply.fields:
            if name.lower() == "set-cookie":
                attributes = [each.strip().split("=")[0] for each in value.split(";")[1:]]
                assert attributes == ["Path", "Max-Age", "HttpOnly"], value


def test_what_is_renewed_says_all_that_the_old_one_said_and_no_more(lock, keys):
    import base64
    server = lock({"prefix": "/vod/film/"}, {"prefix": "/vod/"})
    said = {"sub": "anna", "jti": "t", "aud": None, "site": "north", "device": "box", "max_height": 360, "asset": ["a", "b"], "cdnistt": 1, "cdniets": 600}
    token = keys.jwt(uri="http://films\\.example/vod/film/.*", expires=60, **said)
    fresh = re.match("URISigningPackage=([^;]+)", server.get(PATH, cookie(token))["Set-Cookie"]).group(1)
    claims = json.loads(base64.urlsafe_b64decode(fresh.split(".")[1] + "=="))
    assert {k: v for k, v in claims.items() if k not in ("exp", "iat")} == {
        "cdniuc": "regex:http://films\\.example/vod/film/.*", **{k: v for k, v in said.items() if v is not None}}
    assert server.get(PATH, cookie(fresh)).status == 200
    assert server.get(OTHER, cookie(fresh)).status == 403
    with Client(server.port) as client:
        client.send(f"GET {PATH} HTTP/1.1\r\nHost: other.example\r\n{cookie(fresh)}\r\n\r\n")
        assert client.reply().status == 403


def test_a_refused_stream_is_not_renewed(lock, keys):
    server = lock({"prefix": "/vod/", "streams": 1})
    token = lambda box: keys.jwt(expires=60, cdnistt=1, cdniets=600, sub="family", device=box)
    assert server.get(PATH, cookie(token("one")))["Set-Cookie"]
    refused = server.get(PATH, cookie(token("two")))
    assert (refused.status, refused["Set-Cookie"], refused["Cache-Control"]) == (429, None, "no-store")


# ---- methods


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PURGE"])
def test_a_rule_or_a_token_for_reading_lets_nobody_write(lock, keys, origin, method):
    server = lock({"prefix": "/vod/read/"}, {"prefix": "/vod/", "methods": []})
    assert server.get(in_path(keys.jwt(), "/vod/read/1"), method=method).status == 403
    assert server.get(in_path(keys.cat({313: ["GET", "HEAD"]}), PATH, "cat"), method=method).status == 401
    assert not origin.requests
    assert server.get(in_path(keys.cat({313: ["GET", "HEAD"]}), PATH, "cat")).status == 200


def test_preflights_tell_nothing_of_what_is_there(lock, keys, origin):
    server = lock()
    server.get(in_path(keys.jwt(), PATH))
    asked = len(origin.requests)
    fields = ("Origin: http://page.example", "Access-Control-Request-Method: GET")
    told = [server.get(path, *more, method="OPTIONS") for path in (PATH, "/vod/none", "/elsewhere") for more in (fields, ())]
    assert {(reply.status, len(reply.body)) for reply in told if reply.status != 401 and reply.status != 403} == {(204, 0)}
    assert len(origin.requests) == asked


@pytest.mark.parametrize("line", ["CONNECT films.example:80", "CONNECT /vod/film/1.m4s", "GET *", "GET films.example:80", "GET vod/film/1.m4s"])
def test_targets_that_are_no_path_open_nothing(lock, keys, origin, line):
    server = lock()
    method, target = line.split()
    with Client(server.port) as client:
        client.ask(target, f"Authorization: Bearer {keys.jwt()}", method=method)
        assert client.reply().status in (400, 403, 405)
    assert not origin.requests


# ---- what is cached for others


@pytest.mark.parametrize("vary", ["Cookie", "Authorization", "URISigningPackage", "CTA-Common-Access-Token, Cookie"])
def test_one_object_is_kept_for_all_tokens_although_the_origin_varies_by_where_they_sit(lock, keys, origin, vary):
    origin.on(PATH, Page(b"film", cache_control="max-age=600", vary=vary))
    server = lock()
    for number in range(4):
        token = keys.jwt(sub=f"s{number}")
        for path, fields in ((PATH, (cookie(token),)), (PATH, (f"Authorization: Bearer {token}",)), (PATH, (f"URISigningPackage: {token}",)), (in_path(token, PATH), ())):
            assert server.get(path, *fields).status == 200
    assert len(origin.asked(PATH)) == 1


def test_a_cookie_of_others_still_varies_beside_a_token(lock, keys, origin):
    origin.on(PATH, lambda request, connection: connection.reply(
        200, {"Cache-Control": "max-age=600", "Vary": "Cookie"}, (request["Cookie"] or "none").encode()))
    server = lock()
    bodies = [server.get(PATH, f"Cookie: lang={lang}; URISigningPackage={keys.jwt(sub=str(n))}").body for n, lang in enumerate(["de", "fr", "de"])]
    assert bodies == [b"lang=de", b"lang=fr", b"lang=de"] and len(origin.asked(PATH)) == 2


def test_a_refused_request_joins_nobodys_fetch(lock, keys, origin):
    gate = origin.gate()

    def slowly(request, connection):
        gate.pass_through(connection.is_alive)
        connection.reply(200, {"Cache-Control": "max-age=600"}, b"film")
    origin.on(PATH, slowly)
    server = lock()
    with Client(server.port) as patient:
        patient.ask(in_path(keys.jwt(), PATH))
        origin.wait_for(1)
        assert [server.get(PATH).status, server.get(in_path(keys.jwt(expires=-60), PATH)).status] == [401, 403]
        gate.open()
        assert patient.reply().body == b"film"
    assert len(origin.requests) == 1


def test_a_token_that_runs_out_while_it_is_answered_is_answered_to_the_end(lock, keys, origin):
    gate = origin.gate()

    def slowly(request, connection):
        gate.pass_through(connection.is_alive)
        connection.reply(200, {"Cache-Control": "max-age=600"}, b"film" * 1000)
    origin.on(PATH, slowly)
    server = lock(leeway="0s")
    token = keys.jwt(expires=2)
    with Client(server.port) as client:
        client.ask(in_path(token, PATH))
        origin.wait_for(1)
        until(lambda: server.get(in_path(token, OTHER)).status == 403, "the token has run out")
        gate.open()
        assert len(client.reply().body) == 4000
        assert client.get(in_path(token, PATH)).status == 403


def test_a_revocation_holds_on_a_connection_that_is_open(lock, keys):
    server = lock()
    token = in_path(keys.jwt(sub="anna"), PATH)
    with server.client() as client:
        assert client.get(token).status == 200
        assert order(server, {"subject": "anna", "for": "1h"}, path="/api/v1/revocations").status == 200
        assert client.get(token).status == 403
        assert client.get(in_path(keys.jwt(sub="berta"), PATH)).status == 200


# ---- size and number


@pytest.mark.parametrize("size", [4_000, 60_000, 1_000_000])
def test_a_kid_of_any_size_costs_nothing(lock, keys, size):
    server = lock()
    token = keys.jwt(header={"kid": "k" * size})
    before = server.resident()
    for path, fields in ((in_path(token, PATH), ()), (in_query(token, PATH), ()), (PATH, (cookie(token),)), (PATH, (f"Authorization: Bearer {token}",))):
        with Client(server.port) as client, contextlib.suppress(OSError, Gone):  # what is far too long need not be read to its end
            assert client.get(path, *fields).status in (400, 403, 414, 431)
    assert SANITIZED or server.resident() - before < 32 << 20
    assert server.get(in_path(keys.jwt(), PATH)).status == 200


def test_thousands_of_bad_tokens_leave_the_memory_as_it_was(lock, keys):
    server = lock({"prefix": "/vod/"}, remembered=1000)
    stem = keys.jwt(padding="x" * 1000)[:-6]

    def ask(count):
        with server.client() as client:
            for begin in range(0, count, 200):
                for number in range(begin, begin + 200):
                    client.ask(in_query(f"{stem}{number:06}", PATH))
                assert {client.reply().status for _ in range(200)} == {403}
    ask(4000)
    before = server.resident()
    ask(20000)
    assert SANITIZED or server.resident() - before < 8 << 20  # the sanitizer's own memory grows
