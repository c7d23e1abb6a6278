"""What tests of an edge's fills and disks share: sizes, origins that break off, a small file system, clients at once."""
import concurrent.futures
import contextlib
import os
import pathlib
import subprocess

import pytest

from harness import toml_section
from origin import Page

KIB, MIB = 1 << 10, 1 << 20
SMALL, BLOCK = 64 * KIB, 256 * KIB  # cdn/store/blocks.hpp
FRESH = {"cache_control": "max-age=600"}


def together(calls):
    """Calls all of them at once; their results in order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(lambda call: call(), calls))


def is_hit(reply):
    return reply.cache_status.get("hit") is True


def range_of(body, begin, end):
    return f"bytes {begin}-{end - 1}/{len(body)}"


# ---- origins


class Framed:
    """A body framed by its "length", by "chunks" or by the connection's "close", so that the latter two tell no
    length. `fields` as Page's, without the tag that a Page makes."""

    def __init__(self, body, framing, **fields):
        self.body, self.framing = body, framing
        self.fields = {name.replace("_", "-"): value for name, value in {**FRESH, **fields}.items()}

    def __call__(self, request, connection):
        self.begin(connection)
        self.part(connection, self.body)
        self.end(connection)

    def begin(self, connection):
        more = {"length": {"Content-Length": len(self.body)}, "chunks": {"Transfer-Encoding": "chunked"},
                "close": {"Connection": "close"}}[self.framing]
        connection.head(200, {**self.fields, **more})

    def part(self, connection, part):
        if self.framing == "chunks" and part:
            connection.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        else:
            connection.send(part)

    def end(self, connection):
        if self.framing == "chunks":
            connection.send(b"0\r\n\r\n")
        elif self.framing == "close":
            connection.close()


class HalfThenRest(Framed):
    """Waits after half of its body until the test releases the origin."""

    def __call__(self, request, connection):
        middle = len(self.body) // 2
        self.begin(connection)
        self.part(connection, self.body[:middle])
        connection.hold()
        self.part(connection, self.body[middle:])
        self.end(connection)


class Breaking(Page):
    """A good origin but for the first `times` answers that come as far as the byte at `at`: there they end, by a
    reset or by the orderly end of their connection."""

    def __init__(self, body, at, times=1, reset=False, **fields):
        super().__init__(body, **{**FRESH, **fields})
        self.at, self.times, self.reset = at, times, reset

    def send_part(self, request, connection, fields):
        wanted = self.wanted(request)
        begin, end = wanted or (0, len(self.body))
        if self.times == 0 or not begin <= self.at < end:
            super().send_part(request, connection, fields)
            return
        self.times -= 1
        if wanted:
            fields["content-range"] = range_of(self.body, begin, end)
        connection.head(206 if wanted else 200, {**fields, "content-length": end - begin})
        connection.send(self.body[begin:self.at])
        connection.reset() if self.reset else connection.close()


# ---- clients


def read_until_end(client):
    """What still comes, and how it ends: b"..." and "reset" or "closed"."""
    parts = [client.buffer]
    while True:
        try:
            data = client.socket.recv(1 << 20)
        except ConnectionResetError:
            return b"".join(parts), "reset"
        if not data:
            return b"".join(parts), "closed"
        parts.append(data)


def is_cut(server, path, *fields, version="1.1"):
    """Asks, and says whether the reply ended so that its reader must notice; and the body's bytes that came."""
    with server.client() as client:
        client.ask(path, "Connection: close", *fields, version=version)
        head = client.head()
        rest, how = read_until_end(client)
    if head.status >= 500:
        return True, b""
    assert head.status in (200, 206), head
    if head["Content-Length"] is not None:
        return len(rest) < int(head["Content-Length"]), rest
    if head["Transfer-Encoding"]:
        return unchunked(rest)
    return how == "reset", rest


def unchunked(data):
    """Whether the last chunk is missing, and what the others hold."""
    parts = []
    while b"\r\n" in data:
        size, data = data.split(b"\r\n", 1)
        if int(size, 16) == 0:
            return data != b"\r\n", b"".join(parts)
        parts.append(data[:int(size, 16)])
        data = data[int(size, 16) + 2:]
    return True, b"".join(parts)


# ---- disks


def disk_toml(directory, size="64MiB"):
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    return toml_section("[[disk]]", {"directory": str(directory), "size": size})


def object_files(directory):
    """The files of objects on a disk of the edge."""
    return [path for path in pathlib.Path(directory).glob("files/*/*") if path.is_file()]


def only_file(directory):
    found = object_files(directory)
    assert len(found) == 1, found
    return found[0]


def forget_pages(path):
    """Has the kernel read the file from the disk anew."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def flip_bit(path, position):
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes((byte[0] ^ 1,)))
    forget_pages(path)


@contextlib.contextmanager
def small_file_system(directory, size):
    """A tmpfs of that size, for as long as the test runs."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    directory.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
