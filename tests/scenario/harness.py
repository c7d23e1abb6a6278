"""A real server, a scripted raw-socket client and a library of known bytes.

Every wait has a deadline and a condition; nothing sleeps for a fixed time. Deadlines are generous because
sanitizer builds are slow and machines are busy: a passing test never waits for one.
"""
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = os.environ.get("OUTPOST_BIN", str(ROOT / "build/release/outpost"))
SANITIZED = "asan" in BIN or "tsan" in BIN
# Seconds that a condition may take to come true.
PATIENCE = float(os.environ.get("OUTPOST_PATIENCE", 120 if SANITIZED else 30))

FAULTS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "terminate called")


def until(condition, what, patience=PATIENCE):
    """Waits for condition() to be true and returns what it returned."""
    end = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"waited {patience} s in vain: {what}"
        time.sleep(0.01)


# ---- the library


def pattern(name, size):
    """Bytes that depend on the name alone, so that a test knows what it must get."""
    return random.Random(name).randbytes(size)


class Film:
    """An asset of arbitrary bytes: what a track's file holds, the server does not look at."""

    def __init__(self, library, name, tracks=("v1", "a1"), sizes=(5000, 300, 70000), **facts):
        self.name, self.sizes, self.init_size = name, list(sizes), 700
        self.directory = library / name
        self.bytes = {track: pattern(f"{name}/{track}", 700 + sum(sizes)) for track in tracks}
        self.description = {
            "version": 1, "id": name, "title": f"The film {name}", "added": 1_700_000_000_000,
            "has_poster": False, "tracks": [self.track(track) for track in tracks], **facts}

    def track(self, track):
        offset, rows = self.init_size, []
        for size in self.sizes:
            rows.append([4000, size, offset])
            offset += size
        row = {"id": track, "kind": "audio", "codecs": "mp4a.40.2", "language": "en", "name": "English",
               "default": True, "timescale": 1000, "start": 0, "channels": 2, "sample_rate": 48000,
               "file": f"{track}.mp4", "init_size": self.init_size, "segments": rows}
        if track.startswith("v"):
            row.update(kind="video", codecs="avc1.640033", width=1920, height=1080, frame_rate=[50, 1],
                       video_range="SDR")
            del row["channels"], row["sample_rate"]
        return row

    def write(self, directory=None):
        """As an import does: whole, then there by one rename."""
        directory = directory or self.directory
        fresh = directory.parent / f".fresh-{directory.name}"
        fresh.mkdir(parents=True)
        for track, content in self.bytes.items():
            (fresh / f"{track}.mp4").write_bytes(content)
        (fresh / "asset.json").write_text(json.dumps(self.description))
        fresh.rename(directory)
        return self

    def init(self, track):
        return self.bytes[track][:self.init_size]

    def segment(self, track, number):
        begin = self.init_size + sum(self.sizes[:number - 1])
        return self.bytes[track][begin:begin + self.sizes[number - 1]]

    def path(self, track, number):
        return f"/vod/{self.name}/{track}/{number}.m4s"


# ---- the client


class Reply:
    def __init__(self, head, body=b""):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, self.reason = lines[0].split(" ", 2)
        self.status = int(status)
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.body, self.trailers = body, []

    def __getitem__(self, name):
        return ", ".join(value for key, value in self.fields if key.lower() == name.lower()) or None

    def __repr__(self):
        return f"<{self.status} {self.fields} {len(self.body)} bytes>"

    @property
    def cache_status(self):
        """The last member of Cache-Status, which is of the server that was asked: {"cache": "outpost", "hit": True,
        "ttl": 57}. Empty when there is none."""
        members = parse_members(self["Cache-Status"] or "")
        return members[-1] if members else {}


TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",;=\s]+)|([,;=])')


def parse_members(text):
    """A structured list of items with parameters (RFC 8941), as far as Cache-Status needs it."""
    members, key = [], None
    mark = ","
    for quoted, bare, sign in TOKEN.findall(text):
        if sign:
            mark = sign
        elif mark == ",":
            members.append({"cache": bare or quoted})
        elif mark == ";":
            key = bare
            members[-1][key] = True
        else:
            members[-1][key] = int(bare) if re.fullmatch(r"-?\d+", bare) else bare or quoted
    return members


class Gone(Exception):
    """The server ended the connection."""


