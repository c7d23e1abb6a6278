"""outpost fill: what an edge is filled with is there when its origin is gone; what is missing is named."""
import re
import signal
import subprocess
import time

import pytest

from harness import BIN, PATIENCE, Film, until
from origin import page

KEPT = {"cache_control": "max-age=600"}


class Fill:
    """The command under way."""

    def __init__(self, server, *words, stdin=None, env=None):
        url = server if isinstance(server, str) else f"http://127.0.0.1:{server.port}"
        self.process = subprocess.Popen([BIN, "fill", "--edge", url, *map(str, words)], text=True, env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if stdin is not None:
            self.process.stdin.write(stdin)
        self.process.stdin.close()
        self.process.stdin = None

    def end(self, status=0):
        self.out, self.errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == status, (self.process.returncode, self.out, self.errors)
        return self.out


def fill(server, *words, status=0, **how):
    return Fill(server, *words, **how).end(status)


def refusal(*words):
    """The one line that bad words are answered with."""
    run = subprocess.run([BIN, "fill", *words], capture_output=True, text=True, timeout=PATIENCE)
    lines = run.stderr.splitlines()
    assert run.returncode in (1, 2) and len(lines) == 1 and not run.stdout, run
    return lines[0]


@pytest.fixture
def cinema(edge, start, tmp_path):
    """A film at an origin, and an edge before it."""
    origin = start(folder=tmp_path / "origin")
    film = Film(origin.library, "film", tracks=("v1", "v2", "a1"))
    film.description["tracks"][1].update(width=1280, height=720)
    film.write()
    until(lambda: origin.get("/vod/film/index.m3u8").status == 200, "the film is there")
    server = edge(f"http://127.0.0.1:{origin.port}", folder=tmp_path / "edge")
    server.origin, server.film = origin, film
    return server


def paths_of(film, tracks=None):
    return [f"/vod/film/{track}/{part}" for track in tracks or film.bytes
            for part in ["init.mp4", *(f"{number + 1}.m4s" for number in range(len(film.sizes)))]]


def held_page(gate, body):
    def answer(request, connection):
        connection.hold(gate)
        page(body, **KEPT)(request, connection)
    return answer


def is_hit(server, path):
    return server.get(path, "Accept-Encoding: gzip").cache_status.get("hit") is True


# ---- by a manifest


@pytest.mark.parametrize("manifest, lists", [
    ("index.m3u8", ["index.m3u8", "v1/index.m3u8", "v2/index.m3u8", "a1/index.m3u8"]),
    ("index.mpd", ["index.mpd"]),
])
def test_all_that_a_manifest_leads_to_is_there_when_the_origin_is_gone(cinema, manifest, lists):
    out = fill(cinema, "--host", "films.example", "--manifest", f"/vod/film/{manifest}")
    assert re.match(r"ready: (\d+) of \1 \(", out) and "missing" not in out
    cinema.origin.stop()
    for path in [*(f"/vod/film/{each}" for each in lists), *paths_of(cinema.film)]:
        assert is_hit(cinema, path), path
    assert cinema.get(cinema.film.path("v1", 3)).body == cinema.film.segment("v1", 3)


@pytest.mark.parametrize("manifest", ["index.m3u8", "index.mpd"])
@pytest.mark.parametrize("renditions, there", [("highest", "v1"), ("1080p", "v1"), ("720p", "v2")])
def test_of_the_picture_only_what_was_named_is_fetched(cinema, manifest, renditions, there):
    fill(cinema, "--host", "films.example", "--manifest", f"/vod/film/{manifest}", "--renditions", renditions)
    cinema.origin.stop()
    for path in paths_of(cinema.film):
        assert is_hit(cinema, path) == (there in path or "/a1/" in path), path


def test_a_height_that_is_not_there_is_told_with_those_that_are(cinema):
    run = Fill(cinema, "--manifest", "http://films.example/vod/film/index.mpd", "--renditions", "480p")
    assert run.end(1) == "" and "no rendition of 480p; there are 1080p 720p" in run.errors


def test_what_is_there_is_not_fetched_again(cinema):
    words = ("--host", "films.example", "--manifest", "/vod/film/index.m3u8")
    fill(cinema, *words)
    before = len(cinema.origin.access_lines())
    assert ", 0 fetched" in fill(cinema, *words)
    assert len(cinema.origin.access_lines()) == before


def test_a_part_is_not_the_whole(edge, origin):
    body = bytes(1 << 20)
    origin.on("/film.mp4", page(body, **KEPT))
    server = edge(origin)
    server.get("/film.mp4", "Range: bytes=0-9")
    assert "is not there" in fill(server, "--host", "films.example", "--urls", "-", "--check", stdin="/film.mp4", status=1)
    assert "1 fetched" in fill(server, "--host", "films.example", "--urls", "-", stdin="/film.mp4")
    origin.stop()
    assert server.get("/film.mp4").body == body


def test_check_asks_the_origin_for_nothing(cinema):
    words = ("--host", "films.example", "--manifest", "/vod/film/index.m3u8", "--check")
    before = len(cinema.origin.access_lines())
    out = fill(cinema, *words, status=1)
    assert "ready: 0 of 1" in out and "http://films.example/vod/film/index.m3u8: is not there" in out
    assert len(cinema.origin.access_lines()) == before
    fill(cinema, *words[:-1])
    assert re.match(r"ready: (\d+) of \1 \(only checked\)\n$", fill(cinema, *words))


# ---- by URLs


def test_what_is_missing_is_named_with_its_status(edge, origin, tmp_path):
    origin.on("/a", page("a", **KEPT)).on("/gone", page("", status=410)).on("/odd", page("", status=500))
    origin.on("/secret", page("s", cache_control="no-store")).on("/moved", page("", status=302, location="/a"))
    (tmp_path / "urls").write_text("# tonight\n/a\n\nhttp://films.example/gone\r\n/odd\n/secret\n/moved\n")
    out = fill(edge(origin, pool={"retries": 0}), "--host", "films.example", "--urls", tmp_path / "urls", status=1)
    assert "ready: 1 of 5" in out and "missing: 4\n" in out
    for line in ("gone: 410", "odd: 500", "secret: answered 200, and is not kept", "moved: 302 to /a"):
        assert f"  http://films.example/{line}\n" in out


def test_without_host_each_url_has_its_own(edge, origin):
    origin.on("/a", page("a", **KEPT))
    server = edge(origin, pool={"host": ""})
    fill(server, "--urls", "-", stdin="http://films.example/a\nhttp://other.example/a\n")
    assert len(origin.asked("/a")) == 2 and server.get("/a").cache_status.get("hit")


def test_a_refusal_that_says_later_is_tried_again(edge, origin):
    gate = origin.gate()
    origin.on("/a", held_page(gate, "a"))
    server = edge(origin, edge={"wait": "100ms"})
    run = Fill(server, "--urls", "-", stdin="/a")
    until(lambda: server.metrics()['outpost_edge_requests_total{result="failed"}'] >= 2, "it is refused")
    gate.open()
    assert "1 of 1" in run.end() and len(origin.asked("/a")) == 1


def test_the_rate_is_kept(edge, origin):
    origin.on("*", page(bytes(250_000), **KEPT))
    server = edge(origin)
    for attempt in range(3):  # a busy machine may be slower than the rate, and never faster
        begin = time.monotonic()
        fill(server, "--urls", "-", "--max-rate", "8Mbps", stdin="".join(f"/{attempt}/{each}\n" for each in range(8)))
        took = time.monotonic() - begin
        assert took >= 1.5  # 2 MB at 1 MB/s
        if took <= 2.5:
            return
    assert took <= 2.5


# ---- going on


def stop_in_the_middle(run, origin, count):
    until(lambda: len(origin.asked(f"/{count}")) == 1, "it is under way")
    run.process.send_signal(signal.SIGINT)
    run.end(128 + signal.SIGINT)
    assert re.search(rf"stopped with {count} of 6 ready; the same command goes on", run.errors), run.errors
    assert run.out == ""


@pytest.mark.parametrize("with_state", [False, True])
def test_what_was_stopped_goes_on(edge, origin, tmp_path, with_state):
    urls = "".join(f"/{number}\n" for number in range(6))
    for number in range(6):
        origin.on(f"/{number}", page(f"page {number}", **KEPT))
    origin.on("/3", held_page(origin.held, "page 3"))
    server = edge(origin)
    words = ["--urls", "-", "--parallel", 1, *(["--state", tmp_path / "state"] if with_state else [])]
    stop_in_the_middle(Fill(server, *words, stdin=urls), origin, 3)
    if with_state:
        lines = (tmp_path / "state").read_text()
        assert lines == "".join(f"http://127.0.0.1:{server.port}/{number}\n" for number in range(3))
        (tmp_path / "state").write_text(lines + "http://127.0.0.1")  # cut short by a loss of power
    origin.release()
    # The one under way may have come without us meanwhile.
    assert re.search(r"6 of 6 \((3 were there, 3|4 were there, 2) fetched", fill(server, *words, stdin=urls))
    assert all(len(origin.asked(f"/{number}")) == 1 for number in range(6))
    if with_state:
        assert len((tmp_path / "state").read_text().splitlines()) == 6
        before = len(server.access_lines())
        assert "6 of 6 (6 were there" in fill(server, *words, stdin=urls)
        assert len(server.access_lines()) == before  # nothing is even asked


def test_outside_its_hours_it_waits_and_says_until_when(edge, origin):
    origin.on("/a", page("a", **KEPT))
    server = edge(origin)
    at = time.gmtime(time.time() + 7200)
    later = f"{at.tm_hour:02}:00-{(at.tm_hour + 1) % 24:02}:00"
    run = Fill(server, "--urls", "-", "--between", later, stdin="/a", env={"TZ": "UTC"})
    assert f"waiting until {later[:5]}" in run.process.stderr.readline()
    run.process.send_signal(signal.SIGTERM)
    run.end(128 + signal.SIGTERM)
    assert not origin.requests
    now = time.gmtime()
    open_now = f"{now.tm_hour:02}:00-{(now.tm_hour + 2) % 24:02}:00"
    assert "1 of 1" in fill(server, "--urls", "-", "--between", open_now, stdin="/a", env={"TZ": "UTC"})


# ---- bad words

EDGE = ("--edge", "http://127.0.0.1:1")


@pytest.mark.parametrize("words, said", [
    ((), "--edge is required"),
    (EDGE, "nothing is named; give --manifest URL, or --urls FILE"),
    ((*EDGE, "--urls", "-", "--manifest", "/a"), "both --urls and --manifest are given"),
    (("--edge", "https://edge.example", "--urls", "-"), "fill speaks plain HTTP to the edge"),
    (("--edge", "edge.example", "--urls", "-"), "is no address of an edge; write http://127.0.0.1:8080"),
    (("--edge", "http://edge.example/path", "--urls", "-"), "is no address of an edge"),
    ((*EDGE, "--manifest", "ftp://films.example/a"), "is neither a URL nor a path"),
    ((*EDGE, "--manifest", "/a", "--host", "a b"), "is no host"),
    ((*EDGE, "--manifest", "/a", "--renditions", "best"), "choose all, highest, or heights: 1080p,720p"),
    ((*EDGE, "--manifest", "/a", "--max-rate", "fast"), "write 50Mbps"),
    ((*EDGE, "--manifest", "/a", "--between", "1-6"), "write 01:00-06:00"),
    ((*EDGE, "--manifest", "/a", "--between", "24:00-06:00"), "write 01:00-06:00"),
    ((*EDGE, "--manifest", "/a", "--parallel", "0"), "--parallel"),
    ((*EDGE, "--manifest", "/a"), "can't be connected: Connection refused; does the edge run, and listen there?"),
])
def test_bad_words_get_one_line(words, said):
    assert said in refusal(*words)


def test_a_file_of_urls_that_cannot_be_used_gets_one_line(edge, origin, tmp_path):
    server = edge(origin)
    run = Fill(server, "--urls", tmp_path / "none")
    assert run.end(2) == "" and "can't be read" in run.errors
    (tmp_path / "urls").write_text("/a\nfilms.example/b\n")
    run = Fill(server, "--urls", tmp_path / "urls")
    assert run.end(2) == "" and "urls:2: films.example/b: is neither a URL nor a path" in run.errors
    run = Fill(server, "--urls", "-", "--state", tmp_path, stdin="/a")
    assert run.end(1) == "" and "Is a directory; name another file with --state" in run.errors


def test_a_manifest_that_is_none_gets_one_line(edge, origin):
    origin.on("/page", page("hello", **KEPT))
    run = Fill(edge(origin), "--manifest", "/page")
    assert run.end(1) == "" and len(run.errors.splitlines()) == 1, run.errors
