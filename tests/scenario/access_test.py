"""Who may pass: an edge behind which a scripted origin sees what was let through."""
import json
import time

import pytest

from harness import until
from origin import Page
from purging import ready
from tokens import Key, RsaKey, auth_toml, cookie, in_path, in_query

PATH = "/vod/film/1.m4s"


@pytest.fixture
def lock(edge, origin, tmp_path):
    """lock({rule}, …, options) is an edge with [auth], keys k1 (HS256), a1 (EdgeAuth), n1 (SecureLink), cf (CloudFront)."""
    keys = tmp_path / "keys"

    def begin(*rules, edge_options=None, more="", **options):
        begin.key, begin.akamai = Key(keys), Key(keys, "a1", "EdgeAuth")
        begin.nginx, begin.cloudfront = Key(keys, "n1", "SecureLink", expression="{expires}{uri} {secret}"), RsaKey(keys)
        origin.on("*", Page(b"film", cache_control="max-age=600"))
        server = edge(origin, auth_toml(keys, *(rules or ({"prefix": "/vod/"},)), **options) + more, disks=0, **(edge_options or {}))
        begin.server = server
        return server
    begin.keys, begin.origin = keys, origin
    return begin


EVERY = {"prefix": "/vod/", "formats": ["uri-signing", "cat", "edge-auth", "cloudfront", "secure-link"]}


def every_way(lock):
    """What to ask for, and with which fields: each format in each of its places."""
    key = lock.key
    jwt, cat, akamai = key.jwt(), key.cat(), lock.akamai.edge_auth()
    signed = lock.cloudfront.cloudfront(f"http://films.example{PATH}")
    yield "jwt in path", in_path(jwt, PATH), ()
    yield "jwt in query", in_query(jwt, PATH), ()
    yield "jwt in cookie", PATH, (cookie(jwt),)
    yield "jwt as bearer", PATH, (f"Authorization: Bearer {jwt}",)
    yield "jwt in field", PATH, (f"URISigningPackage: {jwt}",)
    yield "jwt as path parameter", f"/vod;URISigningPackage={jwt}/film/1.m4s", ()
    yield "cat in path", in_path(cat, PATH, "cat"), ()
    yield "cat in query", in_query(cat, PATH, "cat"), ()
    yield "cat in field", PATH, (f"CTA-Common-Access-Token: {cat}",)
    yield "cat in cookie", PATH, (cookie(cat, "CTA-Common-Access-Token"),)
    yield "cat as bearer", PATH, (f"Authorization: Bearer {cat}",)
    yield "edge-auth in path", in_path(lock.akamai.edge_auth(acl="%2f*"), PATH, "hdntl"), ()
    yield "edge-auth in query", in_query(akamai, PATH, "hdnts"), ()
    yield "cloudfront in query", f"{PATH}?{signed}", ()
    yield "cloudfront in cookies", PATH, ("Cookie: " + "; ".join(f"CloudFront-{part}" for part in signed.split("&")),)
    yield "secure-link", f"{PATH}?{lock.nginx.secure_link(PATH)}", ()


def test_each_format_opens_in_each_of_its_places_and_leaves_no_trace(lock):
    server = lock(EVERY)
    for what, path, fields in every_way(lock):
        reply = server.get(path, *fields)
        assert (what, reply.status, reply.body) == (what, 200, b"film")
    # One object for all, and the origin was asked as if there were no tokens.
    assert len(lock.origin.asked(PATH)) == 1
    request = lock.origin.requests[0]
    assert request.target == PATH and not any(name.lower() in ("cookie", "authorization", "urisigningpackage") for name, _ in request.fields)
    server.stop()
    written = server.access.read_text() + server.log()
    assert [line["path"] for line in server.access_lines()] == [PATH] * len(list(every_way(lock)))
    for secret in ("eyJ", "hmac=", "Signature=", "md5="):
        assert secret not in written


