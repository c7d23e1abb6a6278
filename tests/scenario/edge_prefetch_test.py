"""What an edge fetches ahead of the players: what they name (CMCD nor and nrr), what follows in manifests, and no more.

Whether nothing more was fetched shows after the next request that passes: it goes to the origins by the same thread,
behind whatever is fetched ahead.
"""
import contextlib
import gzip

import pytest

from harness import Film, until
from origin import Origin, page

KEPT = {"cache_control": "max-age=60"}


def nor(reference):
    return f'CMCD-Request: nor="{reference}"'


def is_there(server, path):
    return server.get(path, "Cache-Control: only-if-cached", method="HEAD").status == 200


def fetched_ahead(server):
    """How many so far, whatever is still on its way to the fill loop."""
    assert server.get("/fence", method="HEAD").status == 404
    return server.metrics()["outpost_edge_prefetches_total"]


def segments(origin, count, folder="/v"):
    for number in range(1, count + 1):
        origin.on(f"{folder}/{number}.m4s", page(f"segment {number}", **KEPT))


def playlist(numbers, folder="", end=False):
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4"]
    for number in numbers:
        lines += ["#EXTINF:4,", f"{folder}{number}.m4s"]
    return "\n".join([*lines, *["#EXT-X-ENDLIST"] * end, ""])


def template(media):
    return f"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT12S" minBufferTime="PT1S">
