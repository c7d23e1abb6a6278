"""What tests of an edge's fills and disks share: sizes, origins that break off, a small file system, clients at once."""
import concurrent.futures
import contextlib
import fcntl
import os
import pathlib
import shutil
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
def small_file_system(directory, free):
    """A tmpfs with so many bytes free, for as long as the test runs: a directory on it."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    directory.mkdir(parents=True)
    size = 80 * MIB  # an edge refuses a disk whose file system is smaller than it is told to use
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory], check=True)
    try:
        with open(directory / "ballast", "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, size - free)
        (directory / "cache").mkdir()
        yield directory / "cache"
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


class MortalDisk:
    """A file system of its own that die() takes away: from then on every read and write of it is an I/O error."""

    SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, b"\2\0\0\0"  # EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH

    def __init__(self, directory):
        self.directory, self.image = directory, directory.with_suffix(".image")

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
            pytest.skip("it takes root and mkfs.ext4")
        self.directory.mkdir(parents=True)
        with open(self.image, "wb") as file:
            file.truncate(300 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.directory], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.directory], check=True)

    def die(self):
        handle = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, self.SHUTDOWN, self.WITHOUT_FLUSH)
        finally:
            os.close(handle)
