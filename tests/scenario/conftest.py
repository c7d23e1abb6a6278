import pytest

from harness import Film, Server


@pytest.fixture
def start(tmp_path):
    """start(extra TOML) runs a server that the test's end stops, cleanly or the test fails."""
    servers = []

    def begin(extra="", folder=tmp_path, **how):
        servers.append(Server(folder, extra, **how))
        return servers[-1]

    yield begin
    try:
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.kill()


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
