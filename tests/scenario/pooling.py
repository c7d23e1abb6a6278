"""What tests of pools share: several origins, routes that keep nothing, and what an edge says of its origins."""
import concurrent.futures
import contextlib
import json
import threading

import pytest

from origin import Origin

BYPASS = [{"cache": "bypass"}]  # every request reaches an origin
PATIENT = {"eject_after": 1000}  # what is tested is not when an origin is taken out


@pytest.fixture
def origins():
    """origins(n) makes so many more."""
    with contextlib.ExitStack() as stack:
        yield lambda count: [stack.enter_context(Origin()) for _ in range(count)]


def says(status, body=b"", **fields):
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return lambda _, connection: connection.reply(status, named, body)


def counts(origins, path=None):
    return [len(origin.asked(path)) for origin in origins]


def standing(server, origin):
    """What /api/v1/status says of an origin."""
    told = json.loads(server.admin("/api/v1/status").body)
    return next(each for pool in told["pools"] for each in pool["origins"] if each["name"] == origin.url)


def together(calls):
    """Calls all of them at once; their results in order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(lambda call: call(), calls))


class Counting:
    """Holds each request until released, and counts how many are in it at once."""

    def __init__(self):
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def __call__(self, request, connection):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            connection.hold()
        finally:
            with self.lock:
                self.now -= 1
        connection.reply(200, {}, b"x")
