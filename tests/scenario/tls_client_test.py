"""Client certificates: who is let in, who is turned away, and what resumes."""
import signal
import ssl
import subprocess

import pytest

from harness import Client, certificate_toml, make_certificate, tls_context, until

CONFIG = """
[server]
threads = 2
[[listen]]
address = "127.0.0.1:0"
tls = true
[[listen]]
address = "127.0.0.1:0"
[admin]
address = "127.0.0.1:0"
[library]
directory = "{library}"
[tls]
client_ca = "ca.pem"
"""
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
BOTH = pytest.mark.parametrize("version", [V12, V13])


def openssl(folder, *words, **how):
    subprocess.run(["openssl", *words], check=True, cwd=folder, stderr=subprocess.DEVNULL, **how)


def make_ca(folder, name, signer=None):
    """A certificate authority, its own or below another."""
    new_key(folder, name)
    sign(folder, name, signer, extensions="basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign")


def new_key(folder, name):
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")


def sign(folder, name, signer=None, days=30, extensions="extendedKeyUsage=clientAuth"):
    (folder / "extensions").write_text(extensions + "\n")
    by = ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial"] if signer else ["-signkey", f"{name}.key"]
    # A certificate of no days has expired at once: its end is not after now.
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", *by, "-days", str(days), "-extfile", "extensions", "-out",
            f"{name}.pem")


def make_box(folder, name, signer=None, **how):
    new_key(folder, name)
    sign(folder, name, signer, **how)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    make_certificate(folder, "one", "one.example")
    make_certificate(folder, "two", "two.example")
    make_ca(folder, "ca")
    make_ca(folder, "other")
    make_ca(folder, "below", "ca")
    for name, signer, how in [("box", "ca", {}), ("stranger", "other", {}), ("expired", "ca", {"days": 0}),
                              ("own", None, {}), ("deep", "below", {}),
                              ("server", "ca", {"extensions": "extendedKeyUsage=serverAuth"})]:
        make_box(folder, name, signer, **how)
    (folder / "deep-chain.pem").write_text((folder / "deep.pem").read_text() + (folder / "below.pem").read_text())
    return folder


@pytest.fixture
def begin(start, film, tmp_path, pki):
    def make(config=CONFIG, authority="ca"):
        for name in ("one.pem", "one.key", "two.pem", "two.key"):
            (tmp_path / name).write_bytes((pki / name).read_bytes())
        (tmp_path / "ca.pem").write_bytes((pki / f"{authority}.pem").read_bytes())
        return start(certificate_toml("one") + certificate_toml("two"), config=config)

    return make


@pytest.fixture
def server(begin):
    return begin()


def context(pki, version, box=None, chain=None):
    made = tls_context(version)
    if box:
        made.load_cert_chain(pki / f"{chain or box}.pem", pki / f"{box}.key")
    return made


def outcome(server, made, **how):
    """(status, "") of a request, or (None, the alert that ended the handshake)."""
    try:
        # A client of TLS 1.3 is done before its certificate has been looked at, and hears of it when it reads.
        with Client(server.ports[0], context=made, **how) as client:
            client.send("GET /vod/film/v1/1.m4s HTTP/1.1\r\nHost: a\r\n\r\n")
            data = client.socket.recv(1 << 16)
            return int(data.split(b" ", 2)[1]), ""
    except ssl.SSLError as error:
        return None, error.reason or "closed"


@BOTH
@pytest.mark.parametrize("box,chain", [("box", None), (None, None), ("deep", "deep-chain")])
def test_who_has_a_good_certificate_or_none_is_served(server, pki, version, box, chain):
    for name in ("one.example", "two.example", None):
        assert outcome(server, context(pki, version, box, chain), name=name) == (200, "")
    assert server.get("/vod/film/v1/1.m4s", port=server.ports[1]).status == 200


