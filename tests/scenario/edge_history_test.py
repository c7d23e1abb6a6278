"""Random histories: many read, some write, and nobody gets torn bytes or what a finished write has replaced."""
import random
import threading

import pytest

from harness import Gone, pattern
from origin import Page

SIZES = (900, 100_000, 600_000)
OPERATIONS = 60  # of each client
CLIENTS = 4


class Film:
    """A page whose bytes all follow from its revision; a POST makes the next one."""

    def __init__(self, case, size):
        self.case, self.lock, self.revision, self.acknowledged = case, threading.Lock(), 0, 0
        self.bodies = [pattern(f"{case.path}/{number}", size) for number in range(CLIENTS * OPERATIONS)]
        case.serves(self.answer)

    def answer(self, request, connection):
        with self.lock:
            self.revision += request.method == "POST"
            revision = self.revision
        if request.method == "POST":
            connection.reply(200, {"X-Revision": revision})
        else:
            Page(self.bodies[revision], etag=f'"r{revision}"', x_revision=revision,
                 cache_control="max-age=1000")(request, connection)


def write(film, client):
    revision = int(client.get(film.case.path, "Content-Length: 0", method="POST")["X-Revision"])
    with film.lock:
        film.acknowledged = max(film.acknowledged, revision)


def read(film, client, dice):
    least, method = film.acknowledged, "GET"
    size = len(film.bodies[0])
    begin, end, fields = 0, size, []
    kind = dice.choice(["whole", "whole", "range", "range", "suffix", "head", "condition", "forced"])
    if kind == "range":
        begin = dice.randrange(size)
        end = dice.randrange(begin, size) + 1
        fields = [f"Range: bytes={begin}-{end - 1}"]
    elif kind == "suffix":
        begin = size - dice.randrange(1, size)
        fields = [f"Range: bytes=-{size - begin}"]
    elif kind == "head":
        method = "HEAD"
    elif kind == "condition":
        fields = [f'If-None-Match: "r{least}"']
    elif kind == "forced":
        fields = ["Cache-Control: no-cache"]
    reply = client.get(film.case.path, *fields, method=method)
    revision = int(reply["ETag"].strip('"r'))
    assert reply.status in ((206,) if kind in ("range", "suffix") else (200, 304)), (kind, reply)
    assert reply["X-Revision"] == str(revision) and revision >= least, (kind, least, reply)
    if reply.status == 304:
        assert kind == "condition" and revision == least
    elif method == "GET":
        assert reply.body == film.bodies[revision][begin:end], (kind, begin, end, reply)


def live(film, server, dice, failures):
    try:
        client = server.client()
        for _ in range(OPERATIONS):
            known = film.acknowledged  # a write that is under way already may be what changes it
            try:
                write(film, client) if dice.random() < 0.1 else read(film, client, dice)
            except Gone:
                # The one way out when the rest of a body is no more to be had: it changed meanwhile.
                assert film.revision > known, "cut without a reason"
                client = server.client()
    except Exception as error:
        failures.append(error)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_never_gets_torn_bytes_nor_what_a_finished_write_replaced(own, size, seed):
    case = own(disks=1)
    film, failures = Film(case, size), []
    clients = [threading.Thread(target=live, args=(film, case.server, random.Random(seed * 100 + number), failures))
               for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert not failures, failures
    assert len(case.asked) < CLIENTS * OPERATIONS and film.revision > 5


def test_a_restart_in_the_middle_of_a_history_changes_nothing(own, edge):
    case = own(disks=1)
    film, dice = Film(case, 600_000), random.Random(7)
    for _ in range(3):
        with case.server.client() as client:
            for _ in range(12):
                write(film, client) if dice.random() < 0.2 else read(film, client, dice)
        case.server.stop()
        case.server = edge(case.origin)
    with case.server.client() as client:
        read(film, client, dice)
