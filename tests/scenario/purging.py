"""What tests of purging share: orders over the admin listener, the command line, and a Redis of the test's own."""
import contextlib
import json
import os
import socket
import subprocess

from harness import BIN, PATIENCE, Client, until
from origin import Page

SITE = "https://films.example"  # what Client.ask asks for, by the other scheme: orders are for both


def order(server, what, method="POST", path="/api/v1/purge"):
    """What the admin listener answers to an order: a text, or what becomes JSON."""
    text = what if isinstance(what, (str, bytes)) else json.dumps(what)
    body = text.encode() if isinstance(text, str) else text
    with Client(server.admin_port) as client:
        client.send(f"{method} {path} HTTP/1.1\r\nHost: admin\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return client.reply(method)


def purge(server, **what):
    """purge(server, url=…, soft=True): the answer to an order that is carried out."""
    reply = order(server, what)
    assert (reply.status, reply["Content-Type"]) == (200, "application/json"), (reply, reply.body)
    return json.loads(reply.body)


def command(*words, given=None):
    """Runs outpost: (exit status, standard output, standard error)."""
    done = subprocess.run([BIN, *words], input=given or "", capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def admin(server):
    return "--admin", f"http://127.0.0.1:{server.admin_port}"


def is_hit(reply):
    return reply.cache_status.get("hit") is True


def fresh(body, **fields):
    return Page(body, **{"cache_control": "max-age=600", **fields})


def fill(server, *paths, port=None):
    """Asks for each until it is a hit, and returns the bodies."""
    bodies = []
    for path in paths:
        bodies.append(server.get(path, port=port).body)
        assert is_hit(server.get(path, port=port)), path
    return bodies


def state_of(server, path):
    """"hit", or why it was forwarded."""
    told = server.get(path).cache_status
    return "hit" if told.get("hit") is True else told["fwd"]


def status(server):
    return json.loads(server.admin("/api/v1/status").body)


def ready(server):
    """(status, what it is said to be) of /readyz."""
    reply = server.admin("/readyz")
    return reply.status, json.loads(reply.body)["status"]


class Redis:
    """Debian's redis-server on a loopback port of its own, which it keeps over stop() and start(); what it holds
    stays too when stop() was asked to keep it."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        folder.mkdir()
        # Bound and never listening: nobody else gets the port meanwhile.
        self.keeper = socket.socket()
        self.keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.keeper.bind(("127.0.0.1", 0))
        self.port = self.keeper.getsockname()[1]
        self.start()

    def start(self):
        self.keeper.close()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder),
                 "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self.answers, "Redis answers")

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain:
            plain.sendall(b"PING\r\n")
            return plain.recv(64) == b"+PONG\r\n"
        return False

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def say(self, *words):
        """What redis-cli prints."""
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, check=True,
                              timeout=PATIENCE).stdout.strip()

    @property
    def toml(self):
        return f'[redis]\nurl = "redis://127.0.0.1:{self.port}"\n'
