import contextlib

import pytest

from caching import Case
from harness import Film, Server, edge_toml
from origin import Origin


@contextlib.contextmanager
def stopping():
    """A list of servers that are stopped in the end, cleanly or the test fails."""
    servers = []
    yield servers
    try:
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.kill()


@pytest.fixture
def start(tmp_path):
    """start(extra TOML) runs a server that the test's end stops, cleanly or the test fails."""
    with stopping() as servers:
        def begin(extra="", folder=tmp_path, **how):
            servers.append(Server(folder, extra, **how))
            return servers[-1]

        yield begin


@pytest.fixture
def origin():
    """A scripted origin; what its handlers raise fails the test."""
    with Origin() as made:
        yield made


@pytest.fixture
def edge(tmp_path):
    """edge(origin or origins, extra TOML, routes=[{…}], disks=1, edge={…}, pool={…}, origin={…}) runs an edge.

    Options are dictionaries, as TOML has them: edge(origin, pool={"retries": 0}, routes=[{"ttl": "1h"}]). Begun again
    in the same folder, it finds what it kept.
    """
    with stopping() as servers:
        def begin(origins, extra="", folder=tmp_path, under=(), **options):
            servers.append(Server(folder, extra, config=edge_toml(folder, origins, **options), under=under))
            return servers[-1]

        yield begin


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """(edge, origin) for tests that leave nothing behind but what is kept of paths of their own."""
    folder = tmp_path_factory.mktemp("standing")
    with Origin() as made, stopping() as servers:
        servers.append(Server(folder, config=edge_toml(folder, made)))
        yield servers[0], made


@pytest.fixture
def case(standing):
    """A path of its own at an edge that others use too."""
    return Case(*standing)


@pytest.fixture
def own(edge, origin):
    """own(options of an edge) is a case at an edge of its own, which may lose its origin. It keeps all in memory
    unless it is given disks, with which it begins and ends more slowly."""
    return lambda *extra, disks=0, **options: Case(edge(origin, *extra, disks=disks, **options), origin)


@pytest.fixture
def film(tmp_path):
    """A film in the library of the test's server."""
    return Film(tmp_path / "library", "film").write()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server and one film for tables of requests that leave no trace behind."""
    folder = tmp_path_factory.mktemp("shared")
    shared_film = Film(folder / "library", "film").write()
    server = Server(folder, "[limits]\nhead_bytes = \"4KiB\"\nhead_fields = 16\nrequest_body = \"1KiB\"\n")
    server.film = shared_film
    yield server
    try:
        server.stop()
    finally:
        server.kill()