@BOTH
@pytest.mark.parametrize("box,alert", [("stranger", "UNKNOWN_CA"), ("own", "UNKNOWN_CA"), ("expired", "EXPIRED"),
                                       ("deep", "UNKNOWN_CA"), ("server", "UNSUPPORTED_CERTIFICATE")])
def test_a_certificate_that_does_not_verify_ends_the_handshake_with_its_alert(server, pki, version, box, alert):
    for name in ("one.example", "two.example"):
        status, said = outcome(server, context(pki, version, box), name=name)
        assert status is None and alert in said, said
    assert server.metrics()['outpost_tls_handshakes_total{result="failed"}'] == 2
    assert outcome(server, context(pki, version, "box")) == (200, "")


@BOTH
def test_an_intermediate_is_authority_enough(begin, pki, version):
    server = begin(authority="below")
    assert outcome(server, context(pki, version, "deep")) == (200, "")
    assert outcome(server, context(pki, version, "box"))[0] is None


@BOTH
def test_nobody_is_asked_without_authorities(begin, pki, version):
    server = begin(CONFIG.replace('client_ca = "ca.pem"', ""))
    for box in ("box", "stranger", "expired", None):
        assert outcome(server, context(pki, version, box)) == (200, "")


@BOTH
@pytest.mark.parametrize("box", ["box", None])
def test_sessions_resume_with_the_certificate_that_they_began_with(server, pki, version, box):
    made, session, reused = context(pki, version, box), None, 0
    for _ in range(10):
        with Client(server.ports[0], context=made, name="two.example", session=session) as client:
            assert client.get("/vod/film/v1/1.m4s").status == 200
            reused += client.socket.session_reused
            session = client.socket.session
    assert reused == 9
    assert server.metrics()['outpost_tls_handshakes_total{result="resumed"}'] == 9


@BOTH
def test_authorities_are_read_again_and_sessions_of_the_old_ones_do_not_resume(server, pki, version):
    made = context(pki, version, "box")
    with Client(server.ports[0], context=made, name="one.example") as client:
        assert client.get("/vod/film/v1/1.m4s").status == 200
        session = client.socket.session
        (server.folder / "ca.pem").write_bytes((pki / "other.pem").read_bytes())
        server.signal(signal.SIGHUP)
        until(lambda: "certificates read again" in server.log(), "they are read")
        assert client.get("/vod/film/v1/1.m4s").status == 200  # open connections go on
    status, said = outcome(server, made, name="one.example", session=session)
    assert status is None and "UNKNOWN_CA" in said
    assert outcome(server, context(pki, version, "stranger")) == (200, "")


def test_a_reload_with_a_broken_file_of_authorities_keeps_the_old_ones(server, pki):
    (server.folder / "ca.pem").write_text("no certificate\n")
    server.signal(signal.SIGHUP)
    until(lambda: "the certificates in use stay" in server.log(), "the reload is refused")
    assert outcome(server, context(pki, V13, "box")) == (200, "")
    assert outcome(server, context(pki, V13, "stranger"))[0] is None


def test_a_chain_without_end_is_not_read_to_its_end(server, pki):
    (pki / "endless.pem").write_text((pki / "box.pem").read_text() + (pki / "stranger.pem").read_text() * 100)
    assert outcome(server, context(pki, V12, "box", "endless"))[0] is None
    assert outcome(server, context(pki, V12, "box")) == (200, "")


@pytest.mark.parametrize("content,wanted", [(None, "can't be read"), ("nothing\n", "holds no certificate")])
def test_check_tells_of_authorities_that_can_not_be_used(tmp_path, content, wanted):
    import operator_test
    make_certificate(tmp_path, "one")
    if content:
        (tmp_path / "ca.pem").write_text(content)
    status, said = operator_test.check(tmp_path, operator_test.TLS + certificate_toml("one") +
                                       '[tls]\nclient_ca = "ca.pem"\n')
    assert status == 1 and "outpost.toml:11:13: " in said and wanted in said, said
