"""What a reply costs in instructions of our own, counted by callgrind: repeatable to a fraction of a percent whatever else the
machine does, so that CI can tell a regression of a few percent. The kernel's share is not in it (`./dev bench` measures that).

`./dev bench --quick` compares with bench/baseline.json and fails beyond its tolerance; `--update` writes that file anew.
`--profile NAME` keeps the profile of one kind of work, for callgrind_annotate.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = os.environ.get("OUTPOST_BIN", str(ROOT / "build/release/outpost"))
BASELINE = ROOT / "bench/baseline.json"
TOLERANCE = 0.05
SERIES = 3  # of which the least counts: a client that is late makes a large body wait, and each wait costs
# name: (size of the object, requests that are counted)
WORK = {"playlist, 1.5 KB": (1536, 2000), "segment, 64 KB": (64 << 10, 2000), "segment, 3 MB": (3 << 20, 100)}
HEAD = "GET /{path} HTTP/1.1\r\nHost: edge.example\r\nUser-Agent: ExoPlayerDemo/2.19 (Linux; Android 12)\r\nAccept-Encoding: identity\r\n\r\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Origin:
    """nginx would do as well; this one needs no package, since each object is asked for once."""

    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen([sys.executable, "-m", "http.server", str(self.port), "--bind", "127.0.0.1", "-d", str(folder)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def configuration(folder, port, admin, origin):
    (folder / "cache").mkdir()
    path = folder / "edge.toml"
    path.write_text(f"""
[server]
threads = 1
[[listen]]
address = "127.0.0.1:{port}"
[admin]
address = "127.0.0.1:{admin}"
[edge]
[[pool]]
name = "main"
[[origin]]
pool = "main"
url = "http://127.0.0.1:{origin}"
[[route]]
prefix = "/"
pool = "main"
ttl = "1h"
[[disk]]
directory = "{folder}/cache"
size = "1GiB"
[access_log]
path = "{folder}/access.log"
""")
    return path


def wait_for(port, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"it ended with {process.returncode} before it listened")
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), 5)
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port} after a minute")


def ask(connection, path, times):
    """Requests one after the other on one connection, each answer read to its end."""
    request = HEAD.format(path=path).encode()
    for _ in range(times):
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(65536)
            if not part:
                sys.exit(f"/{path}: the connection ended inside a head")
            answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"/{path}: {head.splitlines()[0].decode()}")
        left = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head).group(1)) - len(body)
        while left:
            part = connection.recv(min(left, 1 << 20))
            if not part:
                sys.exit(f"/{path}: the connection ended {left} bytes early")
            left -= len(part)


def control(pid, *words):
    subprocess.run(["callgrind_control", *words, str(pid)], check=True, capture_output=True)


def count(process, connection, folder, path, times):
    """Instructions per request. A dump is written when the program next runs, so one more request is sent for it."""
    ask(connection, path, 50)  # fills, and what is made at the first request only
    control(process.pid, "-z")
    ask(connection, path, times)
    before = set(folder.glob("callgrind.out.*"))
    control(process.pid, "-d")
    end = time.monotonic() + 30
    while not (made := [f for f in set(folder.glob("callgrind.out.*")) - before if "totals:" in f.read_text()]):
        if time.monotonic() > end:
            sys.exit("callgrind wrote no dump within 30 s")
        time.sleep(0.1)
    total = sum(int(re.search(r"^totals: (\d+)", f.read_text(), re.M).group(1)) for f in made)
    return total / times, made[0]


def measure(names, keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-instructions-"))
    files = folder / "files"
    files.mkdir()
    for name in names:
        (files / str(WORK[name][0])).write_bytes(bytes(WORK[name][0]))
    origin, port, admin = Origin(files), free_port(), free_port()
    config = configuration(folder, port, admin, origin.port)
    process = None
    try:
        wait_for(origin.port, origin.process).close()
        process = subprocess.Popen(["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out.%p", BIN, "serve",
                                    "--config", str(config)], stdout=subprocess.DEVNULL, stderr=open(folder / "stderr", "wb"))
        connection = wait_for(port, process)
        counts = {}
        for name in names:
            size, times = WORK[name]
            counts[name], profile = min(count(process, connection, folder, size, times) for _ in range(SERIES))
            if keep == name:
                shutil.copy(profile, "callgrind.out")
        return counts
    finally:
        for each in (process, origin.process):
            if each is not None:
                each.terminate()
                each.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="writes bench/baseline.json")
    parser.add_argument("--profile", metavar="NAME", choices=WORK, help="only this work; its profile is left in callgrind.out")
    args = parser.parse_args()
    counts = measure([args.profile] if args.profile else list(WORK), args.profile)
    if args.update:
        BASELINE.write_text(json.dumps({name: round(value) for name, value in counts.items()}, indent=2) + "\n")
    wanted = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    worse = 0
    for name, value in counts.items():
        known = wanted.get(name)
        change = f"{value / known - 1:+7.1%} of {known}" if known else "no baseline"
        print(f"{name:18} {value:10.0f} instructions a reply   {change}")
        worse += bool(known and value > known * (1 + TOLERANCE))
    if worse:
        print(f"{worse} of {len(counts)} cost over {TOLERANCE:.0%} more than bench/baseline.json says: find out why, or say why with --update")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