@pytest.mark.parametrize("make, reason, status", [
    (lambda k: None, "missing", 401),
    (lambda k: k.jwt(expires=-60), "expired", 403),
    (lambda k: k.jwt(nbf=int(time.time()) + 60), "not_yet", 403),
    (lambda k: k.jwt(uri="http://other\\.example/.*"), "uri", 403),
    (lambda k: k.jwt(uri="/vod"), "uri", 403),
    (lambda k: k.jwt(header={"alg": "none"}), "algorithm", 403),
    (lambda k: k.jwt(header={"alg": "HS512"}), "algorithm", 403),
    (lambda k: k.jwt(header={"alg": "RS256"}), "algorithm", 403),
    (lambda k: k.jwt(header={"kid": "k2"}), "unknown_key", 403),
    (lambda k: k.jwt(header={"kid": "../../../../dev/null"}), "unknown_key", 403),
    (lambda k: k.jwt(header={"kid": "a1"}), "algorithm", 403),
    (lambda k: k.jwt(header={"crit": ["exp"]}), "unsupported", 403),
    (lambda k: k.jwt(header={"jku": "http://127.0.0.1/"}), "unsupported", 403),
    (lambda k: k.jwt(cdnicrit="cdnifoo"), "unsupported", 403),
    (lambda k: k.jwt(cdniip="eyJ"), "unsupported", 403),
    (lambda k: k.jwt(cdniv=2), "unsupported", 403),
    (lambda k: k.jwt(iss="somebody"), "issuer", 403),
    (lambda k: k.jwt(aud="somebody"), "audience", 403),
    (lambda k: (lambda token: token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1])(k.jwt()), "signature", 403),
    (lambda k: k.jwt() + ".", "malformed", 403),
    (lambda k: k.jwt() + "=", "malformed", 403),
    (lambda k: k.jwt(padding="x" * 5000), "too_large", 403),
    (lambda k: "nonsense", "malformed", 403),
])
def test_what_is_wrong_with_a_token_is_told_in_the_log_and_not_to_the_client(lock, make, reason, status):
    server = lock()
    token = make(lock.key)
    reply = server.get(in_query(token, PATH) if token else PATH)
    assert reply.status == status
    assert json.loads(reply.body)["detail"] in ("A valid token is needed.", "This is not allowed.")
    assert reply["Cache-Control"] == "no-store" and reply["WWW-Authenticate"] == ("Bearer" if status == 401 else None)
    assert not lock.origin.asked(PATH)
    assert server.metrics()[f'outpost_access_refused_total{{reason="{reason}"}}'] == 1
    server.stop()
    assert [line.get("refused") for line in server.access_lines() if line["path"] != "/metrics"] == [reason]


def test_what_no_rule_is_for_is_refused_unless_the_configuration_says_otherwise(lock):
    assert lock({"prefix": "/live/"}).get("/vod/1").status == 403


def test_otherwise_can_be_open(lock):
    assert lock({"prefix": "/live/"}, otherwise="allow").get("/vod/1").status == 200


def test_public_and_closed_rules(lock):
    server = lock({"prefix": "/open/", "let": "anybody"}, {"prefix": "/shut/", "let": "nobody"}, {"prefix": "/vod/"})
    assert [server.get(path).status for path in ("/open/1", "/shut/1", "/vod/1")] == [200, 403, 401]
    assert server.get(in_path(lock.key.jwt(), "/shut/1")).status == 403


@pytest.mark.parametrize("path", [
    "/open/../vod/1", "/open/%2e%2e/vod/1", "//vod/1", "/vod%2f1", "/VOD/1", "/open/..;/vod/1", "/./vod/1", "/open\\..\\vod/1",
    "/vod/1%00", "/%76od/1", "/vod;x=1/1"])
def test_no_spelling_of_a_path_gets_around_a_rule(lock, path):
    """Either it is refused, or the origin is asked for what the open rule is for."""
    server = lock({"prefix": "/open/", "let": "anybody"}, {"prefix": "/vod/"})
    reply = server.get(path)
    assert reply.status in (400, 401, 403), path
    assert lock.origin.requests == []


def test_rules_ask_for_claims_methods_networks_and_times(lock):
    server = lock({"prefix": "/claims/", "claims": ["site=north", "asset={2}"]}, {"prefix": "/method/", "methods": ["HEAD"]},
                  {"prefix": "/net/", "networks": ["10.0.0.0/8"]}, {"prefix": "/here/", "networks": ["127.0.0.0/8"]},
                  {"prefix": "/past/", "open": ["2020-01-01T00:00:00Z/2020-01-02T00:00:00Z"]})
    good = lock.key.jwt(site="north", asset=["a", "b"])
    assert server.get(in_path(good, "/claims/a/1")).status == 200
    assert server.get(in_path(good, "/claims/c/1")).status == 403
    assert server.get(in_path(lock.key.jwt(site="south", asset="a"), "/claims/a/1")).status == 403
    assert server.get(in_path(good, "/method/1"), method="HEAD").status == 200
    assert [server.get(in_path(good, path)).status for path in ("/method/1", "/net/1", "/here/1", "/past/1")] == [403, 403, 200, 403]


def test_a_format_a_place_or_a_key_that_a_rule_does_not_take(lock):
    server = lock({"prefix": "/cat/", "formats": ["cat"]}, {"prefix": "/path/", "places": ["path"]}, {"prefix": "/key/", "keys": ["k9"]})
    token = lock.key.jwt()
    assert server.get(in_path(lock.key.cat(), "/cat/1", "cat")).status == 200
    assert server.get(in_path(token, "/cat/1")).status == 403
    assert server.get(in_path(token, "/path/1")).status == 200
    assert server.get(in_query(token, "/path/1")).status == 401
    assert server.get(in_path(token, "/key/1")).status == 403


def test_a_valid_token_opens_whatever_bad_ones_come_with_it(lock):
    server = lock()
    assert server.get(in_path(lock.key.jwt(), PATH), cookie(lock.key.jwt(expires=-60))).status == 200
    assert server.get(in_path(lock.key.jwt(expires=-60), PATH), cookie(lock.key.jwt())).status == 200


