"""What a token costs a hit: processor time per request of an edge without [auth], and of the same edge with it, asked with one
token, with a thousand, in the path and in the query; and the hit ratio that a thousand tokens leave.

The servers take turns, pinned to one core, the load to the other. `./dev bench tokens` builds what it takes.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/scenario"))
from tokens import Key  # noqa: E402

BIN = os.environ.get("OUTPOST_BIN", str(ROOT / "build/release/outpost"))
TOKENS = 1000
SIZES = {"1.5 KB": 1536, "64 KB": 64 << 10}
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def family(pid):
    """The process and all that descend from it."""
    found, queue = [], [pid]
    while queue:
        each = queue.pop()
        found.append(each)
        with contextlib.suppress(FileNotFoundError):
            for task in pathlib.Path(f"/proc/{each}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pid):
    total = 0
    for each in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(") ", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


class Server:
    def __init__(self, name, folder, command, port):
        self.name, self.port = name, port
        self.log = open(folder / f"{name}.log", "wb")
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert self.process.poll() is None and time.monotonic() < end, f"{name} did not start: {folder}/{name}.log"
            time.sleep(0.05)

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


NGINX = """
worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.error;
events {{ worker_connections 4096; }}
http {{
  sendfile on; tcp_nopush on; keepalive_requests 1000000; access_log {folder}/{name}.access;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-temp; fastcgi_temp_path {folder}/{name}-f;
  uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;
  {extra}
}}
"""


def nginx(folder, name, port, extra):
    path = folder / f"{name}.conf"
    path.write_text(NGINX.format(folder=folder, name=name, extra=extra))
    return Server(name, folder, ["nginx", "-c", str(path), "-e", str(folder / f"{name}.start")], port)


def edge(folder, name, origin_port, more):
    port, admin = free_port(), free_port()
    (folder / f"{name}-cache").mkdir()
    toml = folder / f"{name}.toml"
    toml.write_text(f"""
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
url = "http://127.0.0.1:{origin_port}"
[[disk]]
directory = "{folder}/{name}-cache"
size = "1GiB"
[access_log]
path = "{folder}/{name}.access"
{more}
""")
    server = Server(name, folder, [BIN, "serve", "--config", str(toml)], port)
    server.admin = admin
    return server


def script(folder, name, paths):
    """A wrk script that asks for these paths in turn."""
    file = folder / f"{name}.lua"
    file.write_text("local paths = {" + ",".join(f'"{p}"' for p in paths) + "}\nlocal i = 0\n"
                    'request = function() i = i % #paths + 1; return wrk.format("GET", paths[i]) end\n')
    return file


def load(server, lua, connections, seconds):
    before = cpu_seconds(server.process.pid)
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(lua),
                          f"http://127.0.0.1:{server.port}/"], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(server.process.pid) - before
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    return used / int(re.search(r"(\d+) requests in", out).group(1)) * 1e6


def hit_ratio(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/api/v1/status") as reply:
        counts = json.load(reply)["requests"]
    return counts["hits"] / counts["total"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-token-hits-"))
    folder.chmod(0o755)  # the origin gives up root
    (folder / "files").mkdir()
    for name, size in SIZES.items():
        (folder / "files" / name.replace(" ", "")).write_bytes(bytes(size))
    port = free_port()
    origin = nginx(folder, "origin", port,
                   f"server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Cache-Control max-age=3600; }}")
    key = Key(folder / "keys", "bench")
    tokens = [key.jwt(uri="http://127\\.0\\.0\\.1:.*", sub=f"box-{number}", expires=7200) for number in range(TOKENS)]
    plain = edge(folder, "plain", port, "")
    locked = edge(folder, "locked", port, f'[auth]\nkeys = "{key.folder}"\n[[access]]\nprefix = "/"\n')
    servers = [plain, locked]
    try:
        for size in ("1.5 KB", "64 KB"):
            name = size.replace(" ", "")
            ways = {
                "no token": (plain, [f"/{name}"]),
                "one token, path": (locked, [f"/URISigningPackage={tokens[0]}/{name}"]),
                "one token, query": (locked, [f"/{name}?URISigningPackage={tokens[0]}"]),
                "1000 tokens, path": (locked, [f"/URISigningPackage={t}/{name}" for t in tokens]),
            }
            scripts = {way: script(folder, f"{name}-{i}", paths) for i, (way, (_, paths)) in enumerate(ways.items())}
            cost = {way: [] for way in ways}
            for way, (server, _) in ways.items():
                load(server, scripts[way], 1, 1)
            for _ in range(args.rounds):
                for way, (server, _) in ways.items():
                    cost[way].append(load(server, scripts[way], args.connections, args.seconds))
            for way, mine in cost.items():
                ratios = [a / b for a, b in zip(mine, cost["no token"])]
                print(f"{size:7} {way:18} {statistics.median(mine):7.2f} us/request   {statistics.median(ratios):.3f} of no token"
                      f" ({min(ratios):.3f}..{max(ratios):.3f})")
                sys.stdout.flush()
        print(f"hit ratio: without tokens {hit_ratio(plain):.5f}, with {TOKENS} tokens {hit_ratio(locked):.5f}")
    finally:
        for server in [*servers, origin]:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
