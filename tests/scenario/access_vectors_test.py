"""Tokens that independent implementations made (tests/tokens): they open, and with any one byte changed they don't."""
import json
import subprocess

import pytest

from harness import ROOT, Server, edge_toml
from origin import Origin, Page
from tokens import auth_toml, cookie, in_path, in_query

PATH = "/vod/film/1.m4s"
EVERY = {"prefix": "/vod/", "formats": ["uri-signing", "cat", "edge-auth", "cloudfront"]}
NAMES = {"uri-signing": "URISigningPackage", "cat": "cat", "edge-auth": "hdnts"}
TOKENS = ["jose HS256", "jose ES256", "jose EdDSA", "jose RS256", "eyevinn HS256", "amazon canned", "amazon custom", "akamai ACL", "akamai URL"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An edge with the keys of all of them; site.tokens by their names."""
    folder = tmp_path_factory.mktemp("vectors")
    made = json.loads(subprocess.run(["node", str(ROOT / "tests/tokens/mint.mjs"), f"http://films.example{PATH}"], capture_output=True, text=True, check=True).stdout)
    (folder / "keys").mkdir()
    (folder / "keys/all.json").write_text(json.dumps({"keys": made["keys"]}))
    with Origin() as origin:
        origin.on("*", Page(b"film", cache_control="max-age=600"))
        server = Server(folder, auth_toml(folder / "keys", EVERY), config=edge_toml(folder, origin, disks=0))
        server.tokens = {each["name"]: each for each in made["tokens"]}
        yield server
        server.stop()


def places(format, token):
    """All ways to show it: path and fields."""
    if format == "cloudfront":
        return [(f"{PATH}?{token}", ()), (PATH, ("Cookie: " + "; ".join(f"CloudFront-{part}" for part in token.split("&")),))]
    ways = [(in_query(token, PATH, NAMES[format]), ()), (PATH, (cookie(token, {"cat": "CTA-Common-Access-Token"}.get(format, NAMES[format])),))]
    if "/" not in token:
        ways.append((in_path(token, PATH, NAMES[format]), ()))
    return ways if format == "edge-auth" else [*ways, (PATH, (f"Authorization: Bearer {token}",))]


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_of_another_implementation_opens(site, name):
    token = site.tokens[name]
    for path, fields in places(token["format"], token["token"]):
        assert (path, fields, site.get(path, *fields).status) == (path, fields, 200)


def changes(token):
    """Each byte changed: its case, its lowest bits, and to others of the same alphabet"""
    for at, byte in enumerate(token):
        others = {byte.swapcase(), chr(ord(byte) ^ 1), chr(ord(byte) ^ 2), chr(ord(byte) ^ 4), "A" if byte != "A" else "B", "0" if byte != "0" else "1", "_", "-", "="}
        for other in sorted(others - {byte}):
            if other.isalnum() or other in "-._~!$'()*+,;=:@/":  # what a query may hold (RFC 3986)
                yield at, other, token[:at] + other + token[at + 1:]


@pytest.mark.parametrize("name", TOKENS)
def test_with_any_one_byte_changed_it_does_not(site, name):
    token = site.tokens[name]
    opened, tried = [], 0
    with site.client() as client:
        for at, other, changed in changes(token["token"]):
            path, fields = places(token["format"], changed)[0]
            tried += 1
            if client.get(path, *fields).status not in (400, 401, 403):
                opened.append((at, token["token"][at], other))
        for cut in range(1, len(token["token"])):  # and cut short
            path, fields = places(token["format"], token["token"][:cut])[0]
            assert client.get(path, *fields).status in (400, 401, 403), cut
        path, fields = places(token["format"], token["token"])[0]
        assert client.get(path, *fields).status == 200
    assert not opened and tried > 6 * len(token["token"]), opened
