"""Ranges, conditions, methods, types and headers: RFC 9110 as tables."""
import gzip

import pytest

from harness import Film, Server

SIZE = 5000  # of the film's first segment
URL = "/vod/film/v1/1.m4s"
ETAG = '"v1/1.m4s"'
ADDED = "Tue, 14 Nov 2023 22:13:20 GMT"  # the film's 1 700 000 000

PARTS = [
    ("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=100-199", 100, 100), ("bytes=4999-4999", 4999, 1),
    ("bytes=4990-", 4990, 10), ("bytes=0-", 0, SIZE), ("bytes=0-4999", 0, SIZE), ("bytes=0-5000", 0, SIZE),
    ("bytes=4000-999999", 4000, 1000), ("bytes=-1", 4999, 1), ("bytes=-5000", 0, SIZE), ("bytes=-9999", 0, SIZE),
    ("BYTES=1-2", 1, 2), ("bytes=0-18446744073709551615", 0, SIZE),
    ("bytes=0-99999999999999999999999", 0, SIZE), ("bytes=-99999999999999999999999", 0, SIZE),
    ("bytes=007-008", 7, 2),
]


@pytest.mark.parametrize("value,offset,length", PARTS)
def test_one_range_inside_the_segment_is_sent_with_206(shared, value, offset, length):
    reply = shared.get(URL, f"Range: {value}")
    assert reply.status == 206
    assert reply.body == shared.film.segment("v1", 1)[offset:offset + length]
    assert reply["Content-Range"] == f"bytes {offset}-{offset + length - 1}/{SIZE}"
    assert reply["ETag"] == ETAG


@pytest.mark.parametrize("value", ["bytes=5000-", "bytes=5000-5000", "bytes=9999-10000", "bytes=-0",
                                   "bytes=18446744073709551615-", "bytes=99999999999999999999999-"])
def test_a_range_beyond_the_end_is_416_with_the_size(shared, value):
    reply = shared.get(URL, f"Range: {value}")
    assert (reply.status, reply["Content-Range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize("value", [
    "bytes=0-1,3-4", "bytes=0-1, -1", "bytes=", "bytes=-", "bytes", "bytes=5-4", "bytes=a-b", "bytes=+1-2",
    "bytes=1-2x", "bytes=0x1-2", "bytes=1 -2", "bytes=--2", "bytes=1-2-3", "bytes 0-1", "items=0-1", "=0-1", ",",
    "bytes=99999999999999999999999-5"])
def test_a_range_of_another_unit_malformed_or_multiple_is_ignored(shared, value):
    reply = shared.get(URL, f"Range: {value}")
    assert (reply.status, reply["Content-Range"]) == (200, None)
    assert reply.body == shared.film.segment("v1", 1)


@pytest.mark.parametrize("validator,status", [
    (ETAG, 206), (f"W/{ETAG}", 200), ('"other"', 200), (ADDED, 206), ("Tue, 14 Nov 2023 22:13:21 GMT", 200),
    ("Tuesday, 14-Nov-23 22:13:20 GMT", 206), ("Tue Nov 14 22:13:20 2023", 206), ("nonsense", 200), ("*", 200)])
def test_if_range_lets_a_range_count_only_for_the_same_bytes(shared, validator, status):
    assert shared.get(URL, "Range: bytes=0-9", f"If-Range: {validator}").status == status


@pytest.mark.parametrize("fields,status", [
    ([f"If-None-Match: {ETAG}"], 304), (["If-None-Match: *"], 304), ([f"If-None-Match: W/{ETAG}"], 304),
    ([f'If-None-Match: "a", W/"b" ,{ETAG}'], 304), (['If-None-Match: "a"'], 200), (["If-None-Match: v1/1.m4s"], 200),
    ([f"If-None-Match: , ,{ETAG},"], 304),
    ([f"If-Modified-Since: {ADDED}"], 304), (["If-Modified-Since: Tue, 14 Nov 2023 22:13:19 GMT"], 200),
    (["If-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT"], 304), (["If-Modified-Since: yesterday"], 200),
    (['If-None-Match: "a"', f"If-Modified-Since: {ADDED}"], 200),  # the tag outranks the date
    ([f"If-Match: {ETAG}"], 200), (["If-Match: *"], 200), (['If-Match: "a"'], 412), ([f"If-Match: W/{ETAG}"], 412),
    ([f'If-Match: "a", {ETAG}'], 200),
    ([f"If-Unmodified-Since: {ADDED}"], 200), (["If-Unmodified-Since: Tue, 14 Nov 2023 22:13:19 GMT"], 412),
    (["If-Unmodified-Since: nonsense"], 200),
    ([f"If-Match: {ETAG}", f"If-None-Match: {ETAG}"], 304), (['If-Match: "a"', f"If-None-Match: {ETAG}"], 412),
    ([f"If-None-Match: {ETAG}", "Range: bytes=0-9"], 304), (['If-Match: "a"', "Range: bytes=0-9"], 412)])
