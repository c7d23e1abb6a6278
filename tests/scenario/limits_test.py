"""What one client may take from the others: every wait and every count has an end."""
import threading

import pytest

from harness import Film, Gone, until

URL = "/vod/film/v1/1.m4s"
PLENTY = 24 << 20  # more than the kernel's buffers take


@pytest.fixture
def big(tmp_path):
    return Film(tmp_path / "library", "big", tracks=("v1",), sizes=[PLENTY]).write()


def timeouts(server, what):
    return server.metrics()[f'outpost_timeouts_total{{waited_for="{what}"}}']


def test_a_connection_that_never_asks_is_ended(start):
    server = start('[limits]\nfirst_byte = "300ms"\n')
    with server.client() as client:
        assert client.is_over()
    assert timeouts(server, "first_byte") == 1


@pytest.mark.parametrize("beginning", ["G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"])
def test_a_request_that_takes_too_long_is_answered_with_408(start, beginning):
    server = start('[limits]\nhead_time = "300ms"\n')
    with server.client() as client:
        client.send(beginning)
        assert [reply.status for reply in client.replies()] == [408]
    assert timeouts(server, "request") == 1


def test_bytes_that_trickle_do_not_prolong_the_time_for_a_head(start):
    server = start('[limits]\nhead_time = "500ms"\n')
    with server.client() as client:
        client.send("GET / HTTP/1.1\r\n")
        client.socket.settimeout(0.05)
        for _ in range(2000):
            try:
                client.send("X: y\r\n")
                client.receive()
                break
            except TimeoutError:
                continue
            except (Gone, OSError):
                break
        client.socket.settimeout(10)
        assert [reply.status for reply in client.replies()] in ([408], [])  # a reset may overtake the reply
    assert timeouts(server, "request") == 1


def test_an_idle_connection_is_ended_silently(start, film):
    server = start('[limits]\nidle = "1s"\n')
    with server.client() as client:
        assert client.get(URL).status == 200
        assert client.is_over()
    assert timeouts(server, "next_request") == 1


def test_one_address_gets_no_more_connections_than_its_share_until_one_leaves(start, film):
    server = start("[limits]\nconnections_per_address = 4\n")
    clients = [server.client() for _ in range(4)]
    assert all(client.get(URL).status == 200 for client in clients)
    with server.client() as one_too_many:
        assert one_too_many.is_over()
    clients.pop().close()

    def served():
        with server.client() as client:
            try:
                return client.get(URL).status == 200
            except (Gone, BrokenPipeError):
                return False

    until(served, "a place is free again")
    for client in clients:
        assert client.get(URL).status == 200
        client.close()
    until(lambda: server.metrics()['outpost_connections_refused_total{limit="connections_per_address"}'] >= 1, "counted")


def test_all_addresses_together_get_no_more_connections_than_the_limit(start, film):
    server = start("[limits]\nconnections = 3\n")
    clients = [server.client() for _ in range(3)]
    assert all(client.get(URL).status == 200 for client in clients)
    with server.client() as one_too_many:
        assert one_too_many.is_over()
    for client in clients:
        assert client.get(URL).status == 200
        client.close()
    until(lambda: server.metrics()['outpost_connections_refused_total{limit="connections"}'] == 1, "counted")


def test_a_client_that_takes_nothing_for_too_long_is_cut(start, big):
    server = start('[limits]\nsend_stall = "1s"\n')
    with server.client(receive_buffer=4096) as client:
        client.ask(big.path("v1", 1))
        until(lambda: timeouts(server, "receiver") == 1, "the stalled client is cut")
        client.head()
        with pytest.raises(Gone):
            client.take(PLENTY)
    assert server.metrics()["outpost_http_replies_cut_total"] == 1


def test_a_client_that_takes_too_little_is_cut_and_others_get_theirs_whole(start, big):
    server = start('[limits]\nsend_stall = "10min"\nsend_grace = "1s"\nsend_rate_min = "400Mbps"\n')
    with server.client(receive_buffer=4096) as slow, server.client() as other:
        slow.ask(big.path("v1", 1))
        whole = big.segment("v1", 1)

        def cut():  # a byte at a time until it is, while others are served
            assert slow.take(1)
            assert other.get(big.path("v1", 1), "Range: bytes=0-999999").body == whole[:1000000]
            return timeouts(server, "receiver") == 1

        until(cut, "the slow client is cut")
        with pytest.raises(Gone):
            slow.take(PLENTY)


def test_one_that_pipelines_without_end_does_not_starve_the_others(start, film):
    server = start()
    busy, stop = server.client(), threading.Event()
    flood = ("GET /none HTTP/1.1\r\nHost: a\r\n\r\n" * 2000).encode()

    def pour():
        while not stop.is_set():
            try:
                busy.socket.sendall(flood)
            except OSError:
                return

    def drain():
        while not stop.is_set():
            try:
                if not busy.socket.recv(1 << 20):
                    return
            except OSError:
                return

    threads = [threading.Thread(target=work) for work in (pour, drain)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            assert server.get(URL).body == film.segment("v1", 1)
    finally:
        stop.set()
        busy.socket.shutdown(2)
        for thread in threads:
            thread.join()
        busy.close()


def test_when_descriptors_run_out_open_connections_go_on_and_new_ones_are_served_later(start, film):
    server = start("[limits]\nconnections = 1000\n", hard_files=64)
    first = server.client()
    assert first.get(URL).status == 200
    crowd = [server.client() for _ in range(80)]
    until(lambda: "can't accept" in server.log(), "descriptors run out")
    assert first.get(URL).status == 200
    for client in crowd:
        client.close()
    assert server.get(URL).status == 200
    first.close()
    assert server.log().count("can't accept") < 200


def test_what_a_client_sends_behind_its_last_request_does_not_cost_it_the_reply(start, big):
    server = start()
    with server.client(receive_buffer=8192) as client:
        client.ask(big.path("v1", 1), "Connection: close")
        client.socket.setblocking(False)
        sent = 0
        try:
            while sent < 300_000:
                sent += client.socket.send(b"x" * 65536)
        except BlockingIOError:
            pass
        client.socket.settimeout(30)
        reply = client.reply()
        assert reply.body == big.segment("v1", 1)


def test_operators_get_through_when_boxes_have_taken_all_connections(start):
    server = start("[limits]\nconnections = 20\n")
    boxes = [server.client() for _ in range(20)]
    until(lambda: server.metrics()["outpost_connections_open"] >= 20, "the boxes are in")
    with server.client() as late:
        assert late.is_over()
    assert server.admin("/healthz").status == 200
    for box in boxes:
        box.close()
