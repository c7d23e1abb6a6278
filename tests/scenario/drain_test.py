"""Stopping and reloading: who is being served is served to the end."""
import signal
import ssl

import pytest

from harness import PATIENCE, Client, Film, Gone, certificate_toml, make_certificate, tls_context, until

PLENTY = 24 << 20
TLS = '[[listen]]\naddress = "127.0.0.1:0"\ntls = true\n'


@pytest.fixture
def big(tmp_path):
    return Film(tmp_path / "library", "big", tracks=("v1",), sizes=[PLENTY]).write()


def refuses(server):
    try:
        Client(server.port).close()
        return False
    except ConnectionRefusedError:
        return True


def ended(server):
    return server.process.poll() is not None


def test_a_body_under_way_completes_idle_ones_end_and_nobody_new_comes_in(start, big):
    server = start()
    with server.client(receive_buffer=8192) as busy, server.client() as idle, server.client() as fresh:
        busy.ask(big.path("v1", 1))
        busy.head()
        assert idle.get("/none").status == 404
        server.signal(signal.SIGTERM)
        assert idle.is_over() and fresh.is_over()
        until(lambda: refuses(server), "new connections are refused")
        assert not ended(server)
        assert busy.take(PLENTY) == big.segment("v1", 1)
        assert busy.is_over()
    assert server.ended() == 0


def test_a_request_begun_before_the_drain_is_answered_and_told_that_the_connection_closes(start, big):
    server = start()
    with server.client() as client:
        client.send("GET /none HTTP/1.1\r\n")
        with server.client() as idle:
            assert idle.get("/none").status == 404  # what was sent before has been read by now
            server.signal(signal.SIGTERM)
            assert idle.is_over()
        client.send("Host: a\r\n\r\n")
        replies = client.replies()
    assert [(reply.status, reply["Connection"]) for reply in replies] == [(404, "close")]
    assert server.ended() == 0


def test_connections_that_wait_in_the_kernel_when_the_drain_begins_are_served(start, big):
    server = start()
    server.signal(signal.SIGSTOP)
    clients = [server.client(receive_buffer=8192) for _ in range(5)]
    for client in clients:
        client.ask(big.path("v1", 1))
    server.signal(signal.SIGTERM)
    server.signal(signal.SIGCONT)
    for client in clients:
        assert client.reply().body == big.segment("v1", 1)
        client.close()
    assert server.ended() == 0


def test_a_second_signal_cuts_what_is_left(start, big):
    server = start()
    with server.client(receive_buffer=8192) as client:
        client.ask(big.path("v1", 1))
        client.head()
        server.signal(signal.SIGTERM)
        until(lambda: refuses(server), "it drains")
        server.signal(signal.SIGINT)
        assert server.ended() == 0
        with pytest.raises(Gone):
            client.take(PLENTY)
    assert "1 connections cut" in server.log()


def test_the_drain_has_an_end(start, big):
    server = start(config='[server]\ndrain = "300ms"\nthreads = 2\n[[listen]]\naddress = "127.0.0.1:0"\n'
                          '[admin]\naddress = "127.0.0.1:0"\n[library]\ndirectory = "{library}"\n')
    with server.client(receive_buffer=8192) as client:
        client.ask(big.path("v1", 1))
        client.head()
        server.signal(signal.SIGTERM)
        assert server.ended() == 0
        with pytest.raises(Gone):
            client.take(PLENTY)


def test_connections_come_and_go_while_it_stops_and_it_stops_cleanly(start, film):
    server = start()
    clients = [server.client() for _ in range(200)]
    for i, client in enumerate(clients):
        client.ask(film.path("v1", 1), *(["Connection: close"] if i % 2 else []))
        if i == 100:
            server.signal(signal.SIGTERM)
    whole = 0
    for client in clients:
        try:
            assert client.reply().body == film.segment("v1", 1)
            whole += 1
        except Gone:
            assert not client.buffer
        client.close()
    assert whole >= 50 and server.ended() == 0


def shown(port):
    """The certificate that new connections are shown."""
    with Client(port, context=tls_context()) as client:
        return client.socket.getpeercert(True)


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def test_a_reload_shows_the_new_certificate_and_open_connections_go_on(start, film, tmp_path):
    first, _ = make_certificate(tmp_path, "here")
    old = der(first)
    server = start(TLS + certificate_toml("here"))
    port = server.ports[1]
    assert shown(port) == old
    with Client(port, context=tls_context()) as client:
        assert client.get(film.path("v1", 1)).status == 200
        make_certificate(tmp_path, "here")
        server.signal(signal.SIGHUP)
        until(lambda: shown(port) == der(first) != old, "the new certificate is shown")
        assert client.get(film.path("v1", 3)).body == film.segment("v1", 3)
        first.write_text("nonsense")
        server.signal(signal.SIGHUP)
        until(lambda: "the certificates in use stay" in server.log(), "the fault is told")
        assert client.get(film.path("v1", 3)).status == 200
    assert shown(port) != old
