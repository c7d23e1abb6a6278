"""kill -9 at any moment under load: what came whole is right, what was cut is cut so that its reader sees it, and
after the next start all is right."""
import os
import random
import threading
import time

import pytest

from filling import BLOCK, FRESH, KIB, MIB, Framed, is_hit
from harness import Client, Gone, pattern
from origin import Page

LONG = os.environ.get("OUTPOST_LONG") == "1"
SEED = int(os.environ.get("OUTPOST_SEED", random.SystemRandom().randrange(1 << 31)))

# Small and large ones, on block borders and beside them, with and without validators and lengths.
SIZES = [0, 1, 900, 20 * KIB, 64 * KIB, 64 * KIB + 1, BLOCK - 1, BLOCK, BLOCK + 1, 700 * KIB, MIB, 3 * MIB + 17]
FILMS = {f"/{kind}/{size}": (kind, pattern(f"{kind} {size}", size))
         for kind in ("tagged", "dated", "weak", "chunks", "close", "versions") for size in SIZES}


class Versions(Page):
    """Each answer to a request for all is of another version, whose number its tag has and its bytes tell."""

    def __init__(self, size):
        super().__init__(b"", cache_control="max-age=1", age="5")
        self.size, self.number, self.lock = size, 0, threading.Lock()

    @staticmethod
    def body_of(size, number):
        return pattern(f"version {number % 4} of {size}", size)

    def __call__(self, request, connection):
        with self.lock:
            self.number += not request["Range"]
            number = self.number % 4
        made = Page(self.body_of(self.size, number), etag=f'"{number}"', cache_control="max-age=1", age="5")
        made(request, connection)


def serve(origin):
    for path, (kind, body) in FILMS.items():
        made = {"tagged": lambda: Page(body, etag='"1"', **FRESH),
                "dated": lambda: Page(body, etag=None, last_modified="Wed, 01 Jan 2020 00:00:00 GMT", **FRESH),
                "weak": lambda: Page(body, etag='W/"1"', **FRESH),
                "chunks": lambda: Framed(body, "chunks", etag='"1"'), "close": lambda: Framed(body, "close"),
                "versions": lambda: Versions(len(body))}[kind]()
        origin.on(path, made)


class Viewer(threading.Thread):
    """Asks for one thing after another until told to end. `wrong` tells what was not as it must be."""

    def __init__(self, seed, port, over):
        super().__init__(daemon=True)
        self.dice, self.port, self.over = random.Random(seed), port, over
        self.wrong, self.whole, self.cut = [], 0, 0

    def run(self):
        while not self.over.is_set():
            try:
                with Client(self.port()) as client:
                    while not self.over.is_set():
                        self.ask(client)
            except (Gone, OSError):
                self.cut += 1
                time.sleep(0.002)  # the server may be starting
            except Exception as error:
                self.wrong.append(repr(error))
                return

    def ask(self, client):
        path = self.dice.choice(list(FILMS))
        kind, body = FILMS[path]
        begin, end = 0, len(body)
        if kind != "versions" and len(body) > 1 and self.dice.random() < 0.3:
            begin = self.dice.randrange(len(body))
            end = self.dice.randrange(begin + 1, len(body) + 1)
            reply = client.get(path, f"Range: bytes={begin}-{end - 1}")
        else:
            reply = client.get(path)
        if reply.status == 200 and begin > 0:
            begin, end = 0, len(body)
        if reply.status not in (200, 206):
            if reply.status not in (502, 503, 504):
                self.wrong.append(f"{path}: {reply.status}")
        elif kind == "versions":
            if reply.body != Versions.body_of(len(body), int(reply["ETag"].strip('"'))):
                self.wrong.append(f"{path}: not the bytes of {reply['ETag']}")
        elif reply.body != (body if reply.status == 200 else body[begin:end]):
            self.wrong.append(f"{path}: {reply.status}, {begin}-{end}: {len(reply.body)} wrong bytes")
        self.whole += 1


