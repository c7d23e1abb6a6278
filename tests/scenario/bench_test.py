"""outpost-bench against scripted servers whose limits and lies are known."""
import ctypes
import http.server
import json
import os
import pathlib
import subprocess
import threading
import time

import pytest

from harness import BIN

BENCH = pathlib.Path(BIN).with_name("outpost-bench")
SEGMENT = 250_000  # one second of 2 Mb/s
SEGMENTS = 40


class Bucket:
    """So many bytes a second for all connections together."""

    def __init__(self, rate):
        self.rate, self.lock, self.free_at = rate, threading.Lock(), time.monotonic()

    def take(self, size):
        with self.lock:
            begin = max(self.free_at, time.monotonic())
            self.free_at = begin + size / self.rate
            wait = self.free_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)


class Film(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.server.answer(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        view = memoryview(body or b"")
        for begin in range(0, len(view), 16384):
            if self.server.bucket:
                self.server.bucket.take(len(view[begin:begin + 16384]))
            self.wfile.write(view[begin:begin + 16384])

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, BrokenPipeError):
            pass  # a box that has left


@pytest.fixture
def serve():
    servers = []

    def begin(answer, bucket=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Film)
        server.daemon_threads = True
        server.answer, server.bucket = answer, bucket
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def bench(*words, timeout=200):
    return subprocess.run([BENCH, *map(str, words)], capture_output=True, text=True, timeout=timeout)


def scenario(folder, text):
    path = folder / "case.toml"
    path.write_text(text)
    return path


def film(path):
    if path == "/film/index.m3u8":
        lines = "".join(f"#EXTINF:1,\n{n}.m4s\n" for n in range(SEGMENTS))
        return f"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n{lines}#EXT-X-ENDLIST\n".encode()
    return bytes(SEGMENT) if path.startswith("/film/") else None


def xxh3(data):
    """By the library that the program links too."""
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return f"{library.XXH3_64bits(data, len(data)):016x}"


REQUESTS = """
[scenario]
lasts = "{lasts}"
[objective]
first_byte_p99 = "{first_byte}"
[[crowd]]
name = "all"
activity = "request"
paths = ["/a"]
rate = {rate}
connections = 8
{more}
"""


def test_a_server_that_stands_still_for_two_seconds_shows_two_seconds(serve, tmp_path):
    began = time.monotonic()
    stall = threading.Lock()

    def answer(_):
        with stall:
            if 1.5 < time.monotonic() - began < 3.5:
                time.sleep(max(0, began + 3.5 - time.monotonic()))
        return b"x" * 100

    url = serve(answer)
    began = time.monotonic()
    ran = bench("run", scenario(tmp_path, REQUESTS.format(lasts="6s", first_byte="50ms", rate=100, more="")), "--target", url)
    assert ran.returncode == 1, ran.stdout + ran.stderr  # 50 ms was the objective
    line = next(line for line in ran.stdout.splitlines() if line.strip().startswith("first byte"))
    told = line.split("p99.9 ")[1].split(",")[0]  # "1.98 s"
    value, unit = told.split()
    seconds = float(value.replace(",", "")) * {"s": 1, "ms": 0.001, "µs": 1e-6}[unit]
    assert 1.7 <= seconds <= 2.3, line
    # Those that were due meanwhile waited too, however few were under way: not 8 of 600, but a third.
    assert line.split("p99 ")[1].split(",")[0].endswith(" s"), line


def test_the_limit_of_a_server_that_is_throttled_is_found(serve, tmp_path):
    """16 Mb/s are eight boxes of 2 Mb/s; half a segment's duration at the 99th percentile leaves a few less."""
    url = serve(film, Bucket(2_000_000))
    path = scenario(tmp_path, """
[scenario]
lasts = "8s"
[objective]
first_byte_p99 = "0s"
[[crowd]]
name = "boxes"
count = 1
arrival = "ramp"
over = "1s"
titles = ["/film/index.m3u8"]
profile = "hlsjs"
adaptation = "fixed"
""")
    ran = bench("find", path, "--target", url, "--first", 2, "--most", 32, "--precision", 0.2, "--repeats", 1, "--json", tmp_path / "found.json",
                timeout=300)
    found = json.loads((tmp_path / "found.json").read_text())["found"]
    assert 2 <= found["sustained"] <= 8, ran.stdout
    assert found["refused"] > found["sustained"], ran.stdout


@pytest.mark.parametrize("flipped", [False, True])
def test_one_flipped_byte_is_caught(serve, tmp_path, flipped):
    whole = os.urandom(100_000)
    sums = tmp_path / "checksums.txt"
    digest = xxh3(whole)
    sums.write_text(f"{digest}  /a\n")
    wrong = bytearray(whole)
    wrong[77_777] ^= 1 if flipped else 0
    url = serve(lambda path: sums.read_bytes() if path == "/checksums.txt" else bytes(wrong))
    ran = bench("run", scenario(tmp_path, REQUESTS.format(lasts="1s", first_byte="0s", rate=20, more="verify = true")), "--target", url)
    assert ran.returncode == (1 if flipped else 0), ran.stdout + ran.stderr
    assert ("mismatch" in ran.stdout) == flipped


def test_a_wrong_scenario_and_a_server_that_is_not_there_are_told(tmp_path):
    wrong = bench("run", scenario(tmp_path, '[scenario]\nlasst = "1s"\n'), "--target", "http://127.0.0.1:1")
    assert wrong.returncode == 1 or wrong.returncode == 2
    assert "case.toml:2:1:" in wrong.stderr and "lasts" in wrong.stderr
    gone = bench("run", scenario(tmp_path, REQUESTS.format(lasts="1s", first_byte="0s", rate=1, more="")), "--target", "http://127.0.0.1:1")
    assert gone.returncode == 1 and "127.0.0.1:1" in gone.stderr, gone.stderr
    assert bench("runn").returncode == 2
