"""What a hit costs: processor time per request and per GB of an Outpost edge, nginx proxy_cache and Varnish, in one run.

Each server is pinned to core 0 and the load to core 1; all three stand before the same nginx origin, with their access
logs on as they come. The servers take turns, so that what else the machine does falls on all of them; what is printed is
the median over the rounds of processor seconds from /proc (children included) and the ratio round by round. `./dev bench`
installs what it takes.
"""
import argparse
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = os.environ.get("OUTPOST_BIN", str(ROOT / "build/release/outpost"))
SIZES = {"1.5 KB": 1536, "64 KB": 64 << 10, "3 MB": 3 << 20, "12 MB": 12 << 20}
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


def start_all(folder):
    files = folder / "files"
    files.mkdir()
    for name, size in SIZES.items():
        (files / name.replace(" ", "")).write_bytes(random.Random(name).randbytes(size))
    ports = {name: free_port() for name in ("origin", "outpost", "nginx", "varnish", "admin")}
    origin = nginx(folder, "origin", ports["origin"],
                   f"server {{ listen 127.0.0.1:{ports['origin']}; root {files}; add_header Cache-Control max-age=3600; }}")
    toml = folder / "edge.toml"
    (folder / "cache").mkdir()
    toml.write_text(f"""
[server]
threads = 1
[[listen]]
address = "127.0.0.1:{ports['outpost']}"
[admin]
address = "127.0.0.1:{ports['admin']}"
[edge]
[[pool]]
name = "main"
[[origin]]
pool = "main"
url = "http://127.0.0.1:{ports['origin']}"
[[disk]]
directory = "{folder}/cache"
size = "1GiB"
[access_log]
path = "{folder}/outpost.access"
""")
    servers = [Server("outpost", folder, [BIN, "serve", "--config", str(toml)], ports["outpost"])]
    servers.append(nginx(folder, "nginx", ports["nginx"], f"""
  proxy_cache_path {folder}/nginx-cache levels=1:2 keys_zone=c:16m max_size=1g use_temp_path=off;
  upstream o {{ server 127.0.0.1:{ports['origin']}; keepalive 16; }}
  server {{ listen 127.0.0.1:{ports['nginx']};
    location / {{ proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_cache c;
                  proxy_cache_lock on; }} }}"""))
    if shutil.which("varnishd"):
        vcl = folder / "default.vcl"
        vcl.write_text(f'vcl 4.1; backend o {{ .host = "127.0.0.1"; .port = "{ports["origin"]}"; }}\n')
        servers.append(Server("varnish", folder, ["varnishd", "-F", "-f", str(vcl), "-a", f"127.0.0.1:{ports['varnish']}",
                                                  "-s", "malloc,1g", "-n", str(folder / "varnish"), "-p", "thread_pools=1",
                                                  "-T", "none"], ports["varnish"]))
    return origin, servers


def load(server, path, connections, seconds):
    """One round: requests answered and processor seconds that they took."""
    url = f"http://127.0.0.1:{server.port}/{path}"
    before = cpu_seconds(server.process.pid)
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", url],
                         capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(server.process.pid) - before
    count = int(re.search(r"(\d+) requests in", out).group(1))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    assert not errors, f"{server.name}: {errors.group(0)}"
    return count, used


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outpost-edge-cost-"))
    folder.chmod(0o755)  # varnish gives up root
    origin, servers = start_all(folder)
    try:
        print(f"{args.rounds} rounds of {args.seconds} s, {args.connections} connections; kernel {os.uname().release}")
        print(f"{'object':8} {'server':9} {'CPU us/request':>15} {'CPU s/GB':>9} {'min..max us':>20}  Outpost/it, median (min..max)")
        for name, size in SIZES.items():
            path, cost = name.replace(" ", ""), {server.name: [] for server in servers}
            for server in servers:
                load(server, path, 1, 1)  # fills the cache
            for _ in range(args.rounds):
                for server in servers:
                    count, used = load(server, path, args.connections, args.seconds)
                    cost[server.name].append(used / count * 1e6)
            for server in servers:
                mine = cost[server.name]
                median = statistics.median(mine)
                ratios = [a / b for a, b in zip(cost["outpost"], mine)]
                print(f"{name:8} {server.name:9} {median:15.1f} {median / 1e6 / size * 1e9:9.3f} "
                      f"{min(mine):9.1f}..{max(mine):9.1f}  {statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})")
                sys.stdout.flush()
    finally:
        for server in [*servers, origin]:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
