"""Clients that leave, send garbage or come in thousands; files that shrink, vanish, are replaced or lie."""
import ctypes
import json
import os
import random
import shutil

import pytest

from harness import SANITIZED, Client, Film, Gone, certificate_toml, make_certificate, tls_context, until

PLENTY = 24 << 20
TLS = '[[listen]]\naddress = "127.0.0.1:0"\ntls = true\n'


@pytest.fixture
def big(tmp_path):
    return Film(tmp_path / "library", "big", tracks=("v1",), sizes=[PLENTY]).write()


def exchange(one, other):
    """Two names of one directory change places at once (renameat2 with RENAME_EXCHANGE)."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.renameat2(-100, bytes(one), -100, bytes(other), 2) == 0, os.strerror(ctypes.get_errno())


def counted(server, name, value):
    return until(lambda: server.metrics()[name] == value, f"{name} is {value}")


def assets(server):
    return [entry["id"] for entry in json.loads(server.get("/vod/index.json").body)["assets"]]


def test_a_client_that_leaves_inside_a_body_costs_nothing_and_is_counted(start, big):
    server = start()
    for leave in (Client.close, Client.reset):
        client = server.client()
        client.ask(big.path("v1", 1))
        client.head()
        leave(client)
    counted(server, "outpost_http_replies_cut_total", 2)
    counted(server, "outpost_connections_open", 1)  # the one that asks
    assert server.get(big.path("v1", 1)).body == big.segment("v1", 1)


def test_garbage_ends_its_own_connection_and_no_other(start, film, tmp_path):
    make_certificate(tmp_path, "here")
    server = start('[limits]\nhead_time = "500ms"\nfirst_byte = "500ms"\n' + TLS + certificate_toml("here"))
    plain, tls = server.ports[0], server.ports[1]
    dice = random.Random(4)
    hello = bytes.fromhex("160301006e0100006a0303") + dice.randbytes(100)
    garbage = [dice.randbytes(dice.randrange(1, 3000)) for _ in range(30)] + [hello, b"\0" * 5000, b"\r\n" * 3000]
    with server.client() as watcher:
        assert watcher.get("/none").status == 404  # from here on it may idle
        for port in (plain, tls):
            for piece in garbage + [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"] * (port == tls):
                with Client(port) as client:
                    try:
                        client.send(piece)
                        statuses = [reply.status for reply in client.replies()] if port == plain else None
                    except OSError:
                        statuses = []
                    assert port == tls or set(statuses) <= {400, 408, 414, 431, 505}
            assert watcher.get("/vod/film/v1/1.m4s").body == film.segment("v1", 1)
    assert server.metrics()['outpost_tls_handshakes_total{result="failed"}'] >= 1


def test_a_file_cut_short_under_a_body_cuts_the_connection_and_is_logged_once(start, big):
    server = start()
    with server.client(receive_buffer=8192) as client:
        client.ask(big.path("v1", 1))
        client.head()
        os.truncate(big.directory / "v1.mp4", PLENTY // 2)
        with pytest.raises(Gone):
            client.take(PLENTY)
    until(lambda: "cut after" in server.log(), "the fault is logged")
    assert server.log().count("cut after") == 1
    # Later requests for what is gone are cut too; what is still there is served.
    with server.client() as client:
        client.ask(big.path("v1", 1))
        with pytest.raises(Gone):
            client.reply()
    assert server.get(big.path("v1", 1), "Range: bytes=0-99").body == big.segment("v1", 1)[:100]


def test_a_film_removed_while_it_is_watched_plays_on_and_is_listed_no_more(start, film):
    server = start()
    assert server.get(film.path("v1", 1)).status == 200
    assert assets(server) == ["film"]
    shutil.rmtree(film.directory)
    until(lambda: assets(server) == [], "the film is gone from the list")
    assert server.get(film.path("v1", 3)).body == film.segment("v1", 3)
    assert server.get("/vod/film/a1/init.mp4").body == film.init("a1")
    assert server.get("/vod/film/index.m3u8").status == 404


def test_a_film_replaced_while_it_is_watched_plays_on_and_new_players_get_the_new_one(start, film, tmp_path):
    server = start()
    assert b"v1/" in server.get("/vod/film/index.m3u8").body
    second = Film(tmp_path / "other", "film", tracks=("v2", "a2")).write()
    exchange(film.directory, second.directory)
    until(lambda: b"v2/" in server.get("/vod/film/index.m3u8").body, "the new film is served")
    playlist = server.get("/vod/film/index.m3u8").body
    assert b"v1/" not in playlist
    assert server.get("/vod/film/v2/1.m4s").body == second.segment("v2", 1)
    shutil.rmtree(second.directory)  # the old one's place
    assert server.get(film.path("v1", 2)).body == film.segment("v1", 2)
    assert server.get("/vod/film/v1/index.m3u8").status == 200
    counted(server, "outpost_library_open_assets", 2)


def test_a_body_under_way_is_not_disturbed_by_its_film_being_replaced(start, big, tmp_path):
    server = start()
    second = Film(tmp_path / "other", "big", tracks=("v2",)).write()
    with server.client(receive_buffer=8192) as client:
        client.ask(big.path("v1", 1))
        client.head()
        exchange(big.directory, second.directory)
        shutil.rmtree(second.directory)
        until(lambda: b"v2/" in server.get("/vod/big/index.m3u8").body, "the new film is served")
        assert client.take(PLENTY) == big.segment("v1", 1)


def test_a_film_replaced_by_a_broken_one_plays_on_for_those_who_watch_it(start, film, tmp_path):
    server = start()
    assert server.get(film.path("v1", 1)).status == 200
    second = Film(tmp_path / "other", "film", tracks=("v2",)).write()
    (second.directory / "asset.json").write_text("{")
    exchange(film.directory, second.directory)
    until(lambda: server.get("/vod/film/index.m3u8").status == 500, "the broken one is met")
    assert server.get(film.path("v1", 3)).body == film.segment("v1", 3)


def test_a_film_that_changes_without_end_is_always_one_revision(start, film, tmp_path):
    server = start()
    second = Film(tmp_path / "other", "film", tracks=("v2",), sizes=(4000, 200)).write()
    for _ in range(40):
        exchange(film.directory, second.directory)
        playlist = server.get("/vod/film/index.m3u8")
        assert playlist.status == 200 and (b"v1/" in playlist.body) != (b"v2/" in playlist.body)
    assert "error" not in server.log()


def broken(change):
    def apply(description):
        change(description)
        return json.dumps(description)
    return apply


def track(**values):
    return broken(lambda description: description["tracks"][0].update(values))


ROWS = [[4000, 5000, 700]]
BROKEN = {
    "no JSON": lambda _: "nonsense", "empty": lambda _: "", "a list": lambda _: "[]", "half of it": lambda d: json.dumps(d)[:300],
    "deep": lambda _: "[" * 100000, "bytes that are no UTF-8": lambda _: b'{"id":"\xff"}',
    "another version": broken(lambda d: d.update(version=2)), "another film's id": broken(lambda d: d.update(id="other")),
    "no tracks": broken(lambda d: d.update(tracks=[])), "no track list": broken(lambda d: d.pop("tracks")),
    "tracks that are no objects": broken(lambda d: d.update(tracks=[1])),
    "one track twice": broken(lambda d: d.update(tracks=d["tracks"][:1] * 2)),
    "a poster that is not there": broken(lambda d: d.update(has_poster=True)),
    "a file that is not there": track(file="none.mp4"), "a file above": track(file="../film/a1.mp4"),
    "a file elsewhere": track(file="/etc/passwd"), "a directory for a file": track(file="."),
    "no segments": track(segments=[]), "a segment beyond the file": track(segments=[[4000, 1 << 40, 700]]),
    "a segment beyond counting": track(segments=[[4000, (1 << 53) - 700, 700], [1, 1 << 53, 1 << 53]]),
    "a segment that overlaps": track(segments=[[4000, 100, 0]]), "a segment of no bytes": track(segments=[[4000, 0, 700]]),
    "a segment of no time": track(segments=[[0, 10, 700]]), "a negative size": track(segments=[[4000, -1, 700]]),
    "a size that is a fraction": track(segments=[[4000, 1.5, 700]]), "a row that is too short": track(segments=[[1, 2]]),
    "a timescale of 0": track(timescale=0), "no picture size": track(width=0), "a frame rate of 1/0": track(frame_rate=[1, 0]),
    "a track id with a slash": track(id="a/b"), "a name with a line break": track(name="a\nb\n#EXT-X-BYE"),
    "a codec with a quote": track(codecs='avc1",X="'), "a language with a quote": track(language='"'),
    "a name that ends early": track(name="a\0b"), "no codec": track(codecs=""),
    "a start beyond counting": track(start=1 << 53), "a key frame outside": track(segments=[[4000, 5000, 700, [[4999, 2, 0, 1]]]]),
    "a key frame of no duration": track(segments=[[4000, 5000, 700, [[0, 2, 0, 0]]]]),
    "a link": "link", "a directory": "directory", "a pipe": "pipe",
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_broken_asset_is_404_or_500_said_once_and_harms_no_other(start, film, tmp_path, change):
    bad = Film(tmp_path / "library", "bad").write()
    path = bad.directory / "asset.json"
    if isinstance(change, str):
        path.unlink()
        {"link": lambda: path.symlink_to(film.directory / "asset.json"), "directory": path.mkdir,
         "pipe": lambda: os.mkfifo(path)}[change]()
    else:
        content = change(bad.description)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    server = start()
    for _ in range(2):
        for url in ("/vod/bad/index.m3u8", "/vod/bad/index.mpd", "/vod/bad/v1/1.m4s", "/vod/bad/v1/index.m3u8"):
            assert server.get(url).status in (404, 500)
    until(lambda: server.admin("/readyz").status == 200, "the library is scanned")
    # What only opening finds is listed, but never under another's name.
    assert set(assets(server)) in ({"film"}, {"film", "bad"})
    assert server.get(film.path("v1", 1)).body == film.segment("v1", 1)
    assert server.log().count("bad/asset.json") <= 2  # the scan and the first request


def open_idle(server, port, count, context=None):
    """Idle connections: each has been served once. Their count and the memory that each takes."""
    path = "/vod/film/v1/2.m4s"
    clients = []

    def more(number):
        for _ in range(number):
            client = Client(port, context=context)
            assert client.get(path).status == 200
            clients.append(client)

    more(100)  # what the first ones bring into being stays for all
    before = server.resident()
    more(count)
    after = server.resident()
    assert all(client.get(path).status == 200 for client in clients[::97])
    for client in clients:
        client.close()
    return (after - before) / count


@pytest.mark.skipif(SANITIZED, reason="sanitizers have memory of their own")
def test_an_idle_connection_takes_at_most_4_kib_plain(start, film, tmp_path, capsys):
    make_certificate(tmp_path, "here")
    server = start("[limits]\nconnections_per_address = 10000\n" + TLS + certificate_toml("here"))
    plain = open_idle(server, server.ports[0], 5000)
    tls = open_idle(server, server.ports[1], 1000, tls_context())
    with capsys.disabled():
        print(f"\nmemory of an idle connection: plain {plain:.0f} bytes, TLS {tls:.0f} bytes")
    assert plain <= 4096
    assert tls <= 32 << 10
    assert server.get(film.path("v1", 1)).body == film.segment("v1", 1)
