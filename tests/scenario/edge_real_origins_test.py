"""The edge before origins that nobody scripted: an Outpost with a library, nginx, and a bucket behind signatures."""
import gzip
import os

import pytest

from harness import Film, pattern
from purging import is_hit
from real_origins import S3, Nginx

SMALL, LARGE = pattern("small", 40_000), pattern("large", 3_000_000)
TEXT = b"".join(b"line %d of a text\n" % number for number in range(9000))
# In the file's words and as a client writes them.
KEYS = {"a b": "a%20b", "a+b": "a+b", "a+c": "a%2Bc", "ü/ñ.mp4": "%C3%BC/%c3%b1.mp4", "映画.m4s": "%E6%98%A0%E7%94%BB.m4s",
        "(1)!*'~": "(1)!*'~", "a&b=c;d,e@f:g$h": "a&b=c;d,e@f:g$h", "100%": "100%25", "q?r#s": "q%3Fr%23s", "[x]": "%5Bx%5D"}


def twice(server, path, *fields):
    """The same from the origin and from the cache; the first of them."""
    first, second = server.get(path, *fields), server.get(path, *fields)
    assert not is_hit(first) and is_hit(second), (first, second)
    assert (first.status, first.body) == (second.status, second.body)
    return first


def parts_are_right(server, path, body):
    """Ranges out of what is cached."""
    for begin, end in ((0, 1), (0, 100_000), (262_144, 262_145), (262_143, 700_000), (len(body) - 5, len(body))):
        reply = server.get(path, f"Range: bytes={begin}-{end - 1}")
        assert (reply.status, reply.body) == (206, body[begin:end]) and is_hit(reply)
        assert reply["Content-Range"] == f"bytes {begin}-{end - 1}/{len(body)}"


# ---- Outpost


@pytest.fixture
def library(start, tmp_path):
    film = Film(tmp_path / "node/library", "film", sizes=(5000, 300, 1_500_000)).write()
    server = start(folder=tmp_path / "node")
    server.film, server.url = film, f"http://127.0.0.1:{server.port}"
    return server


def test_a_library_s_segments_are_the_same_through_the_edge_and_then_hits(library, edge, tmp_path):
    server = edge(library, folder=tmp_path / "edge")
    for track in library.film.bytes:
        for number in (1, 2, 3):
            assert twice(server, library.film.path(track, number)).body == library.film.segment(track, number)
        assert twice(server, f"/vod/film/{track}/init.mp4").body == library.film.init(track)
    parts_are_right(server, library.film.path("v1", 3), library.film.segment("v1", 3))


@pytest.mark.parametrize("path", ["/vod/film/index.m3u8", "/vod/film/index.mpd", "/vod/film/v1/index.m3u8"])
def test_a_library_s_manifests_are_the_same_through_the_edge_and_validated(library, edge, tmp_path, path):
    server = edge(library, folder=tmp_path / "edge")
    direct = library.get(path)
    assert direct.status == 200
    reply = twice(server, path)
    assert (reply.body, reply["Content-Type"], reply["ETag"]) == (direct.body, direct["Content-Type"], direct["ETag"])
    asked = server.get(path, "Cache-Control: no-cache")
    assert asked.body == direct.body and asked.cache_status["fwd-status"] == 304
    assert server.get(path, f"If-None-Match: {direct['ETag']}").status == 304


def test_a_film_that_the_library_lacks_is_missing_at_the_edge_too(library, edge, tmp_path):
    server = edge(library, folder=tmp_path / "edge")
    reply = server.get("/vod/none/index.m3u8")
    assert (reply.status, reply["Content-Type"]) == (404, "application/problem+json")


def test_a_library_under_a_path_of_its_own_is_asked_there(library, edge, tmp_path):
    server = edge(library.url + "/vod", folder=tmp_path / "edge")
    assert twice(server, "/film/v1/1.m4s").body == library.film.segment("v1", 1)


# ---- nginx


