"""Tokens that independent implementations made (tests/tokens): they open, and with any one byte changed they don't."""
import itertools
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
    """All ways to show it: path and fields, by the place."""
    if format == "cloudfront":
        return {"query": (f"{PATH}?{token}", ()), "cookie": (PATH, ("Cookie: " + "; ".join(f"CloudFront-{part}" for part in token.split("&")),))}
    name = NAMES[format]
    field = {"cat": "CTA-Common-Access-Token"}.get(format, name)
    ways = {"query": (in_query(token, PATH, name), ()), "cookie": (PATH, (cookie(token, field),)), "path": (in_path(token, PATH, name), ()),
            "parameter": (f"/vod/film;{name}={token}/1.m4s", ())}
    if format != "edge-auth":
        ways |= {"bearer": (PATH, (f"Authorization: Bearer {token}",)), "field": (PATH, (f"{field}: {token}",))}
    return ways


def kinds_of_places(name):
    """A token that has a slash can't stand in a path."""
    akamai = {"akamai ACL": ["query", "cookie"], "akamai URL": ["query", "cookie", "path", "parameter"]}
    return akamai.get(name) or list(places("cloudfront" if name.startswith("amazon") else "cat", "x"))


EACH = [(name, place) for name in TOKENS for place in kinds_of_places(name)]


@pytest.mark.parametrize("name, place", EACH)
def test_a_token_of_another_implementation_opens(site, name, place):
    token = site.tokens[name]
    path, fields = places(token["format"], token["token"])[place]
    assert site.get(path, *fields).status == 200


def changes(token, others):
    """Each byte made another: its case, its lowest bits, and `others`; left out, doubled; and the token cut short there."""
    for at, byte in enumerate(token):
        swapped = {byte.swapcase(), *(chr(ord(byte) ^ 1 << bit) for bit in range(7)), "A", "0", *others} - {byte}
        for other in sorted(swapped):
            if other.isalnum() or other in others:
                yield at, other, token[:at] + other + token[at + 1:]
        yield at, "left out", token[:at] + token[at + 1:]
        yield at, "twice", token[:at] + byte + token[at:]
        yield at, "cut", token[:at]


def batches(each, size=50):
    each = iter(each)
    while batch := list(itertools.islice(each, size)):
        yield batch


@pytest.mark.parametrize("name, place", EACH)
def test_with_any_one_byte_changed_it_does_not(site, name, place):
    """Through one connection. In a path and a query only what may stand there (RFC 3986); in fields more."""
    token, opened, tried = site.tokens[name], [], 0
    others = {"query": "-_=/~%+&", "path": "-_=~;%", "parameter": "-_=~;%"}.get(place, "-_=/;, \"")
    show = lambda text: places(token["format"], text)[place]
    # An empty parameter between two, or a blank behind a field, leaves the token as it was.
    same = lambda changed: changed.replace("&&", "&").rstrip(" ") == token["token"]
    with site.client() as client:
        for batch in batches((each for each in changes(token["token"], others) if not same(each[2]))):
            for _, _, changed in batch:
                path, fields = show(changed)
                client.ask(path, *fields)
            for at, other, _ in batch:
                status = client.reply().status
                tried += 1
                if status not in (400, 401, 403):
                    opened.append((at, token["token"][at], other, status))
        path, fields = show(token["token"])
        assert client.get(path, *fields).status == 200  # the same connection, unchanged
    assert not opened and tried > 6 * len(token["token"]), opened[:20]