def test_where_no_token_is_asked_for_a_bearer_is_the_origins_affair(lock):
    server = lock({"prefix": "/account/", "let": "anybody"}, {"prefix": "/own/", "places": ["path"]}, {"prefix": "/vod/"})
    bearer = "Authorization: Bearer a.b.c"
    for path in ("/account/1", in_path(lock.key.jwt(), "/own/1"), in_path(lock.key.jwt(), "/vod/1")):
        assert server.get(path, bearer).status == 200
    assert [request["Authorization"] for request in lock.origin.requests] == ["Bearer a.b.c", "Bearer a.b.c", None]


def test_preflights_need_no_token(lock):
    reply = lock().get(PATH, "Origin: http://page.example", "Access-Control-Request-Method: GET", method="OPTIONS")
    assert reply.status == 204 and "Authorization" in reply["Access-Control-Allow-Headers"]


# ---- keys


def test_keys_rotate_without_a_restart_and_without_one_refusal(lock):
    server = lock()
    old = lock.key.jwt()
    assert server.get(in_path(old, PATH)).status == 200
    fresh = Key(lock.keys, "k2")
    with server.client() as client:
        def opens():
            assert client.get(in_path(old, PATH)).status == 200  # while the other arrives, nobody is thrown out
            return server.metrics()["outpost_keys"] == 5
        until(opens, "the new key is in use")
        assert client.get(in_path(fresh.jwt(), PATH)).status == 200
        lock.key.remove()
        until(lambda: server.metrics()["outpost_keys"] == 4, "the old key has left")
        assert client.get(in_path(old, PATH)).status == 403
        assert client.get(in_path(fresh.jwt(), PATH)).status == 200


def test_a_broken_key_file_leaves_the_keys_as_they_are_and_is_told(lock):
    server = lock()
    token = lock.key.jwt()
    lock.key.path.write_text("{")
    until(lambda: ready(server)[1] == "degraded", "/readyz tells")
    assert server.get(in_path(token, PATH)).status == 200
    assert str(lock.key.path) in server.log()
    lock.key.write()
    until(lambda: ready(server)[1] == "ready", "it is mended")


def test_a_key_has_its_time(lock):
    server = lock()
    late = Key(lock.keys, "late", nbf=int(time.time()) + 3600)
    past = Key(lock.keys, "past", exp=int(time.time()) - 3600)
    until(lambda: server.metrics()["outpost_keys"] == 6, "the keys are read")
    assert [server.get(in_path(key.jwt(), PATH)).status for key in (late, past, lock.key)] == [403, 403, 200]


def test_keys_never_show(lock):
    server = lock()
    server.get(in_path(lock.key.jwt(), PATH))
    server.stop()
    written = server.log() + server.access.read_text()
    for secret in (lock.key.members["k"], lock.key.secret.hex(), lock.nginx.members["k"]):
        assert secret not in written


# ---- limits


def test_streams_of_one_subject_are_counted_and_end_by_themselves(lock):
    server = lock({"prefix": "/vod/", "streams": 2}, lease="2s")
    boxes = [lock.key.jwt(sub="family", device=f"box-{n}") for n in range(3)]
    assert [server.get(in_path(token, PATH)).status for token in boxes] == [200, 200, 429]
    reply = server.get(in_path(boxes[2], PATH))
    assert (reply.status, reply["Retry-After"]) == (429, "1")
    assert server.get(in_path(lock.key.jwt(sub="neighbours", device="box-9"), PATH)).status == 200

    def third():
        assert server.get(in_path(boxes[0], PATH)).status == 200  # plays on, whoever comes
        return server.get(in_path(boxes[2], PATH)).status == 200
    until(third, "the second box is gone, and its place is free")


def test_requests_of_one_token_are_counted(lock):
    server = lock({"prefix": "/vod/", "token_requests": 2}, burst="1s")
    token, other = lock.key.jwt(jti="a"), lock.key.jwt(jti="b")
    with server.client() as client:
        statuses = [client.get(in_path(token, PATH)).status for _ in range(20)]
        assert statuses[:2] == [200, 200] and statuses.count(429) >= 15
        assert client.get(in_path(other, PATH)).status == 200
        until(lambda: client.get(in_path(token, PATH)).status == 200, "the bucket fills again")


def test_an_address_that_asks_too_often_has_no_more_signatures_checked(lock):
    server = lock({"prefix": "/vod/", "address_requests": 5}, burst="1s")
    with server.client() as client:
        statuses = [client.get(in_path(lock.key.jwt(sub=str(number)), PATH)).status for number in range(100)]
    assert statuses.count(429) > 50
    assert server.metrics()['outpost_tokens_verified_total{format="uri-signing"}'] == statuses.count(200)


def test_connections_of_one_address_are_counted_by_their_first_request(lock):
    server = lock({"prefix": "/vod/", "address_connections": 2}, burst="1s")
    token = lock.key.jwt()
    with server.client() as client:
        assert {client.get(in_path(token, PATH)).status for _ in range(20)} == {200}
    assert 429 in [server.get(in_path(token, PATH)).status for _ in range(10)]