class Client:
    """Speaks bytes, not HTTP: what is sent is up to the test."""

    def __init__(self, port, host="127.0.0.1", context=None, name=None, session=None, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=name, session=session)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Leaves without a goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def send_split(self, data):
        """Every byte in a packet of its own, as far as the kernel lets us."""
        for byte in data.encode("latin-1") if isinstance(data, str) else data:
            try:
                self.socket.send(bytes((byte,)))
            except OSError:
                return  # refused already; the reply is what counts

    def receive(self, most=1 << 20):
        try:
            data = self.socket.recv(most)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            data = b""
        if not data:
            raise Gone
        self.buffer += data

    def take(self, count):
        parts, have = [self.buffer], len(self.buffer)
        while have < count:
            self.buffer = b""
            self.receive()
            parts.append(self.buffer)
            have += len(self.buffer)
        self.buffer = b"".join(parts)
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return Reply(head)

    def reply(self, to="GET"):
        """The next reply, whole; Gone if the connection ends before it does."""
        reply = self.head()
        if to == "HEAD" or reply.status in (100, 204, 304):
            return reply
        if reply["Transfer-Encoding"]:
            assert reply["Transfer-Encoding"] == "chunked" and not reply["Content-Length"], reply
            reply.body, reply.trailers = self.chunks()
        elif reply["Content-Length"] is not None:
            reply.body = self.take(int(reply["Content-Length"]))
        else:
            reply.body = self.rest()
        return reply

    def line(self):
        while b"\r\n" not in self.buffer:
            self.receive()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def chunks(self):
        """A chunked body and its trailers; Gone if it has no end."""
        parts, trailers = [], []
        while size := int(self.line(), 16):
            parts.append(self.take(size))
            assert self.take(2) == b"\r\n"
        while line := self.line():
            trailers.append(tuple(line.decode("latin-1").split(": ", 1)))
        return b"".join(parts), trailers

    def rest(self):
        """A body that the connection's end ends. Whether that was its end, nobody can tell."""
        parts = []
        with contextlib.suppress(Gone):
            while True:
                parts.append(self.buffer)
                self.buffer = b""
                self.receive()
        return b"".join(parts)

    def ask(self, path, *fields, method="GET", version="1.1"):
        self.send("\r\n".join([f"{method} {path} HTTP/{version}", "Host: films.example", *fields, "", ""]))

    def get(self, path, *fields, method="GET"):
        self.ask(path, *fields, method=method)
        return self.reply(method)

    def is_over(self):
        """True when the server ends the connection, and sends nothing before it does."""
        try:
            self.receive()
        except Gone:
            return not self.buffer
        return False

    def replies(self):
        """All replies until the server ends the connection."""
        found = []
        with contextlib.suppress(Gone):
            while True:
                found.append(self.reply())
        assert not self.buffer, f"bytes that are no reply: {self.buffer[:200]!r}"
        return found


# ---- the server

DEFAULTS = """
[server]
threads = 1
[[listen]]
address = "127.0.0.1:0"
[admin]
address = "127.0.0.1:0"
[library]
directory = "{library}"
"""


