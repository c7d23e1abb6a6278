"""Keys that issuers publish (JWKS), and keys in files, while boxes play."""
import json

import pytest

from harness import until
from origin import Origin, Page
from purging import command, ready
from tokens import Key, auth_toml, b64url, in_path, literal

PATH = "/vod/film/1.m4s"


class Issuer:
    """Signs with keys that `outpost token keygen` made, and publishes their public halves."""

    def __init__(self, folder):
        self.folder, self.site = folder, Origin().__enter__()
        self.published = {}
        folder.mkdir()

    def key(self, kid, alg="ES256", *words):
        path = self.folder / f"{kid}.jwk"
        status, _, errors = command("token", "keygen", "--alg", alg, "--kid", kid, "--out", str(path), *words)
        assert status == 0, errors
        return path

    def publish(self, *paths):
        keys = []
        for path in paths:
            keys += json.loads(command("token", "keygen", "--public-of", str(path))[1])["keys"]
        self.serve(json.dumps({"keys": keys}))

    def serve(self, body, status=200):
        self.site.on("/jwks.json", Page(body.encode() if isinstance(body, str) else body, status=status, etag=None))

    @property
    def url(self):
        return f"{self.site.url}/jwks.json"


def mint(path, *words):
    status, token, errors = command("token", "mint", "--key", str(path), "--regex", ".*", "--expires", "1h", *words)
    assert status == 0, errors
    return token.strip()


@pytest.fixture
def issuer(tmp_path):
    made = Issuer(tmp_path / "issuer")
    yield made
    made.site.__exit__(None, None, None)


@pytest.fixture
def lock(edge, origin, tmp_path):
    """lock(source, jwks options) is an edge whose keys are the issuer's."""
    origin.on("*", Page(b"film", cache_control="max-age=600"))

    def begin(source, state=None, **jwks):
        options = {"state": state} if state else {}
        text = auth_toml(tmp_path, {"prefix": "/vod/"}, **options).replace(f'keys = "{tmp_path}"\n', "")
        lines = ["[[jwks]]", *(f"{k} = {literal(v)}" for k, v in {"url": source.url, "refresh": "1s", **jwks}.items())]
        return edge(origin, text + "\n".join(lines) + "\n", disks=0)
    return begin


def opens(server, token):
    return server.get(in_path(token, PATH)).status == 200


def test_published_keys_open_and_rotate_without_one_refusal(lock, issuer):
    old, new = issuer.key("2025"), issuer.key("2026", "EdDSA")
    issuer.publish(old)
    server = lock(issuer)
    token = mint(old)
    until(lambda: opens(server, token), "the set is fetched")
    issuer.publish(old, new)
    with server.client() as client:
        def has_both():
            assert client.get(in_path(token, PATH)).status == 200
            return server.metrics()["outpost_keys"] == 2
        until(has_both, "the new key is there")
        assert client.get(in_path(mint(new), PATH)).status == 200
    issuer.publish(new)
    until(lambda: not opens(server, token), "the old key has left")
    assert opens(server, mint(new))


@pytest.mark.parametrize("body, status", [("{", 200), ("[]", 200), ('{"keys": 1}', 200), ("gone", 404), ("x" * 300_000, 200), ("busy", 503)],
                         ids=["no JSON", "no object", "no list", "missing", "too large", "busy"])
def test_what_is_no_set_leaves_the_last_good_one(lock, issuer, body, status):
    key = issuer.key("k")
    issuer.publish(key)
    server = lock(issuer)
    token = mint(key)
    until(lambda: opens(server, token), "the set is fetched")
    issuer.serve(body, status)
    until(lambda: ready(server)[1] == "degraded", "/readyz tells")
    assert opens(server, token) and issuer.url in server.log()
    issuer.publish(key)
    until(lambda: ready(server)[1] == "ready", "it is mended")


def test_a_set_that_publishes_a_secret_is_not_taken(lock, issuer, tmp_path):
    secret = Key(tmp_path / "secret")
    issuer.serve(json.dumps({"keys": [secret.members]}))
    server = lock(issuer)
    until(lambda: "publishes a secret" in server.log(), "the log tells")
    assert not opens(server, secret.jwt()) and secret.members["k"] not in server.log()


def test_the_last_good_set_outlives_a_restart_while_the_issuer_is_away(lock, issuer, tmp_path):
    key = issuer.key("k")
    issuer.publish(key)
    (tmp_path / "state").mkdir()
    server = lock(issuer, state=tmp_path / "state")
    token = mint(key)
    until(lambda: opens(server, token), "the set is fetched")
    server.stop()
    issuer.serve("away", 503)
    assert opens(lock(issuer, state=tmp_path / "state"), token)


def test_a_source_has_its_issuer(lock, issuer):
    key = issuer.key("k", "ES256", "--issuer", "county")
    plain = issuer.key("p")
    issuer.publish(key, plain)
    server = lock(issuer, issuer="county")
    until(lambda: opens(server, mint(key)), "the set is fetched")
    assert not opens(server, mint(plain))  # says no issuer
    assert opens(server, mint(issuer.key("p2", "ES256", "--issuer", "county"))) is False  # not published


# ---- files


def test_a_thousand_files_are_too_many_and_the_first_ones_count(edge, origin, tmp_path):
    origin.on("*", Page(b"film"))
    keys = [Key(tmp_path / "keys", f"k{n:03}") for n in range(300)]
    server = edge(origin, auth_toml(tmp_path / "keys", {"prefix": "/vod/"}), disks=0)
    assert 0 < server.metrics()["outpost_keys"] <= 300
    assert [opens(server, key.jwt()) for key in keys].count(True) == server.metrics()["outpost_keys"]


def test_a_link_out_of_the_directory_is_not_followed(edge, origin, tmp_path):
    origin.on("*", Page(b"film"))
    inside, outside = Key(tmp_path / "keys", "in"), Key(tmp_path / "elsewhere", "out")
    server = edge(origin, auth_toml(tmp_path / "keys", {"prefix": "/vod/"}), disks=0)
    (tmp_path / "keys/out.jwk").symlink_to(outside.path)
    until(lambda: ready(server)[1] == "degraded", "/readyz tells")
    assert opens(server, inside.jwt()) and not opens(server, outside.jwt())


@pytest.mark.parametrize("members, words", [
    ({"k": b64url(b"short")}, "secret"), ({"kty": "RSA"}, "n"), ({"nbf": "soon"}, "nbf"), ({"k": "!!!"}, "k")])
def test_a_key_that_is_wrong_keeps_the_server_from_starting_and_says_why(tmp_path, members, words):
    key = Key(tmp_path / "keys", "k1", **members)
    config = tmp_path / "f.toml"
    config.write_text('[[listen]]\naddress = "127.0.0.1:0"\n[admin]\naddress = "127.0.0.1:0"\n' + auth_toml(tmp_path / "keys", {"prefix": "/"}))
    status, _, errors = command("serve", "--config", str(config))
    assert status == 1 and str(key.path) in errors and words in errors, errors