@pytest.fixture
def nginx(tmp_path):
    made = Nginx(tmp_path / "nginx")
    for name, body in {"film": LARGE, "small": SMALL, "empty": b"", "text.txt": TEXT}.items():
        (made.root / name).write_bytes(body)
    yield made
    made.stop()


@pytest.mark.parametrize("name, body", [("film", LARGE), ("small", SMALL), ("empty", b"")],
                         ids=["large", "small", "empty"])
def test_a_file_of_nginx_is_a_hit_the_second_time(nginx, edge, name, body):
    server = edge(nginx)
    reply = twice(server, f"/{name}")
    assert reply.body == body and reply["ETag"] and reply["Last-Modified"] and reply["Cache-Control"] == "max-age=600"
    assert len(nginx.asked(1)) == 1


def test_ranges_of_a_file_of_nginx_come_from_the_cache(nginx, edge):
    server = edge(nginx)
    assert server.get("/film").body == LARGE
    parts_are_right(server, "/film", LARGE)
    assert len(nginx.asked(1)) == 1


def test_a_range_of_what_is_not_cached_asks_nginx_for_that_and_the_rest_follows(nginx, edge):
    server = edge(nginx)
    part = server.get("/film", "Range: bytes=1000000-1000099")
    assert (part.status, part.body) == (206, LARGE[1_000_000:1_000_100])
    first = nginx.asked(1)[0]
    assert first["status"] == 206 and first["bytes"] < 600_000
    assert server.get("/film").body == LARGE
    assert is_hit(server.get("/film"))
    asked = nginx.asked(3)
    assert sum(each["bytes"] for each in asked) == len(LARGE) and {each["status"] for each in asked} == {206}
    assert all(each["if_range"] != "" for each in asked[1:])


def test_a_stale_file_of_nginx_is_validated(nginx, edge):
    server = edge(nginx)
    assert server.get("/stale/film").body == LARGE
    reply = server.get("/stale/film")
    assert reply.body == LARGE and reply.cache_status["fwd-status"] == 304
    second = nginx.asked(2)[1]
    assert (second["status"], second["bytes"]) == (304, 0) and second["if_none_match"]


def test_a_file_of_nginx_that_has_changed_is_fetched_anew(nginx, edge):
    server = edge(nginx)
    assert server.get("/stale/small").body == SMALL
    (nginx.root / "small").write_bytes(SMALL[::-1])
    os.utime(nginx.root / "small", (1, 1))
    reply = server.get("/stale/small")
    assert reply.body == SMALL[::-1] and reply.cache_status["fwd-status"] == 200


def test_what_nginx_says_nothing_about_lives_for_a_part_of_its_age(nginx, edge):
    os.utime(nginx.root / "small", (1_600_000_000, 1_600_000_000))
    server = edge(nginx)
    twice(server, "/untold/small")
    assert server.get("/untold/small").cache_status["ttl"] > 60


def test_what_nginx_does_not_have_is_missing_for_a_while(nginx, edge):
    server = edge(nginx)
    assert twice(server, "/none").status == 404
    assert [each["status"] for each in nginx.asked(1)] == [404]


def test_a_redirect_of_nginx_is_passed_on(nginx, edge):
    reply = edge(nginx).get("/moved")
    assert reply.status == 302 and reply["Location"].endswith("/film")


@pytest.mark.parametrize("order", [("gzip", None), (None, "gzip")], ids=["gzip-first", "plain-first"])
def test_nginx_s_chunked_gzip_and_the_plain_text_are_kept_side_by_side(nginx, edge, order):
    server = edge(nginx)
    for coding in order:
        fields = ["Accept-Encoding: gzip"] if coding else []
        reply = twice(server, "/text.txt", *fields)
        assert reply["Content-Encoding"] == coding and "accept-encoding" in reply["Vary"].lower()
        assert (gzip.decompress(reply.body) if coding else reply.body) == TEXT
    assert len(nginx.asked(2)) == 2


def test_a_stale_gzip_of_nginx_is_validated_by_its_weak_tag(nginx, edge):
    server = edge(nginx)
    first = server.get("/stale/text.txt", "Accept-Encoding: gzip")
    second = server.get("/stale/text.txt", "Accept-Encoding: gzip")
    assert first["ETag"].startswith("W/") and second.cache_status["fwd-status"] == 304
    assert gzip.decompress(second.body) == TEXT