def test_conditions_are_weighed_in_the_order_of_rfc_9110(shared, fields, status):
    reply = shared.get(URL, *fields)
    assert reply.status == status
    if status == 304:
        assert (reply["ETag"], reply["Last-Modified"], reply["Content-Length"]) == (ETAG, ADDED, None)
        assert reply["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_304_has_no_body_and_the_next_reply_follows_at_once(shared):
    with shared.client() as client:
        client.ask(URL, f"If-None-Match: {ETAG}")
        client.ask(URL, "Range: bytes=0-3")
        assert client.reply().status == 304
        assert client.reply().body == shared.film.segment("v1", 1)[:4]


FOREVER, BRIEFLY = "public, max-age=31536000, immutable", "public, max-age=60, stale-while-revalidate=60"


@pytest.mark.parametrize("path,content_type,cache", [
    ("/vod/index.json", "application/json", "no-cache"),
    ("/vod/film/index.m3u8", "application/vnd.apple.mpegurl", BRIEFLY),
    ("/vod/film/index.mpd", "application/dash+xml", BRIEFLY),
    ("/vod/film/v1/index.m3u8", "application/vnd.apple.mpegurl", BRIEFLY),
    ("/vod/film/v1/iframes.m3u8", "application/vnd.apple.mpegurl", BRIEFLY),
    ("/vod/film/v1/init.mp4", "video/mp4", FOREVER), ("/vod/film/a1/init.mp4", "audio/mp4", FOREVER),
    ("/vod/film/v1/1.m4s", "video/iso.segment", FOREVER), ("/vod/film/a1/3.m4s", "video/iso.segment", FOREVER)])
def test_each_resource_has_its_type_its_cache_time_and_a_strong_tag(shared, path, content_type, cache):
    reply = shared.get(path)
    assert (reply.status, reply["Content-Type"], reply["Cache-Control"]) == (200, content_type, cache)
    assert reply["ETag"].startswith('"') and reply["Accept-Ranges"] == "bytes"
    assert reply["Access-Control-Allow-Origin"] == "*" and reply["Server"] == "outpost" and reply["Date"]


# 70000 bytes in 4 s are the peak.
VIDEO, AUDIO = "br=140, ot={}, com.outpost-h=1080", "br=140, ot={}"


@pytest.mark.parametrize("path,cmsd", [
    ("/vod/film/v1/1.m4s", VIDEO.format("v")), ("/vod/film/v1/init.mp4", VIDEO.format("i")),
    ("/vod/film/v1/index.m3u8", VIDEO.format("m")), ("/vod/film/v1/iframes.m3u8", VIDEO.format("m")),
    ("/vod/film/a1/1.m4s", AUDIO.format("a")), ("/vod/film/a1/index.m3u8", AUDIO.format("m")),
    ("/vod/film/index.m3u8", None), ("/vod/film/index.mpd", None), ("/vod/film/v1/9.m4s", None)])
def test_what_is_of_one_rendition_says_of_which_in_cmsd(shared, path, cmsd):
    assert shared.get(path)["CMSD-Static"] == cmsd


@pytest.mark.parametrize("field,status,cmsd", [
    (f"If-None-Match: {ETAG}", 304, VIDEO.format("v")), ("Range: bytes=0-9", 206, VIDEO.format("v")),
    ('If-Match: "a"', 412, None), ("Range: bytes=9999-", 416, None)])
def test_a_part_and_a_304_say_so_too_and_a_refusal_does_not(shared, field, status, cmsd):
    reply = shared.get(URL, field)
    assert (reply.status, reply["CMSD-Static"]) == (status, cmsd)


@pytest.mark.parametrize("path", ["/vod/film/v1/1.m4s", "/vod/film/index.m3u8", "/vod/index.json", "/vod/none/x",
                                  "/vod/film/v1/init.mp4"])
@pytest.mark.parametrize("fields", [[], ["Accept-Encoding: gzip"], ["Range: bytes=0-1"], ['If-Match: "a"']])
def test_head_says_what_get_says_but_for_ranges(shared, path, fields):
    get_fields = [field for field in fields if not field.startswith("Range")]
    with shared.client() as client:
        head = client.get(path, *fields, method="HEAD")
        get = client.get(path, *get_fields)
        strip = lambda reply: [field for field in reply.fields if field[0] != "Date"]
        assert (head.status, strip(head)) == (get.status, strip(get))
        assert int(head["Content-Length"]) == len(get.body)


@pytest.mark.parametrize("path", [
    "/vod/", "/vod/film", "/vod/film/", "/vod/none/index.m3u8", "/vod/film/v2/1.m4s", "/vod/film/v1/0.m4s",
    "/vod/film/v1/4.m4s", "/vod/film/v1/01.m4s", "/vod/film/v1/1.mp4", "/vod/film/v1/.m4s", "/vod/film/v1/-1.m4s",
    "/vod/film/v1/18446744073709551617.m4s", "/vod/film/v1/1.vtt", "/vod/film/v1/full.vtt", "/vod/film/asset.json",
    "/vod/film/v1.mp4", "/vod/film/a1/iframes.m3u8", "/vod/film/poster.jpg", "/vod/film//1.m4s", "/vod//film/index.m3u8",
    "/vod/.importing/film", "/vod/FILM/index.m3u8", "/none", "/vod/film/v1/1.m4s/", "//vod/film/index.m3u8"])
def test_what_does_not_exist_is_404_and_says_so_in_problem_details(shared, path):
    reply = shared.get(path)
    assert (reply.status, reply["Content-Type"]) == (404, "application/problem+json")
    assert b'"status":404' in reply.body and reply["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method,status", [("POST", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 405),
                                           ("TRACE", 405), ("BREW", 501), ("get", 501), ("M-SEARCH", 501)])
def test_other_methods_are_405_or_501_and_the_connection_goes_on(shared, method, status):
    with shared.client() as client:
        reply = client.get(URL, method=method)
        assert (reply.status, reply["Allow"]) == (status, "GET, HEAD, OPTIONS")
        assert client.get(URL).status == 200


def test_a_preflight_is_told_what_players_may_send(shared):
    reply = shared.get(URL, "Origin: https://player.example", "Access-Control-Request-Method: GET",
                       "Access-Control-Request-Headers: range", method="OPTIONS")
    assert (reply.status, reply["Content-Length"]) == (204, None)
    assert reply["Access-Control-Allow-Origin"] == "*" and "GET" in reply["Access-Control-Allow-Methods"]
    assert "Range" in reply["Access-Control-Allow-Headers"] and reply["Access-Control-Max-Age"]


@pytest.mark.parametrize("path", ["*", "/", URL])
def test_a_plain_options_is_answered_with_the_methods(shared, path):
    reply = shared.get(path, method="OPTIONS")
    assert (reply.status, reply["Allow"], reply["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS", None)


def test_only_listed_origins_are_allowed_and_caches_are_told(start, film):
    server = start('[cors]\norigins = ["https://a.example"]\n')
    ours = server.get(URL, "Origin: https://a.example")
    theirs = server.get(URL, "Origin: https://b.example")
    assert (ours["Access-Control-Allow-Origin"], ours["Vary"]) == ("https://a.example", "Origin")
    assert (theirs["Access-Control-Allow-Origin"], theirs["Vary"]) == (None, "Origin")


GZIP = [("gzip", True), ("GZIP", True), ("br, gzip", True), ("gzip;q=0.5", True), ("gzip ; q=1.000", True), ("*", True),
        ("gzip;q=0", False), ("gzip;q=0.0", False), ("gzip; q=0.000", False), ("gzip;Q=0", False), ("gzip;q=0.", False),
        ("identity", False), ("br", False), ("*;q=0", False), ("*;q=0, gzip", True), ("*, gzip;q=0", False), ("", False),
        ("x-gzip", True), ("gzipped", False)]


@pytest.mark.parametrize("accepted,compressed", GZIP)
def test_playlists_are_compressed_for_those_who_take_gzip(shared, accepted, compressed):
    with shared.client() as client:
        plain = client.get("/vod/film/index.mpd")
        reply = client.get("/vod/film/index.mpd", f"Accept-Encoding: {accepted}")
    assert (reply["Content-Encoding"] == "gzip") == compressed and reply["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(reply.body) if compressed else reply.body) == plain.body
    assert (reply["ETag"] != plain["ETag"]) == compressed


def test_segments_are_never_compressed(shared):
    assert shared.get(URL, "Accept-Encoding: gzip")["Content-Encoding"] is None


PATHS = ["/vod/film/index.m3u8", "/vod/film/index.mpd", "/vod/film/v1/index.m3u8", URL, "/vod/film/a1/init.mp4",
         "/vod/index.json"]


def test_bytes_tags_and_dates_are_the_same_after_a_restart_and_on_a_second_node(tmp_path):
    seen = []
    for folder in ("one", "two", "one"):  # two is written anew, one is met again
        library = tmp_path / folder / "library"
        if not library.exists():
            Film(library, "film").write()
        server = Server(tmp_path / folder)
        try:
            replies = [server.get(path) for path in PATHS]
            seen.append([(reply.status, reply.body, reply["ETag"], reply["Last-Modified"]) for reply in replies])
        finally:
            server.stop()
    assert seen[0] == seen[1] == seen[2] and all(row[0] == 200 for row in seen[0])
