"""A crowd of clients in one process and one thread: asks for a path over many connections at once and tells, as JSON,
what came. Run by edge_storm_test.py as a program: crowd.py PORT COUNT PATH FILE, where FILE has the bytes to expect.

First each takes the beginning of its reply, then all take the rest, so that the times of first bytes are the server's
and not those of a client that is busy with the bodies of others.
"""
import collections
import json
import pathlib
import selectors
import socket
import sys
import time

BEGINNING = 16 << 10


class Asker:
    def __init__(self, port, path, expected):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.request = f"GET {path} HTTP/1.1\r\nHost: films.example\r\n\r\n".encode()
        self.expected, self.head, self.length, self.got, self.right = expected, b"", None, 0, True
        self.first = self.status = None

    def ask(self):
        self.socket.sendall(self.request)
        self.socket.setblocking(False)
        self.asked = time.monotonic()

    def read(self, buffer, most):
        """True when there is nothing more to read."""
        try:
            size = self.socket.recv_into(buffer, most)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        data = buffer[:size]
        if self.length is None:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return size == 0
            head, data = self.head.split(b"\r\n\r\n", 1)
            self.take_head(head.decode("latin-1").lower())
        if len(data) and self.first is None:
            self.first = time.monotonic() - self.asked
        self.right = self.right and data == self.expected[self.got:self.got + len(data)]
        self.got += len(data)
        return size == 0 or self.got >= self.length

    def take_head(self, head):
        self.status = int(head.split(" ", 2)[1])
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        self.length = int(fields["content-length"])


def take_turns(askers, most, is_done):
    """Reads from all until is_done(asker) of each, or its end."""
    selector, buffer = selectors.DefaultSelector(), memoryview(bytearray(most))
    for asker in askers:
        selector.register(asker.socket, selectors.EVENT_READ, asker)
    while selector.get_map():
        for key, _ in selector.select():
            if key.data.read(buffer, most) or is_done(key.data):
                selector.unregister(key.fileobj)


def crowd(port, count, path, expected):
    askers = [Asker(port, path, memoryview(expected)) for _ in range(count)]
    began = time.monotonic()
    for asker in askers:
        asker.ask()
    take_turns(askers, BEGINNING, lambda asker: asker.first is not None)
    take_turns([asker for asker in askers if asker.length is None or asker.got < asker.length], 1 << 20, lambda _: False)
    firsts = sorted(asker.first for asker in askers if asker.first is not None)
    return {"statuses": collections.Counter(str(asker.status) for asker in askers),
            "right": sum(asker.right and asker.got == len(expected) for asker in askers),
            "first_median": firsts[len(firsts) // 2], "first_last": firsts[-1],
            "seconds": time.monotonic() - began, "bytes": sum(asker.got for asker in askers)}


if __name__ == "__main__":
    print(json.dumps(crowd(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4]).read_bytes())))
