"""Real players play a protected film through an edge to its end, with tokens that live shorter than the film."""
import itertools
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import BIN, Server, edge_toml
from tokens import Key, auth_toml, in_path, in_query

PLAYERS = Path(__file__).resolve().parents[1] / "players"
FILM, LIFE = 12, 8  # seconds; players ask for a segment each 4 s
FORMATS = {"hls": "/vod/feature/index.m3u8", "dash": "/vod/feature/index.mpd"}
RENEWED = {"cdnistt": 1, "cdniets": LIFE}


class Edge:
    """An edge with [auth] before the films' server, with the pages in front of which nobody stands."""

    def __init__(self, folder, films, **rule):
        self.key = Key(folder / "keys")
        text = auth_toml(self.key.folder, {"prefix": "/vod/", **rule}, {"let": "anybody"}, leeway="0s") + "[pages]\nenabled = true\n"
        self.server = Server(folder, text, config=edge_toml(folder, films.url, disks=0))
        self.url = f"http://127.0.0.1:{self.server.port}"

    def token(self, expires=LIFE, **claims):
        return self.key.jwt(uri=self.urls, expires=expires, **{**RENEWED, **claims})

    @property
    def urls(self):
        return self.url.replace(".", r"\.") + "/vod/.*"

    def lines(self):
        """What was asked of the film and how it was answered, when the server has ended."""
        self.server.stop()
        return [line for line in self.server.access_lines() if line["path"].startswith("/vod/feature/")]

    def check(self):
        """Nobody was thrown out, though a token would have been over several times; and nothing tells of tokens."""
        lines = self.lines()
        assert len(lines) > 8 and not [line for line in lines if line["status"] >= 400], lines
        assert "eyJ" not in self.server.access.read_text() + self.server.log()
        return lines


@pytest.fixture
def edge(films, tmp_path):
    made = []

    def begin(**rule):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Edge(folder, films, **rule))
        return made[-1]
    yield begin
    for each in made:
        each.server.kill()


def url_of(edge, place, format, token):
    path = FORMATS[format]
    return edge.url + {"path": in_path(token, path), "query": in_query(token, path)}.get(place, path)


def ffmpeg(url, *options):
    """Plays at the film's own pace and decodes all of it; the seconds of film that came."""
    began = time.monotonic()
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-progress", "-", "-re", *options, "-i", url, "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    last = [line.split("=")[1] for line in done.stdout.splitlines() if line.startswith("out_time_us=")][-1]
    return int(last) / 1e6, time.monotonic() - began


PLACES = ["path", "query", "cookie", "authorization"]


def test_ffmpeg_plays_to_the_end_by_every_placement(edge):
    site = edge()

    def play(format, place):
        # ffmpeg sends the fields that it was given and takes up no others, so that one needs a token for the whole film.
        token = site.token(expires=60) if place == "authorization" else site.token()
        options = {"cookie": ["-cookies", f"URISigningPackage={token}; path=/"],
                   "authorization": ["-headers", f"Authorization: Bearer {token}\r\n"]}.get(place, [])
        return ffmpeg(url_of(site, place, format, token), *options)
    asked = list(itertools.product(FORMATS, PLACES))
    with ThreadPoolExecutor(len(asked)) as pool:
        told = list(pool.map(lambda each: play(*each), asked))
    assert all(film >= FILM - 0.5 and took > LIFE + 2 for film, took in told), list(zip(asked, told))
    site.check()


def job(edge, place, format, life=LIFE, claims=None, **more):
    said = {"cdniuc": f"regex:{edge.urls}", **RENEWED, **(claims or {})}
    return {"page": edge.url, "url": url_of(edge, place, format, "{token}"), "format": format, "place": place,
            "secret": edge.key.members["k"], "life": life, "claims": said, **more}


def in_chromium(*jobs):
    """What tests/players/access.mjs tells of each when its film has ended."""
    done = subprocess.run(["node", "access.mjs"], cwd=PLAYERS, input=json.dumps(jobs), capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_chromium_plays_to_the_end_by_every_placement(edge):
    """With hls.js and shaka-player; tokens of the query rewritten, and for HLS defined."""
    site, defining = edge(), edge(query_tokens="define")
    jobs = [job(site, place, format) for format, place in itertools.product(FORMATS, PLACES)]
    jobs.append(job(defining, "query", "hls"))
    for asked, told in zip(jobs, in_chromium(*jobs)):
        assert told["ended"] and told["time"] >= FILM - 0.5 and told["seconds"] > LIFE + 2, (asked["place"], asked["format"], told)
    site.check()
    defining.check()


def test_a_player_never_asks_for_more_than_its_token_shows(edge):
    site = edge()
    told = in_chromium(*(job(site, "path", format, claims={"max_height": 540}, every=True) for format in FORMATS))
    assert all(each["ended"] and each["height"] == 540 for each in told), told
    paths = {line["path"].split("/")[3] for line in site.check() if line["path"].count("/") > 3}
    assert [track for track in paths if "540" in track] and not [track for track in paths if "720" in track], paths


def test_a_token_that_is_revoked_ends_the_play(edge):
    site = edge()
    revoke = [BIN, "token", "revoke", "--subject", "anna", "--admin", f"http://127.0.0.1:{site.server.admin_port}"]
    (told,) = in_chromium(job(site, "path", "hls", life=60, claims={"sub": "anna"}, revoke=revoke))
    assert not told["ended"] and told["status"] == 403, told


def test_a_thousand_tokens_leave_the_hit_ratio_as_it_is(edge):
    site = edge()
    path = "/vod/feature/index.m3u8"

    def ratio(tokens):
        before = json.loads(site.server.admin("/api/v1/status").body)["requests"]
        with site.server.client() as client:
            for token in tokens:
                # The client asks for another host than the player does.
                assert client.get(in_path(token, path)).status == 200
        after = json.loads(site.server.admin("/api/v1/status").body)["requests"]
        return (after["hits"] - before["hits"]) / (after["total"] - before["total"])
    one = site.key.jwt()
    ratio([one])
    assert ratio([one] * 1000) == ratio([site.key.jwt(sub=f"s{n}") for n in range(1000)]) == 1.0