class Server:
    """`extra` is more TOML; in `config` (or DEFAULTS) and in it, {library} and {folder} are filled in."""

    def __init__(self, folder, extra="", config=DEFAULTS, under=(), hard_files=None):
        self.folder, self.library = pathlib.Path(folder), pathlib.Path(folder) / "library"
        self.library.mkdir(parents=True, exist_ok=True)
        path = self.folder / "outpost.toml"
        text = config + extra
        path.write_text(text.replace("{library}", str(self.library)).replace("{folder}", str(self.folder)))
        self.errors, self.access = self.folder / "stderr", self.folder / "stdout"
        limit = None
        if hard_files:
            import resource
            limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (hard_files, hard_files))
        with open(self.errors, "ab") as err, open(self.access, "ab") as out:
            self.from_line = err.tell()
            self.process = subprocess.Popen([*under, BIN, "serve", "--config", path], stdout=out, stderr=err,
                                            stdin=subprocess.DEVNULL, preexec_fn=limit)
        self.addresses, self.killed = [], False
        wanted = text.count("[[listen]]") + 1
        try:
            until(lambda: self.find_addresses(wanted), "the server listens")
        except BaseException:
            self.kill()
            raise
        self.ports = [int(address.rsplit(":", 1)[1]) for address in self.addresses]
        self.port, self.admin_port = self.ports[0], self.ports[-1]

    @property
    def pid(self):
        """Of the server itself, also when another program (strace) runs it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        name = pathlib.Path(f"/proc/{self.process.pid}/comm").read_text().strip()
        return self.process.pid if name == "outpost" else int(children.split()[0])

    def log(self):
        with open(self.errors, "rb") as file:
            file.seek(self.from_line)
            return file.read().decode(errors="replace")

    def find_addresses(self, wanted):
        assert self.process.poll() is None, f"the server ended at once: {self.log()}"
        self.addresses = [line.split("listening on ", 1)[1] for line in self.log().splitlines()
                          if "listening on " in line]
        return len(self.addresses) == wanted

    def client(self, **how):
        return Client(self.port, **how)

    def get(self, path, *fields, port=None, method="GET"):
        with Client(port or self.port) as client:
            return client.get(path, *fields, method=method)

    def admin(self, path):
        return self.get(path, port=self.admin_port)

    def metrics(self):
        return parse_metrics(self.admin("/metrics").body.decode())

    def access_lines(self):
        return [json.loads(line) for line in self.access.read_text().splitlines()]

    def resident(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def signal(self, number):
        os.kill(self.pid, number)

    def ended(self):
        """Waits for the process and returns its status; sanitizers' reports are failures."""
        status = self.process.wait(PATIENCE)
        log = self.log()
        assert not any(fault in log for fault in FAULTS), log
        return status

    def stop(self):
        if self.killed:  # a test's will, and no clean end
            return
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            until(self.hurried, "the server ends")
        assert self.ended() == 0, self.log()

    def hurried(self):
        """A second signal does not wait for connections that a test left open."""
        if self.process.poll() is not None:
            return True
        if "stopping" in self.log():
            with contextlib.suppress(ProcessLookupError, IndexError, FileNotFoundError):
                self.signal(signal.SIGTERM)
        return False

    def kill(self):
        self.killed = self.killed or self.process.poll() is None
        self.process.kill()
        self.process.wait()


# ---- the edge

EDGE = """
[server]
threads = 1
[[listen]]
address = "127.0.0.1:0"
[admin]
address = "127.0.0.1:0"
"""
# Short, so that a test of a timeout takes no longer than it must, and long enough for a busy machine.
POOL = {"name": "main", "connect_timeout": "2s", "first_byte_timeout": "2s", "idle_timeout": "2s",
        "whole_timeout": "30s", "eject_time": "500ms", "slow_start": "0s"}


def toml_section(header, options):
    lines = [header]
    for name, value in options.items():
        # JSON's texts, numbers, lists and booleans are TOML's.
        lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def edge_toml(folder, origins, routes=(), disks=1, edge=None, pool=None, origin=None):
    """The file of an edge before `origins`: URLs, things with a .url, or options of an [[origin]]."""
    text = EDGE + toml_section("[edge]", edge or {}) + toml_section("[[pool]]", {**POOL, **(pool or {})})
    for each in origins if isinstance(origins, (list, tuple)) else [origins]:
        facts = each if isinstance(each, dict) else {"url": getattr(each, "url", each)}
        text += toml_section("[[origin]]", {**(origin or {}), **facts})
    text += "".join(toml_section("[[route]]", route) for route in routes)
    for number in range(disks):
        directory = pathlib.Path(folder) / f"disk{number}"
        directory.mkdir(parents=True, exist_ok=True)
        text += toml_section("[[disk]]", {"directory": str(directory), "size": "256MiB"})
    return text


def parse_metrics(text):
    """The Prometheus text format (0.0.4), strictly: {'name{labels}': value}."""
    values, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            assert len(line.split(" ", 3)) == 4, line
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram") and name not in types, line
            types[name] = kind
        else:
            series, value = line.rsplit(" ", 1)
            name = series.split("{")[0]
            family = name if name in types else name.rsplit("_", 1)[0]
            assert family in types and series not in values, line
            assert "{" not in series or series.endswith("}"), line
            values[series] = float(value)
    return values


# ---- certificates


def make_certificate(folder, name, *names):
    """A self-signed certificate for the names; paths of chain and key."""
    chain, key = pathlib.Path(folder) / f"{name}.pem", pathlib.Path(folder) / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", key, "-out", chain,
                    "-addext", "subjectAltName=" + ",".join(f"DNS:{each}" for each in names or (name,))],
                   check=True, stderr=subprocess.DEVNULL)
    return chain, key


def certificate_toml(name):
    return f'[[certificate]]\nchain = "{name}.pem"\nkey = "{name}.key"\n'


def tls_context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    return context
