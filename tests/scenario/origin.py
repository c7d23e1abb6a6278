"""A scripted origin: what it answers, when, and how it fails is up to the test.

    with Origin() as origin:
        origin.on("/film", page(b"abc", cache_control="max-age=60"))
        origin.on("/odd", lambda request, connection: connection.reply(503))

A handler is called with a request and its connection, in a thread of that connection. Several handlers answer one
request each, and the last all that follow. What a handler raises fails the test, unless the other side is gone.
Nothing sleeps: a handler that waits does so at a Gate, which the test opens.
"""
import collections
import contextlib
import email.utils
import hashlib
import socket
import threading
import time

from harness import PATIENCE

REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
           304: "Not Modified", 404: "Not Found", 405: "Method Not Allowed", 410: "Gone",
           416: "Range Not Satisfiable", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}


class Ended(Exception):
    """The connection is over: the other side left, or the origin stopped."""


class Request:
    def __init__(self, head, connection):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.path, _, self.query = self.target.partition("?")
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        self.time, self.connection, self.body = time.monotonic(), connection, b""

    def __getitem__(self, name):
        return ", ".join(value for key, value in self.fields if key.lower() == name.lower()) or None

    def __repr__(self):
        return f"<{self.method} {self.target} {self.fields}>"


class Gate:
    """What handlers wait at. step(n) lets n of them through, open() all from now on."""

    def __init__(self, origin):
        self.origin, self.steps, self.is_open = origin, 0, False

    def open(self):
        with self.origin.changed:
            self.is_open = True
            self.origin.changed.notify_all()

    def step(self, count=1):
        with self.origin.changed:
            self.steps += count
            self.origin.changed.notify_all()

    def pass_through(self, alive, most=PATIENCE):
        """False when `most` seconds were over first."""
        with self.origin.changed:
            self.origin.changed.wait_for(lambda: self.is_open or self.steps or not alive(), most)
            if not alive():
                raise Ended
            if not (self.is_open or self.steps):
                return False
            self.steps -= not self.is_open
            return True


