"""TLS: versions, names, resumption, and bodies byte for byte."""
import ssl

import pytest

from harness import Client, Film, certificate_toml, make_certificate, tls_context, until

CONFIG = """
[server]
threads = 2
[[listen]]
address = "127.0.0.1:0"
[[listen]]
address = "127.0.0.1:0"
tls = true
[[listen]]
address = "[::1]:0"
[[listen]]
address = "[::1]:0"
tls = true
[admin]
address = "127.0.0.1:0"
[library]
directory = "{library}"
"""
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture
def server(start, film, tmp_path):
    for name, names in (("one", ["one.example"]), ("two", ["two.example", "*.two.example"])):
        make_certificate(tmp_path, name, *names)
    return start(certificate_toml("one") + certificate_toml("two"), config=CONFIG)


@pytest.mark.parametrize("version,name", [(V12, "TLSv1.2"), (V13, "TLSv1.3")])
def test_both_versions_are_spoken(server, film, version, name):
    with Client(server.ports[1], context=tls_context(version)) as client:
        assert client.socket.version() == name
        assert client.get(film.path("v1", 1)).body == film.segment("v1", 1)
        assert client.get(film.path("v1", 1), "Connection: close").status == 200
        assert client.is_over()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_not(server, version):
    context = tls_context(version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(OSError):
        Client(server.ports[1], context=context)


def test_version_1_3_alone_when_that_is_the_minimum(start, film, tmp_path):
    make_certificate(tmp_path, "one")
    server = start('[tls]\nminimum = "1.3"\n' + certificate_toml("one"), config=CONFIG)
    with pytest.raises(OSError):
        Client(server.ports[1], context=tls_context(V12))
    with Client(server.ports[1], context=tls_context(V13)) as client:
        assert client.get(film.path("v1", 1)).status == 200


@pytest.mark.parametrize("name,shown", [("one.example", "one"), ("two.example", "two"), ("TWO.example", "two"),
                                        ("www.two.example", "two"), ("a.www.two.example", "one"),
                                        ("three.example", "one"), (None, "one")])
def test_the_name_that_is_asked_for_picks_the_certificate(server, tmp_path, name, shown):
    with Client(server.ports[1], context=tls_context(), name=name) as client:
        assert client.socket.getpeercert(True) == ssl.PEM_cert_to_DER_cert((tmp_path / f"{shown}.pem").read_text())


def test_http_1_1_is_what_alpn_picks(server):
    context = tls_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Client(server.ports[1], context=context) as client:
        assert client.socket.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize("version", [V12, V13])
def test_sessions_resume_in_whatever_thread_and_at_whatever_address(server, film, version):
    context, session, reused = tls_context(version), None, 0
    for i in range(40):
        host, port = [("127.0.0.1", server.ports[1]), ("::1", server.ports[3])][i % 2]
        with Client(port, host, context, name="two.example", session=session) as client:
            assert client.get(film.path("v1", 2)).status == 200  # tickets of 1.3 come with it
            reused += client.socket.session_reused
            session = client.socket.session
    assert reused == 39
    metrics = server.metrics()
    assert metrics['outpost_tls_handshakes_total{result="resumed"}'] == 39
    assert metrics['outpost_tls_handshakes_total{result="full"}'] == 1


@pytest.mark.parametrize("version", [V12, V13])
def test_megabytes_arrive_byte_for_byte_also_slowly_and_in_ranges(server, tmp_path, version):
    size = 9_000_001
    film = Film(tmp_path / "library", "big", tracks=("v1",), sizes=[size]).write()
    whole, path = film.segment("v1", 1), film.path("v1", 1)
    until(lambda: server.get("/vod/big/index.m3u8").status == 200, "the film is seen")
    with Client(server.ports[1], context=tls_context(version)) as client:
        assert client.get(path).body == whole
        for first, last in ((0, 16383), (0, 16384), (1, 131072), (262143, 262145), (5, size - 2), (size - 1, size)):
            assert client.get(path, f"Range: bytes={first}-{last}").body == whole[first:last + 1]
        assert client.get(path, method="HEAD")["Content-Length"] == str(size)
        for _ in range(3):
            client.ask(path, "Range: bytes=0-999")
        assert [client.reply().body for _ in range(3)] == [whole[:1000]] * 3
    with Client(server.ports[1], context=tls_context(version), receive_buffer=4096) as client:
        client.ask(path)
        client.head()
        taken = client.take(1000)
        other = server.get(path)  # meanwhile
        assert other.body == whole and taken + client.take(size - 1000) == whole


def test_plain_and_tls_are_served_on_both_families(server, film):
    for index, (host, context) in enumerate([("127.0.0.1", None), ("127.0.0.1", tls_context()), ("::1", None),
                                             ("::1", tls_context())]):
        with Client(server.ports[index], host, context) as client:
            assert client.get(film.path("a1", 3)).body == film.segment("a1", 3)
    assert server.addresses[2].startswith("http://[::1]:") and server.addresses[3].startswith("https://[::1]:")
    metrics = server.metrics()
    assert metrics['outpost_http_body_bytes_total{transport="tls"}'] >= 140000
    assert metrics['outpost_http_body_bytes_total{transport="plain"}'] >= 140000


def test_https_alone_is_promised_only_when_asked_for_and_only_over_tls(start, film, tmp_path):
    make_certificate(tmp_path, "one")
    server = start("[tls]\nhsts = true\n" + certificate_toml("one"), config=CONFIG)
    with Client(server.ports[1], context=tls_context()) as client:
        assert client.get("/none")["Strict-Transport-Security"] == "max-age=63072000"
    assert server.get("/none")["Strict-Transport-Security"] is None


def test_a_tls_listener_without_certificate_does_not_start(start):
    with pytest.raises(AssertionError, match="certificate"):
        start(config=CONFIG)


def test_a_handshake_that_never_ends_is_ended(start, film, tmp_path):
    make_certificate(tmp_path, "one")
    server = start('[limits]\nfirst_byte = "300ms"\n' + certificate_toml("one"), config=CONFIG)
    for beginning in (b"", bytes.fromhex("1603010200010001fc0303")):
        with Client(server.ports[1]) as client:
            client.send(beginning)
            assert client.is_over()
    assert server.metrics()['outpost_timeouts_total{waited_for="first_byte"}'] == 2