def test_connections_to_nginx_are_kept(nginx, edge):
    server = edge(nginx)
    for number in range(5):
        assert server.get(f"/none{number}").status == 404
    assert len({each["connection"] for each in nginx.asked(5)}) == 1


def test_head_of_a_file_of_nginx(nginx, edge):
    server = edge(nginx)
    for _ in range(2):
        head = server.get("/film", method="HEAD")
        assert (head.status, head["Content-Length"]) == (200, str(len(LARGE)))
        server.get("/film")


# ---- a bucket


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    made = S3(tmp_path_factory.mktemp("s3"))
    for key in KEYS:
        made.put(key, key.encode(), cache_control="max-age=600")
    made.put("film", LARGE, cache_control="max-age=600", content_type="video/mp4")
    yield made
    made.stop()


@pytest.fixture
def bucket(s3, edge, tmp_path):
    return edge(s3.origin(tmp_path))


def test_an_object_of_a_bucket_is_a_hit_the_second_time_and_so_are_its_parts(bucket):
    reply = twice(bucket, "/film")
    assert (reply.body, reply["Content-Type"]) == (LARGE, "video/mp4")
    parts_are_right(bucket, "/film", LARGE)


@pytest.mark.parametrize("key", KEYS)
def test_any_key_is_signed_as_s3_reads_it(bucket, key):
    assert twice(bucket, "/" + KEYS[key]).body == key.encode()


def test_a_range_of_an_object_is_signed_too(bucket):
    reply = bucket.get("/film", "Range: bytes=2000000-2000009")
    assert (reply.status, reply.body) == (206, LARGE[2_000_000:2_000_010])
    assert bucket.get("/film").body == LARGE and is_hit(bucket.get("/film"))


def test_a_stale_object_is_validated_and_a_changed_one_fetched(bucket, s3):
    s3.put("stale", SMALL, cache_control="max-age=0")
    assert bucket.get("/stale").body == SMALL
    assert bucket.get("/stale").cache_status["fwd-status"] == 304
    s3.put("stale", SMALL[::-1], time=1_700_000_100, cache_control="max-age=0")
    reply = bucket.get("/stale")
    assert reply.body == SMALL[::-1] and reply.cache_status["fwd-status"] == 200


def test_what_a_bucket_lacks_is_missing(bucket):
    assert bucket.get("/none").status == 404


def test_a_wrong_secret_is_refused_by_the_bucket_and_the_client_learns_it(s3, edge, tmp_path):
    server = edge(s3.origin(tmp_path, secret="another"))
    reply = server.get("/film")
    assert reply.status == 403 and b"SignatureDoesNotMatch" in reply.body
    assert "another" not in server.log() and "another" not in server.admin("/api/v1/status").body.decode()


def test_a_bucket_without_its_key_refuses(s3, edge):
    assert edge({"url": f"{s3.url}/{s3.bucket}"}).get("/film").status == 403


@pytest.mark.parametrize("fields", [["Authorization: Bearer of-the-player"], ["x-amz-date: 20200101T000000Z"], [
    "Authorization: AWS4-HMAC-SHA256 Credential=me/20200101/a/s3/aws4_request, SignedHeaders=host, Signature=00"]],
    ids=["token", "date", "signature"])
def test_what_a_client_signs_itself_with_does_not_spoil_the_edge_s_signature(bucket, fields):
    reply = bucket.get("/a%20b", *fields)
    assert (reply.status, reply.body) == (200, b"a b")


def test_the_region_is_part_of_the_signature_and_any_will_do_here(s3, edge, tmp_path):
    assert edge(s3.origin(tmp_path, s3_region="eu-central-1")).get("/a%20b").body == b"a b"


def test_head_of_an_object(bucket):
    head = bucket.get("/film", method="HEAD")
    assert (head.status, head["Content-Length"]) == (200, str(len(LARGE)))