<Period><AdaptationSet contentType="video"><SegmentTemplate media="{media}" timescale="1">
<SegmentTimeline><S t="0" d="4" r="2"/></SegmentTimeline></SegmentTemplate>
<Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>"""


def follow(server, first, second):
    """Asks for the first until the manifest has been read and the second is there."""
    until(lambda: server.get(first).status == 200 and is_there(server, second), f"{second} is fetched ahead")


# ---- what a player says


@pytest.mark.parametrize("path, field", [
    ("/v/1.m4s", nor("2.m4s")),
    ("/v/1.m4s", nor("..%2Fv%2F2.m4s")),
    ("/v/1.m4s", 'CMCD-Request: bl=4000,mtp=25400,nor="/v/2.m4s",su'),
    ("/v/1.m4s?CMCD=bl%3D4000%2Cnor%3D%222.m4s%22", "X-Nothing: 1"),
])
def test_the_next_segment_that_a_player_names_is_asked_for_once_and_is_a_hit(edge, origin, path, field):
    segments(origin, 2)
    server = edge(origin)
    assert server.get(path, field).body == b"segment 1"
    until(lambda: is_there(server, "/v/2.m4s"), "it is fetched ahead")
    reply = server.get("/v/2.m4s")
    assert reply.body == b"segment 2" and reply.cache_status.get("hit")
    assert len(origin.asked("/v/2.m4s")) == 1 and not origin.asked("/v/2.m4s")[0]["CMCD-Request"]


def test_a_hit_names_the_next_one_as_well_as_a_miss(edge, origin):
    segments(origin, 2)
    server = edge(origin)
    server.get("/v/1.m4s")
    assert server.get("/v/1.m4s", nor("2.m4s")).cache_status.get("hit")
    origin.wait_for(1, "/v/2.m4s")


def test_what_is_there_and_fresh_is_not_asked_for_again(edge, origin):
    segments(origin, 2)
    server = edge(origin)
    server.get("/v/2.m4s")
    server.get("/v/1.m4s", nor("2.m4s"))
    assert fetched_ahead(server) == 0 and len(origin.asked("/v/2.m4s")) == 1


def test_what_is_there_and_stale_is_validated_ahead(edge, origin):
    segments(origin, 1)
    origin.on("/v/2.m4s", page("segment 2", cache_control="max-age=60", age="100"), page("segment 2", **KEPT))
    server = edge(origin)
    server.get("/v/2.m4s")
    server.get("/v/1.m4s", nor("2.m4s"))
    assert origin.wait_for(2, "/v/2.m4s")[1]["If-None-Match"]
    until(lambda: server.get("/v/2.m4s").cache_status.get("hit"), "it is fresh again")


@pytest.mark.parametrize("reference", [
    "http://{elsewhere}/2.m4s", "http:%2F%2F{elsewhere}%2F2.m4s", "//{elsewhere}/2.m4s", "javascript:alert(1)",
    "https://films.example/v/2.m4s", "../../2.m4s", "%252e%252e/v/2.m4s", "2.m4s%0D%0AX: y", "a" * 3000, "",
])
def test_what_leads_elsewhere_is_not_heard(edge, origin, reference):
    segments(origin, 2)
    with Origin() as other:
        server = edge(origin)
        reply = server.get("/v/1.m4s", nor(reference.format(elsewhere=f"127.0.0.1:{other.port}")))
        assert reply.body == b"segment 1" and fetched_ahead(server) == 0
        assert [each.path for each in origin.asked()] == ["/v/1.m4s", "/fence"] and not other.requests


def test_nothing_is_fetched_ahead_that_would_not_be_kept(edge, origin):
    segments(origin, 2)
    origin.on("/private/2.m4s", page("p", **KEPT)).on("/v/3.m4s", page("passing", cache_control="no-store"))
    server = edge(origin, routes=[{"prefix": "/private/", "cache": "bypass"}])
    server.get("/v/1.m4s", nor("/private/2.m4s"))
    server.get("/v/3.m4s", nor("2.m4s"))  # what is not shared itself calls for nothing
    assert fetched_ahead(server) == 0


def test_what_is_named_too_early_is_no_error_for_whoever_comes_in_time(edge, origin):
    segments(origin, 1)
    origin.on("/v/2.m4s", page("not yet", status=404, cache_control="max-age=60"), page("segment 2", **KEPT))
    server = edge(origin)
    server.get("/v/1.m4s", nor("2.m4s"))
    origin.wait_for(1, "/v/2.m4s")
    assert server.get("/v/2.m4s").body == b"segment 2"


def test_who_comes_while_it_is_fetched_ahead_waits_for_the_same_answer(edge, origin):
    segments(origin, 1)
    gate = origin.gate()

    def slow(request, connection):
        connection.hold(gate)
        page("segment 2", **KEPT)(request, connection)

    origin.on("/v/2.m4s", slow)
    server = edge(origin)
    server.get("/v/1.m4s", nor("2.m4s"))
    origin.wait_for(1, "/v/2.m4s")
    with server.client() as client:
        client.ask("/v/2.m4s")
        gate.open()
        assert client.reply().body == b"segment 2" and len(origin.asked("/v/2.m4s")) == 1


def test_the_part_that_a_player_names_is_asked_for(edge, origin):
    block = 256 << 10
    origin.on("/film.mp4", page(bytes(8 * block), **KEPT))
    server = edge(origin)
    server.get("/film.mp4", "Range: bytes=0-9", f'CMCD-Request: nrr="{4 * block}-{5 * block + 9}"')
    ahead = origin.wait_for(2, "/film.mp4")[1]
    assert ahead["Range"] == f"bytes={4 * block}-{6 * block - 1}" and ahead["If-Range"]
    assert len(server.get("/film.mp4", f"Range: bytes={5 * block}-{5 * block + 9}").body) == 10
    assert len(origin.asked("/film.mp4")) == 2


# ---- what manifests list


def test_what_follows_in_a_playlist_is_fetched_ahead_and_nothing_because_of_that(edge, origin):
    segments(origin, 5)
    origin.on("/v/list", page(playlist(range(1, 6), end=True), content_type="application/vnd.apple.mpegurl", **KEPT))
    server = edge(origin, edge={"prefetch": 2})
    server.get("/v/list")
    follow(server, "/v/1.m4s", "/v/3.m4s")
    until(lambda: is_there(server, "/v/2.m4s"), "the one before it comes too")
    assert fetched_ahead(server) == 2
    assert server.get("/v/3.m4s").cache_status.get("hit")
    until(lambda: is_there(server, "/v/5.m4s"), "the end is fetched ahead")
    assert server.get("/v/5.m4s").cache_status.get("hit") and fetched_ahead(server) == 4


def test_a_compressed_playlist_is_read_too(edge, origin):
    segments(origin, 2)
    body = gzip.compress(playlist((1, 2), end=True).encode())
    origin.on("/v/list.m3u8", page(body, content_encoding="gzip", vary="Accept-Encoding", **KEPT))
    server = edge(origin)
    server.get("/v/list.m3u8", "Accept-Encoding: gzip, br")
    follow(server, "/v/1.m4s", "/v/2.m4s")


def test_what_a_live_playlist_lists_is_fetched_at_once_if_somebody_has_asked_for_the_one_before(edge, origin):
    lists = {name: page(playlist((1, 2)), content_type="application/x-mpegurl", cache_control="no-cache")
             for name in ("watched", "idle")}
    for name, listed in lists.items():
        segments(origin, 3, f"/{name}")
        origin.on(f"/{name}/list", listed)
    server = edge(origin, "[delivery]\ncold_read_threads = 1\n")  # manifests are read in the order in which they come
    for name in lists:
        server.get(f"/{name}/list")
        follow(server, f"/{name}/1.m4s", f"/{name}/2.m4s")
    server.get("/watched/2.m4s")
    for name in ("idle", "watched"):
        lists[name].body = playlist((1, 2, 3)).encode()
        assert b"3.m4s" in server.get(f"/{name}/list").body
    until(lambda: is_there(server, "/watched/3.m4s"), "the newest is fetched ahead")
    assert fetched_ahead(server) == 3 and not origin.asked("/idle/3.m4s")


@pytest.mark.parametrize("media, second", [("v/$Number$.m4s", "/v/2.m4s"), ("v/t$Time$.m4s", "/v/t4.m4s")])
def test_what_follows_in_an_mpd_is_fetched_ahead(edge, origin, media, second):
    segments(origin, 3)
    for time in (0, 4, 8):
        origin.on(f"/v/t{time}.m4s", page(f"time {time}", **KEPT))
    origin.on("/list.mpd", page(template(media), content_type="application/dash+xml", **KEPT))
    server = edge(origin)
    server.get("/list.mpd")
    follow(server, "/v/t0.m4s" if "t4" in second else "/v/1.m4s", second)
    assert fetched_ahead(server) == 1


@pytest.mark.parametrize("manifest", ["v1/index.m3u8", "index.mpd"])
def test_our_own_manifests_are_followed(edge, start, tmp_path, manifest):
    library = start(folder=tmp_path / "origin")
    film = Film(library.library, "film").write()
    server = edge(f"http://127.0.0.1:{library.port}", folder=tmp_path / "edge")
    until(lambda: server.get("/vod/film/index.m3u8", "Cache-Control: no-cache").status == 200, "the film is there")
    server.get(f"/vod/film/{manifest}", "Accept-Encoding: gzip")
    follow(server, film.path("v1", 1), film.path("v1", 2))
    assert server.get(film.path("v1", 2)).body == film.segment("v1", 2)


def test_a_manifest_of_a_mebibyte_is_read_and_no_longer_one(edge, origin):
    segments(origin, 2)
    for name, size in (("long", 1 << 20), ("longer", (1 << 20) + 1)):
        text = playlist((1, 2), folder=f"/{name}/", end=True)
        line = "#" + "x" * 8190 + "\n"
        text += line * ((size - len(text)) // len(line))
        text += "#" * (size - len(text))
        segments(origin, 2, f"/{name}")
        origin.on(f"/{name}/list.m3u8", page(text, **KEPT))
    server = edge(origin, "[delivery]\ncold_read_threads = 1\n")
    server.get("/longer/list.m3u8")
    server.get("/long/list.m3u8")
    follow(server, "/long/1.m4s", "/long/2.m4s")
    server.get("/longer/1.m4s")
    assert fetched_ahead(server) == 1


# ---- bounds


def test_no_option_no_prefetching(edge, origin):
    segments(origin, 2)
    server = edge(origin, edge={"prefetch": 0})
    server.get("/v/1.m4s", nor("2.m4s"))
    assert fetched_ahead(server) == 0


def test_at_most_64_are_under_way(edge, origin):
    origin.on("*", lambda _, connection: connection.hold())
    origin.on("/fence", page("", status=404))
    segments(origin, 80)
    server = edge(origin, origin={"connections": 256})
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(server.client())
        for number in range(1, 81):
            assert client.get(f"/v/{number}.m4s", nor(f"/held/{number}")).status == 200
        assert fetched_ahead(server) == 64
        origin.stop()


def test_what_is_fetched_ahead_keeps_to_its_rate(edge, origin):
    segments(origin, 1)
    for number in (2, 3):
        origin.on(f"/v/{number}.m4s", page(bytes(100_000), **KEPT))
    server = edge(origin, edge={"prefetch_rate": "8kbps"})
    server.get("/v/1.m4s", nor("2.m4s"))
    until(lambda: is_there(server, "/v/2.m4s"), "the first is fetched ahead")
    assert len(server.get("/v/2.m4s", nor("3.m4s")).body) == 100_000
    server.get("/v/2.m4s", nor("3.m4s"))  # all of it has come, and is owed for minutes
    assert fetched_ahead(server) == 1 and not origin.asked("/v/3.m4s")