class Connection:
    """One connection of the origin; its methods send, and raise Ended when nobody is there to get it."""

    def __init__(self, origin, plain, number, generation):
        self.origin, self.socket, self.number, self.generation = origin, plain, number, generation
        self.buffer, self.request, self.is_open = b"", None, True
        self.head_end = b""  # the last bytes of a head that send() has begun; None: the body has

    # ---- what handlers call

    def head(self, status, fields=()):
        """A status line and fields, with Date unless they hold one; a value of None leaves its field out."""
        fields = list(fields.items() if isinstance(fields, dict) else fields)
        if not any(name.lower() == "date" for name, _ in fields):
            fields.append(("Date", email.utils.formatdate(usegmt=True)))
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in fields if value is not None]
        self.transmit("\r\n".join([*lines, "", ""]).encode("latin-1"))
        self.head_end = None

    def reply(self, status=200, fields=(), body=b""):
        """A whole reply with its Content-Length, without the body where there is none (HEAD, 204, 304)."""
        fields = list(fields.items() if isinstance(fields, dict) else fields)
        if status not in (204, 304) and not any(name.lower() == "content-length" for name, _ in fields):
            fields.append(("Content-Length", len(body)))
        self.head(status, fields)
        if self.request.method != "HEAD" and status not in (204, 304):
            self.transmit(body, counts=True)

    def send(self, data):
        """Bytes as they are; those after the first empty line count as a body's."""
        if self.head_end is None:
            self.transmit(data, counts=True)
            return
        before = len(self.head_end)
        end = (self.head_end + data).find(b"\r\n\r\n")
        if end < 0:
            self.transmit(data)
            self.head_end = (self.head_end + data)[-3:]
            return
        self.transmit(data[:end + 4 - before])
        self.head_end = None
        self.transmit(data[end + 4 - before:], counts=True)

    def chunked(self, parts, status=200, fields=(), trailers=(), end=True):
        """Each part as a chunk; without `end` the last chunk is missing."""
        self.head(status, [*(fields.items() if isinstance(fields, dict) else fields),
                           ("Transfer-Encoding", "chunked")])
        for part in parts:
            self.transmit(f"{len(part):x}\r\n".encode())
            self.transmit(part, counts=True)
            self.transmit(b"\r\n")
        if end:
            self.transmit("".join(["0\r\n", *(f"{name}: {value}\r\n" for name, value in trailers), "\r\n"]).encode())

    def slowly(self, body, gate, piece=1, every=None):
        """A piece whenever the gate lets one through, or after `every` seconds at the latest."""
        for begin in range(0, len(body), piece):
            if not gate.pass_through(self.is_alive, every or PATIENCE):
                assert every, "waited in vain at a gate"
            self.transmit(body[begin:begin + piece], counts=True)

    def hold(self, gate=None):
        """Waits until the test calls origin.release(), or opens that gate."""
        assert (gate or self.origin.held).pass_through(self.is_alive), "waited in vain at a gate"

    def close(self):
        """The orderly end: close_notify in TLS, then FIN."""
        if self.is_open and self.origin.context:
            with contextlib.suppress(OSError, ValueError):
                self.socket.settimeout(1)
                self.socket.unwrap()
        self.end()

    def reset(self):
        """The hard end: whatever the kernel still holds is thrown away."""
        if self.is_open:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.end()

    # ---- what the origin calls

    def is_alive(self):
        return self.is_open and self.generation == self.origin.generation

    def end(self):
        self.is_open = False
        self.socket.close()

    def cut(self):
        """From another thread: wakes the one that this connection is in. Not SSLSocket's, which is not for that."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def transmit(self, data, counts=False):
        view = memoryview(data)
        while view:
            piece = view[:1 << 16]
            # Counted before it can be read: who has received a byte finds it counted.
            self.origin.count(self.request.path, len(piece) if counts else 0)
            sent = 0
            try:
                sent = self.socket.send(piece)
            except OSError as error:
                raise Ended from error
            finally:
                self.origin.count(self.request.path, sent - len(piece) if counts else 0)
            view = view[sent:]

    def receive(self):
        try:
            data = self.socket.recv(1 << 16)
        except OSError as error:
            raise Ended from error
        if not data:
            raise Ended
        self.buffer += data

    def take_until(self, mark):
        while mark not in self.buffer:
            self.receive()
        taken, self.buffer = self.buffer.split(mark, 1)
        return taken

    def take(self, count):
        while len(self.buffer) < count:
            self.receive()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def next_request(self):
        request = Request(self.take_until(b"\r\n\r\n"), self.number)
        if (request["Transfer-Encoding"] or "").lower() == "chunked":
            while size := int(self.take_until(b"\r\n"), 16):
                request.body += self.take(size)
                assert self.take(2) == b"\r\n"
            while self.take_until(b"\r\n"):
                pass
        elif request["Content-Length"]:
            request.body = self.take(int(request["Content-Length"]))
        self.request, self.head_end = request, b""
        return request

    def serve(self):
        while self.is_alive():
            request = self.next_request()
            self.origin.note(request)
            self.origin.handler_for(request)(request, self)
            keeps = (request["Connection"] or "").lower()
            if "close" in keeps or (request.version == "HTTP/1.0" and "keep-alive" not in keeps):
                self.close()

    def run(self):
        try:
            if self.origin.context:
                self.socket = self.origin.context.wrap_socket(self.socket, server_side=True)
            self.serve()
        except (Ended, OSError):
            pass
        except Exception as error:  # a test's own assertion, or a request that is none
            self.origin.errors.append(error)
        finally:
            self.end()


class Origin:
    """Listens on 127.0.0.1 and a port of its own, which it keeps when it is stopped and started again.

    requests          all that came, in order, whole with their bodies
    sent_body_bytes   bytes of bodies that the kernel took, by path; .total() for all. While a send is under way, the
                      at most 64 KiB that it is for are among them
    connections       how many there have been
    """

    def __init__(self, context=None):
        self.context = context  # an ssl.SSLContext with a certificate makes it speak TLS
        self.requests, self.errors, self.connections = [], [], 0
        self.sent_body_bytes = collections.Counter()
        self.handlers, self.generation, self.listener, self.threads = {}, 0, None, []
        self.changed = threading.Condition()
        self.held = Gate(self)
        # Bound and never listening: nobody else gets the port while the origin is stopped.
        self.keeper = self.bind(0)
        self.port = self.keeper.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        self.keeper.close()
        if self.errors and kind is None:
            raise self.errors[0]

    @staticmethod
    def bind(port):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        return made

    def start(self):
        self.listener, self.live = self.bind(self.port), []
        self.listener.listen(1024)
        self.thread(self.accept, self.listener, self.generation)

    def stop(self):
        """Dies: who connects is refused, and connections end wherever they are."""
        if self.listener is None:
            return
        with self.changed:
            self.generation += 1
            self.changed.notify_all()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.listener = None
        for connection in self.live:
            connection.cut()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a handler does not end"
        self.threads = []

    # ---- what tests call

    def on(self, path, *handlers):
        """`path` as in a request line, with its query or without; "*" is what nothing else takes."""
        with self.changed:
            self.handlers[path] = [Page(each) if isinstance(each, (bytes, str)) else each for each in handlers]
        return self

    def gate(self):
        return Gate(self)

    def release(self):
        """Lets all go on that hold() now or later."""
        self.held.open()

    def asked(self, path=None, method=None):
        """The requests for a path (with or without query), or all."""
        with self.changed:
            return [each for each in self.requests if path in (None, each.path, each.target)
                    and method in (None, each.method)]

    def wait_for(self, count, path=None):
        """Waits until so many requests for the path, or in all, have come."""
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.asked(path)) >= count, PATIENCE)
        assert came, f"waited in vain for {count} requests for {path or 'anything'}; there are {self.asked(path)}"
        return self.asked(path)

    # ---- what connections call

    def note(self, request):
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()

    def count(self, path, sent):
        with self.changed:
            self.sent_body_bytes[path] += sent

    def handler_for(self, request):
        with self.changed:
            for path in (request.target, request.path, "*"):
                if left := self.handlers.get(path):
                    return left.pop(0) if len(left) > 1 else left[0]
        return lambda _, connection: connection.reply(404, {"Content-Type": "text/plain"}, b"no such page\n")

    def thread(self, work, *arguments):
        made = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(made)
        made.start()

    def accept(self, listener, generation):
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            plain.settimeout(PATIENCE)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            connection = Connection(self, plain, self.connections, generation)
            self.live.append(connection)
            if not connection.is_alive():
                connection.end()
                return
            self.thread(connection.run)


class Page:
    """A page as a good origin serves it: HEAD, one range, If-Range, If-None-Match, If-Modified-Since.

    Page(b"abc", cache_control="max-age=60", etag=None): an underscore is a hyphen, None leaves a field out. The
    body and the fields may be changed while it is served; the entity tag follows the body unless one was given.
    """

    def __init__(self, body, status=200, **fields):
        self.body, self.status = body.encode() if isinstance(body, str) else body, status
        self.fields = {name.replace("_", "-").lower(): value for name, value in fields.items()}

    @property
    def etag(self):
        return self.fields.get("etag", f'"{hashlib.sha1(self.body).hexdigest()[:16]}"')

    def __call__(self, request, connection):
        fields = {"etag": self.etag, "accept-ranges": "bytes", "content-type": "application/octet-stream",
                  **self.fields}
        if request.method not in ("GET", "HEAD"):
            connection.reply(405, {"Allow": "GET, HEAD"})
        elif self.status != 200:
            connection.reply(self.status, fields, self.body)
        elif self.is_unchanged(request):
            connection.reply(304, {name: value for name, value in fields.items() if name != "content-type"})
        else:
            self.send_part(request, connection, fields)

    def is_unchanged(self, request):
        """RFC 9110 section 13.2.2: If-None-Match alone when it is there."""
        if known := request["If-None-Match"]:
            tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
            return self.etag is not None and ("*" in tags or self.etag.removeprefix("W/") in tags)
        since, modified = request["If-Modified-Since"], self.fields.get("last-modified")
        return bool(since and modified and seconds_of(modified) <= seconds_of(since))

    def wanted(self, request):
        """(begin, end) of the range to send, None for all; begin == end when it can't be had."""
        condition = request["If-Range"]
        if condition and (condition.startswith("W/") or condition not in (self.etag, self.fields.get("last-modified"))):
            return None
        text, size = request["Range"] or "", len(self.body)
        first, dash, last = text.removeprefix("bytes=").partition("-")
        if request.method != "GET" or not (text.startswith("bytes=") and dash) or not (first + last).isdecimal():
            return None
        if not first:
            return (max(0, size - int(last)), size) if int(last) else (0, 0)
        if last and int(last) < int(first):
            return None
        begin = int(first)
        return (begin, min(size, int(last) + 1) if last else size) if begin < size else (begin, begin)

    def send_part(self, request, connection, fields):
        wanted = self.wanted(request)
        if wanted is None:
            connection.reply(200, fields, self.body)
            return
        begin, end = wanted
        if begin == end:
            connection.reply(416, {"Content-Range": f"bytes */{len(self.body)}"})
            return
        fields["content-range"] = f"bytes {begin}-{end - 1}/{len(self.body)}"
        connection.reply(206, fields, self.body[begin:end])


def seconds_of(date):
    return email.utils.parsedate_to_datetime(date).timestamp()


def date_of(seconds_from_now):
    """For Date, Expires, Last-Modified."""
    return email.utils.formatdate(time.time() + seconds_from_now, usegmt=True)


def page(body, **fields):
    return Page(body, **fields)
