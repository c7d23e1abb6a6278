"""How bytes leave: sendfile, and never waiting for a disk in the loop."""
import os
import re
import shutil

import pytest

from harness import SANITIZED, Film, Gone, until

SIZE = 4 << 20


@pytest.fixture
def big(tmp_path):
    return Film(tmp_path / "library", "big", tracks=("v1",), sizes=[SIZE]).write()


@pytest.fixture
def trace(tmp_path):
    """trace(options…): a prefix that runs the server under strace; skips where that is not possible."""
    if not shutil.which("strace") or SANITIZED:
        pytest.skip("needs strace and a server without sanitizers")
    return lambda *options: ["strace", "-f", "-qq", "-o", tmp_path / "trace", "-e", "signal=none", *options]


def make_cold(path):
    """Out of the page cache."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def slow_disk(milliseconds):
    """Each read of a file takes this long; sendfile of what is in memory does not."""
    return ["-e", "trace=pread64", "-e", f"inject=pread64:delay_enter={milliseconds * 1000}"]


def test_a_plain_segment_leaves_by_sendfile_and_is_never_read(start, big, trace, tmp_path):
    server = start(under=trace("-e", "trace=read,pread64,readv,preadv,preadv2,mmap,sendfile,sendmsg,write"))
    assert server.get(big.path("v1", 1)).body == big.segment("v1", 1)
    server.stop()
    calls = (tmp_path / "trace").read_text()
    sent = sum(int(n) for n in re.findall(r"sendfile\(.*\) += (\d+)", calls))
    resumed = sum(int(n) for n in re.findall(r"sendfile resumed>.* = (\d+)", calls))
    assert sent + resumed == SIZE
    read = [int(n) for n in re.findall(r"\b(?:read|pread64|readv|preadv2?)\(.*\) += (\d+)", calls)]
    assert sum(read) < 256 << 10  # the configuration, asset.json, libraries


def test_a_cold_file_is_read_by_the_pool_and_hot_requests_pass_it(start, film, big, trace):
    server = start(under=trace(*slow_disk(1500)))
    hot = film.path("v1", 1)
    assert server.get(hot).status == 200
    assert server.get(big.path("v1", 1), "Range: bytes=0-0").status == 206  # opens it
    make_cold(big.directory / "v1.mp4")
    before = server.metrics()["outpost_cold_reads_total"]
    with server.client() as cold:
        cold.ask(big.path("v1", 1))
        until(lambda: server.metrics()["outpost_cold_reads_total"] > before, "the pool takes the cold read")
        for _ in range(20):
            assert server.get(hot).body == film.segment("v1", 1)
        cold.socket.setblocking(False)
        with pytest.raises(BlockingIOError):  # the head is held back for the body, and that waits for the disk
            while cold.socket.recv(1 << 20):
                pass


def test_a_server_that_is_stopped_while_the_disk_is_awaited_ends_cleanly(start, big, tmp_path):
    """Most of the reads that wait are still in the pool's queue when the workers are gone."""
    config = ('[limits]\nconnections_per_address = 500\n[delivery]\ncold_read_threads = 1\nturn = "64KiB"\n')
    server = start(config)
    for i in range(20):
        Film(tmp_path / "library", f"cold{i}", tracks=("v1",), sizes=[SIZE]).write()
    until(lambda: server.metrics()["outpost_library_assets"] == 21, "the films are seen")
    for i in range(20):
        make_cold(tmp_path / "library" / f"cold{i}" / "v1.mp4")
    clients = [server.client() for _ in range(60)]
    for i, client in enumerate(clients):
        client.ask(f"/vod/cold{i % 20}/v1/1.m4s")
    server.stop()
    for client in clients:
        with pytest.raises(Gone):
            while True:
                client.receive()
                client.buffer = b""
        client.close()
