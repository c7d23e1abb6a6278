"""What one token may see and carry on: manifests made for it from the one that is cached, renditions above its cap, renewal."""
import json
import re
import time

import pytest

from harness import Film, until
from purging import command
from tokens import Key, auth_toml, cookie, in_path, in_query

MULTIVARIANT, MPD = "/vod/film/index.m3u8", "/vod/film/index.mpd"


@pytest.fixture
def film(tmp_path):
    """A film in 2160, 1080 and 360 lines; the heights are all that differs."""
    made = Film(tmp_path / "library", "film", tracks=("v2160", "v1080", "v360", "a1"))
    for track in made.description["tracks"]:
        if track["kind"] == "video":
            height = int(track["id"][1:])
            track.update(width=height * 16 // 9, height=height)
    return made.write()


@pytest.fixture
def site(start, edge, film, tmp_path):
    """site("library" or "edge", {rule}) is a node with [auth]: one with the film, or one before an open one with it."""
    keys = tmp_path / "keys"

    def begin(kind="edge", rule=None, **options):
        begin.key = Key(keys)
        text = auth_toml(keys, {"prefix": "/vod/", **(rule or {})}, **options)
        if kind == "library":
            return start(text)
        begin.origin = start()
        (tmp_path / "edge").mkdir()
        return edge(f"http://127.0.0.1:{begin.origin.port}", text, folder=tmp_path / "edge", disks=0)
    return begin


def uris(text):
    """All that a playlist leads to."""
    return [line for line in text.splitlines() if line and not line.startswith("#")] + re.findall(r'URI="([^"]+)"', text)


def heights(text):
    return {int(found) for found in re.findall(r'RESOLUTION=\d+x(\d+)|height="(\d+)"', text) for found in found if found}


@pytest.mark.parametrize("kind", ["library", "edge"])
@pytest.mark.parametrize("by", ["claim", "rule"])
def test_renditions_above_the_cap_are_neither_shown_nor_sent(site, film, kind, by):
    server = site(kind, {"max_height": 720} if by == "rule" else None)
    token = site.key.jwt(max_height=1080 if by == "rule" else 720)
    free = site.key.jwt()
    with server.client() as client:
        get = lambda path, *fields, method="GET": client.get(in_path(token, path), *fields, method=method)
        for manifest in (MULTIVARIANT, MPD):
            assert heights(get(manifest).body.decode()) == {360}
        assert get("/vod/film/v360/1.m4s").body == film.segment("v360", 1)
        assert get("/vod/film/a1/1.m4s").status == 200
        for path in ("/vod/film/v2160/1.m4s", "/vod/film/v1080/init.mp4", "/vod/film/v1080/index.m3u8"):
            for method in ("GET", "HEAD"):
                assert (path, get(path, method=method).status) == (path, 403)
            assert get(path, "Range: bytes=0-9").status == 403
            assert get(path, "If-None-Match: *").status == 403
        if by == "claim":
            assert heights(client.get(in_path(free, MULTIVARIANT)).body.decode()) == {2160, 1080, 360}
            assert client.get(in_path(free, "/vod/film/v2160/1.m4s")).status == 200


def test_a_bit_rate_is_a_cap_too(site):
    server = site()
    shown = server.get(in_path(site.key.jwt(max_bandwidth=1), MULTIVARIANT))
    assert shown.status == 403  # nothing is left


def test_a_rule_says_how_high_what_is_under_it_is(site):
    server = site(rule={"height": 2160})
    assert server.get(in_path(site.key.jwt(max_height=1080), "/vod/film/v360/1.m4s")).status == 403
    assert server.get(in_path(site.key.jwt(max_height=2160), "/vod/film/v360/1.m4s")).status == 200


def test_a_cap_holds_for_those_without_a_token_too(site):
    server = site(rule={"let": "anybody", "max_height": 720})
    assert heights(server.get(MULTIVARIANT).body.decode()) == {360}
    assert [server.get(f"/vod/film/v{height}/1.m4s").status for height in (360, 1080)] == [200, 403]


def test_a_rule_that_says_its_height_is_held_to_its_own_cap(site):
    assert site(rule={"let": "anybody", "max_height": 720, "height": 1080}).get("/vod/film/v360/1.m4s").status == 403


def test_a_view_has_validators_ranges_and_codings_of_its_own(site):
    server = site()
    path = in_path(site.key.jwt(max_height=720), MULTIVARIANT)
    whole = server.get(path)
    assert whole["ETag"] != server.get(in_path(site.key.jwt(), MULTIVARIANT))["ETag"]
    assert server.get(path, f"If-None-Match: {whole['ETag']}").status == 304
    assert server.get(path, "Range: bytes=0-6").body == whole.body[:7]
    head = server.get(path, method="HEAD")
    assert (head.status, head["Content-Length"], head.body) == (200, str(len(whole.body)), b"")
    assert server.get(path, "Accept-Encoding: gzip").status == 200


@pytest.mark.parametrize("manifest", [MULTIVARIANT, "/vod/film/v360/index.m3u8", MPD])
def test_a_token_of_the_query_goes_on_in_every_uri(site, manifest):
    server = site()
    token = site.key.jwt()
    reply = server.get(in_query(token, manifest))
    assert reply.status == 200 and "private" in reply["Cache-Control"]
    text = reply.body.decode()
    found = uris(text) if manifest.endswith("m3u8") else re.findall(r'(?:media|initialization)="([^"]+)"', text)
    assert found and all(uri.endswith(f"?URISigningPackage={token}") for uri in found), text
    # Others are told theirs.
    other = site.key.jwt(sub="other")
    assert other in server.get(in_query(other, manifest)).body.decode()
    until(lambda: [line["cache"] for line in server.access_lines() if line["path"] == manifest][1:] == ["hit_memory"] or None, "it was cached")


def test_a_playlist_can_say_a_token_once_for_all(site):
    server = site(rule={"query_tokens": "define"})
    bodies = {server.get(in_query(site.key.jwt(sub=f"s{n}"), MULTIVARIANT)).body for n in range(3)}
    assert len(bodies) == 1
    text = bodies.pop().decode()
    assert '#EXT-X-DEFINE:QUERYPARAM="URISigningPackage"' in text and "#EXT-X-VERSION:11" in text
    assert all(uri.endswith("?URISigningPackage={$URISigningPackage}") for uri in uris(text))


def test_plain_leaves_manifests_as_they_are(site):
    server = site(rule={"query_tokens": "plain"})
    assert server.get(in_query(site.key.jwt(), MULTIVARIANT)).body == site.origin.get(MULTIVARIANT).body


@pytest.mark.parametrize("place", ["path", "cookie", "field"])
def test_tokens_elsewhere_leave_manifests_as_they_are(site, place):
    server = site()
    token = site.key.jwt()
    path, fields = {"path": (in_path(token, MULTIVARIANT), ()), "cookie": (MULTIVARIANT, (cookie(token),)),
                    "field": (MULTIVARIANT, (f"Authorization: Bearer {token}",))}[place]
    reply = server.get(path, *fields)
    assert reply.body == site.origin.get(MULTIVARIANT).body and "private" not in reply["Cache-Control"]


# ---- renewal


def renewed(reply, name="URISigningPackage"):
    found = re.match(rf"{name}=([^;]+); (.*)", reply["Set-Cookie"] or "")
    return found and (found.group(1), found.group(2))


def claims_of(jwt):
    import base64
    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_a_token_that_comes_to_its_end_is_renewed_by_cookie(site):
    server = site()
    young = site.key.jwt(expires=600, cdnistt=1, cdniets=600)
    old = site.key.jwt(expires=60, cdnistt=1, cdniets=600, sub="anna", jti="t", max_height=1080)
    assert renewed(server.get(in_path(young, MULTIVARIANT))) is None
    reply = server.get(in_path(old, MULTIVARIANT))
    token, attributes = renewed(reply)
    said = claims_of(token)
    assert (said["sub"], said["jti"], said["max_height"], said["cdniets"]) == ("anna", "t", 1080, 600)
    assert abs(said["exp"] - time.time() - 600) < 30
    assert f"Path=/URISigningPackage={old}/;" in attributes and "HttpOnly" in attributes and "Max-Age=600" in attributes
    assert 'private="Set-Cookie"' in reply["Cache-Control"]
    # The next one opens alone, and beside the old one, and does not come again too soon.
    assert server.get(MULTIVARIANT, cookie(token)).status == 200
    assert renewed(server.get(MULTIVARIANT, cookie(token))) is None
    again = renewed(server.get(in_path(old, MULTIVARIANT)))
    assert again[0] == token  # who does not take it up gets the same


def test_the_cookie_is_for_as_much_of_the_path_as_the_token_says(site):
    server = site()
    get = lambda **claims: renewed(server.get(MULTIVARIANT, cookie(site.key.jwt(expires=60, cdnistt=1, cdniets=600, **claims))))
    assert "Path=/;" in get()[1]
    assert "Path=/vod/film;" in get(cdnistd=2)[1]
    assert get(cdnistd=3) is None  # fewer segments: no renewal


def test_what_is_refused_or_missing_is_not_renewed(site):
    server = site()
    token = site.key.jwt(uri=".*m3u8", expires=60, cdnistt=1, cdniets=600)
    assert renewed(server.get(in_path(token, "/vod/film/v360/1.m4s"))) is None
    assert renewed(server.get(in_path(token, "/vod/none/index.m3u8"))) is None


def test_a_cat_is_renewed_by_field(site):
    server = site()
    token = site.key.cat({323: {0: 2, 1: 600, 2: 120}}, expires=60)
    reply = server.get(in_path(token, MULTIVARIANT, "cat"))
    fresh = reply["CTA-Common-Access-Token"]
    assert fresh and fresh != token
    assert server.get(MULTIVARIANT, f"CTA-Common-Access-Token: {fresh}").status == 200


def test_a_live_token_of_the_query_is_renewed_in_the_manifest(site):
    server = site()
    token = site.key.jwt(expires=60, cdnistt=2, cdniets=600)
    text = server.get(in_query(token, MULTIVARIANT)).body.decode()
    assert token not in text
    (fresh,) = set(re.findall(r"URISigningPackage=([\w.-]+)", text))
    assert server.get(in_query(fresh, MULTIVARIANT)).status == 200


def test_an_edge_signs_what_it_renews_with_a_key_of_its_own(site, tmp_path):
    server = site(renewal_key="edge")
    Key(tmp_path / "keys", "edge")
    until(lambda: server.metrics()["outpost_keys"] == 2, "the edge's key is read")
    token, _ = renewed(server.get(in_path(site.key.jwt(expires=60, cdnistt=1, cdniets=600), MULTIVARIANT)))
    import base64
    assert b'"kid":"edge"' in base64.urlsafe_b64decode(token.split(".")[0] + "==")
    assert server.get(MULTIVARIANT, cookie(token)).status == 200


def test_a_film_longer_than_its_token_plays_to_its_end(site):
    server = site(leeway="0s")
    token = site.key.jwt(expires=3, cdnistt=1, cdniets=3)
    path, jar, end = in_path(token, "/vod/film/v360/1.m4s"), [], time.monotonic() + 7
    with server.client() as client:
        while time.monotonic() < end:  # more than twice the life of any of them
            reply = client.get(path, *jar)
            assert reply.status == 200
            fresh = renewed(reply)
            if fresh:
                jar = [cookie(fresh[0])]
            time.sleep(0.2)  # a player's pace


@pytest.mark.parametrize("how", ["revoked", "removed"])
def test_what_was_renewed_ends_with_its_first_key_whatever_that_one_said(site, tmp_path, how):
    """Who stole a key writes what he likes into his tokens, such as where they come from."""
    server = site(renewal_key="edge")
    Key(tmp_path / "keys", "edge"), Key(tmp_path / "keys", "other")
    until(lambda: server.metrics()["outpost_keys"] == 3, "the keys are read")
    stolen = site.key.jwt(expires=60, cdnistt=1, cdniets=600, renewed_from="other")
    fresh, _ = renewed(server.get(in_path(stolen, MULTIVARIANT)))
    assert server.get(MULTIVARIANT, cookie(fresh)).status == 200
    if how == "revoked":
        assert command("token", "revoke", "--key", "k1", "--admin", f"http://127.0.0.1:{server.admin_port}")[0] == 0
    else:
        site.key.remove()
    until(lambda: server.get(MULTIVARIANT, cookie(fresh)).status == 403, "it has ended")


def test_an_mpd_carries_the_token_where_playlists_only_define_it(site):
    server = site(rule={"query_tokens": "define"})
    token = site.key.jwt()
    assert f"URISigningPackage={token}" in server.get(in_query(token, MPD)).body.decode()