def check_all(server):
    for path, (kind, body) in FILMS.items():
        reply = server.get(path)
        assert reply.status == 200
        if kind == "versions":
            body = Versions.body_of(len(body), int(reply["ETag"].strip('"')))
        assert reply.body == body, path


def kill_again_and_again(origin, edge, kills, seed, disks):
    print(f"seed {seed}")
    dice, over, current = random.Random(seed), threading.Event(), {}
    serve(origin)
    options = {"disks": disks, "pool": {"eject_after": 1000, "retry_budget": 100}}
    current["server"] = edge(origin, **options)
    viewers = [Viewer(dice.random(), lambda: current["server"].port, over) for _ in range(6)]
    for viewer in viewers:
        viewer.start()
    try:
        for number in range(kills):
            over.wait(dice.random() * dice.choice((0.02, 0.1, 0.5)))  # the moment is the test's data
            current["server"].kill()
            current["server"] = edge(origin, **options)
            wrong = [each for viewer in viewers for each in viewer.wrong]
            assert not wrong, f"seed {seed}, after {number + 1} kills: {wrong[:5]}"
    finally:
        over.set()
        for viewer in viewers:
            viewer.join(60)
    assert not [each for viewer in viewers for each in viewer.wrong], f"seed {seed}"
    assert sum(viewer.whole for viewer in viewers) > kills, "nobody saw anything"
    check_all(current["server"])
    return current["server"]


@pytest.mark.parametrize("disks", [1, 2])
def test_killed_eight_times_under_load_no_byte_is_wrong(origin, edge, disks):
    kill_again_and_again(origin, edge, 8, SEED + disks, disks)


@pytest.mark.skipif(not LONG, reason="OUTPOST_LONG=1 runs it: minutes")
def test_killed_two_hundred_times_under_load_no_byte_is_wrong(origin, edge):
    kill_again_and_again(origin, edge, 200, SEED, 2)


def test_what_was_whole_some_time_before_the_kill_is_a_hit_after_it(origin, edge):
    body = pattern("kept", MIB)
    origin.on("/large", Page(body, etag='"1"', **FRESH)).on("/small", Page("small", **FRESH))
    server = edge(origin)
    assert server.get("/large").body == body and server.get("/small").body == b"small"
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # a batch of the index is written within some hundred milliseconds
        time.sleep(0.5)
        server.kill()
        server = edge(origin)
        replies = [server.get("/large"), server.get("/small")]
        assert [reply.body for reply in replies] == [body, b"small"]
        if all(map(is_hit, replies)):
            return
    raise AssertionError("nothing that was whole is kept")


@pytest.mark.parametrize("at", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 5])
def test_a_kill_inside_a_fill_leaves_nothing_that_looks_whole(origin, edge, at):
    body = pattern("film", 5 * BLOCK + 9)
    page = Page(body, etag='"1"', **FRESH)

    def half(request, connection):
        connection.head(200, {"Content-Length": len(body), "ETag": '"1"', "Cache-Control": "max-age=60"})
        connection.send(body[:at])
        connection.hold()

    origin.on("/film", half, page)
    server = edge(origin, pool={"idle_timeout": "20s"})
    with server.client() as client:
        client.ask("/film")
        if at:
            assert client.head().status == 200 and client.take(at) == body[:at]
        else:
            origin.wait_for(1)
        server.kill()
        try:
            rest = client.take(len(body) - at)
            raise AssertionError(f"{len(rest)} bytes after the kill")
        except Gone:
            pass
    server = edge(origin)
    assert server.get("/film").body == body and server.get("/film").body == body


def test_a_kill_at_the_start_harms_nothing(origin, edge):
    body = pattern("film", MIB)
    origin.on("/film", Page(body, **FRESH))
    server = edge(origin)
    assert server.get("/film").body == body
    server.stop()
    for _ in range(5):
        edge(origin).kill()
    server = edge(origin)
    assert is_hit(server.get("/film")) and server.get("/film").body == body
