"""What tests of caching rules share: a page of an origin, seen through an edge."""
import itertools

from harness import Client
from origin import Page

NUMBERS = itertools.count()


def fate(reply):
    """How this edge came by a reply, in one word: "hit", or why it asked the origin."""
    status = reply.cache_status
    return "hit" if status.get("hit") else status.get("fwd")


def ttl(reply):
    return reply.cache_status["ttl"]


def about(number, wanted):
    """Equal but for what a busy machine takes: ages grow, times to live shrink."""
    return abs(int(number) - wanted) <= 8


class Case:
    """A path that nobody else asks for, at an edge and at its origin."""

    def __init__(self, server, origin, path=None):
        self.server, self.origin, self.path = server, origin, path or f"/case{next(NUMBERS)}"

    def at(self, ending):
        return Case(self.server, self.origin, self.path + ending)

    def serves(self, *handlers):
        """Handlers (or bodies, or statuses), one request each, the last all that follow."""
        made = [Page(b"", status=each, etag=None) if isinstance(each, int) else each for each in handlers]
        self.origin.on(self.path, *made)
        return self

    def serves_page(self, body="a", **fields):
        return self.serves(Page(body, **fields))

    def get(self, *fields, method="GET"):
        return self.server.get(self.path, *fields, method=method)

    def fates(self, *asks):
        """Of one request after the other; each ask is a field, or a list of them."""
        return [fate(self.get(*([ask] if isinstance(ask, str) else ask))) for ask in asks]

    @property
    def asked(self):
        return self.origin.asked(self.path)

    def for_host(self, host, *fields, method="GET"):
        return raw(self.server, "\r\n".join([f"{method} {self.path} HTTP/1.1", f"Host: {host}", *fields, "", ""]),
                   method)

    def send(self, method, body=b"", *fields):
        head = [f"{method} {self.path} HTTP/1.1", "Host: films.example", f"Content-Length: {len(body)}", *fields]
        return raw(self.server, "\r\n".join([*head, "", ""]).encode() + body, method)


def raw(server, request, method="GET"):
    """The reply to bytes that are a whole request."""
    with Client(server.port) as client:
        client.send(request)
        return client.reply(method)


def answer(status=200, fields=(), body=b"a"):
    """A handler that replies with just these fields, Date and Content-Length."""
    return lambda _, connection: connection.reply(status, fields, body)


def bytes_of(text):
    """A handler that sends these bytes and closes."""
    def send(_, connection):
        connection.send(text if isinstance(text, bytes) else text.encode("latin-1"))
        connection.close()
    return send


# Once, and then again.
NONE = ()
TWICE = (NONE, NONE)
