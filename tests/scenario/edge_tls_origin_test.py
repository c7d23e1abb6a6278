"""Origins behind TLS: whom the edge believes, under which name, and what it does when it does not."""
import ssl
import subprocess

import pytest

from harness import Gone, pattern, until
from origin import Origin
from pooling import PATIENT, says, standing
from purging import fresh, is_hit

LARGE = pattern("large", 2_000_000)


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.chain, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 30,
                "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.chain)

    def context(self, *names, days=30):
        """What a server needs whose certificate has these names."""
        stem = self.folder / f"{self.name}-{names[0].replace('*', 'any')}"
        chain, key, request, more = (stem.with_name(stem.name + end) for end in (".crt", ".key", ".csr", ".ext"))
        kind = {True: "IP", False: "DNS"}
        more.write_text("subjectAltName=" + ",".join(f"{kind[name[-1].isdigit() or ':' in name]}:{name}"
                                                     for name in names))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x",
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.chain, "-CAkey", self.key, "-days", days, "-out", chain,
                "-extfile", more)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return context


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "right")


@pytest.fixture(scope="module")
def contexts(ca):
    """Certificates by their first name."""
    return {names[0]: ca.context(*names) for names in (
        ("127.0.0.1",), ("localhost",), ("films.example", "other.example"), ("*.films.example",))}


@pytest.fixture
def secure(contexts):
    """secure(name) is an origin with that certificate."""
    made = []

    def begin(name="127.0.0.1"):
        made.append(Origin(contexts[name]).on("*", fresh("sealed")))
        return made[-1]

    yield begin
    for each in made:
        each.stop()
        each.keeper.close()


def refused(reply):
    return (reply.status, reply["Proxy-Status"]) == (502, "outpost; error=tls_certificate_error")


def test_a_certificate_of_the_named_authority_is_believed(secure, edge, ca):
    origin = secure()
    server = edge(origin, origin={"ca": str(ca.chain)})
    assert server.get("/film").body == b"sealed" and is_hit(server.get("/film"))
    assert standing(server, origin)["failures"] == 0


def test_a_certificate_of_another_authority_is_refused_and_nothing_is_sent(secure, edge, tmp_path):
    origin = secure()
    server = edge(origin, origin={"ca": str(Authority(tmp_path, "wrong").chain)})
    assert refused(server.get("/film")) and not origin.asked()


def test_without_a_named_authority_the_system_s_count(secure, edge):
    origin = secure()
    assert refused(edge(origin).get("/film")) and not origin.asked()


@pytest.mark.parametrize("name", ["localhost", "films.example", "*.films.example"])
def test_a_certificate_of_another_name_is_refused(secure, edge, ca, name):
    origin = secure(name)  # and is asked as 127.0.0.1
    assert refused(edge(origin, origin={"ca": str(ca.chain)}).get("/film")) and not origin.asked()


def test_an_origin_s_name_is_looked_for_in_its_certificate(secure, edge, ca):
    origin = secure("localhost")
    server = edge(f"https://localhost:{origin.port}", origin={"ca": str(ca.chain)})
    assert server.get("/film").body == b"sealed"


@pytest.mark.parametrize("certificate, name, good", [
    ("films.example", "films.example", True), ("films.example", "other.example", True),
    ("films.example", "FILMS.example", True), ("films.example", "a.films.example", False),
    ("films.example", "ilms.example", False), ("*.films.example", "a.films.example", True),
    ("*.films.example", "films.example", False), ("*.films.example", "a.b.films.example", False),
    ("127.0.0.1", "127.0.0.1", True), ("127.0.0.1", "127.0.0.2", False)])
def test_server_name_is_the_name_that_counts(secure, edge, ca, certificate, name, good):
    reply = edge(secure(certificate), origin={"ca": str(ca.chain), "server_name": name}).get("/film")
    assert reply.body == b"sealed" if good else refused(reply)


def test_server_name_is_what_the_handshake_asks_for_and_host_stays_the_origin_s(contexts, secure, edge, ca):
    asked = []
    contexts["films.example"].sni_callback = lambda _, name, __: asked.append(name)
    origin = secure("films.example")
    edge(origin, origin={"ca": str(ca.chain), "server_name": "films.example"}).get("/film")
    assert asked == ["films.example"] and origin.asked()[0]["Host"] == f"127.0.0.1:{origin.port}"


def test_an_address_is_no_name_to_ask_for(contexts, secure, edge, ca):
    asked = []
    contexts["127.0.0.1"].sni_callback = lambda _, name, __: asked.append(name)
    edge(secure(), origin={"ca": str(ca.chain)}).get("/film")
    assert asked == [None]


@pytest.mark.parametrize("name", ["127.0.0.1", "films.example"])
def test_without_verifying_anything_is_believed(secure, edge, name):
    assert edge(secure(name), origin={"verify": False}).get("/film").body == b"sealed"


def test_a_certificate_that_has_expired_is_refused(ca, edge):
    with Origin(ca.context("127.0.0.1", days=-1)) as origin:
        assert refused(edge(origin, origin={"ca": str(ca.chain)}).get("/film")) and not origin.asked()


def test_an_origin_that_is_not_believed_is_passed_over_and_left_out(secure, edge, ca):
    wrong, right = secure("films.example"), secure()
    server = edge([wrong, {"url": right.url, "backup": True}], origin={"ca": str(ca.chain)},
                  pool={"eject_after": 2, "eject_time": "1h"})
    for number in range(4):
        assert server.get(f"/{number}").body == b"sealed"
    told = standing(server, wrong)
    assert (told["state"], told["failures"]) == ("ejected", 2) and not wrong.asked()


def test_an_origin_that_speaks_no_tls_is_an_error(start, edge, tmp_path):
    plain = start(folder=tmp_path / "plain")
    reply = edge(f"https://127.0.0.1:{plain.port}", folder=tmp_path / "edge").get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (502, "outpost; error=tls_protocol_error")


def test_an_origin_that_speaks_tls_where_plain_is_expected_is_an_error(secure, edge):
    reply = edge(secure().url.replace("https:", "http:"), pool=PATIENT).get("/film")
    assert reply.status == 502 and reply["Proxy-Status"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version, good", [(ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True),
                                           (ssl.TLSVersion.TLSv1_1, False)])
def test_versions_from_1_2_on_are_spoken(ca, edge, version, good):
    context = ca.context("127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with Origin(context).on("*", fresh("sealed")) as origin:
        reply = edge(origin, origin={"ca": str(ca.chain)}).get("/film")
        assert reply.body == b"sealed" if good else reply.status == 502


def test_connections_are_kept_and_new_ones_resume_the_session(secure, edge, ca):
    origin = secure()
    origin.on("*", fresh("x"), fresh("x"), says(200, b"x", connection="close"))
    server = edge(origin, origin={"ca": str(ca.chain)}, routes=[{"cache": "bypass"}])
    for number in range(6):
        assert server.get(f"/{number}").body == b"x"
    assert origin.connections == 4
    metrics = server.metrics()
    assert metrics['outpost_origin_tls_handshakes_total{result="full"}'] == 1
    assert metrics['outpost_origin_tls_handshakes_total{result="resumed"}'] == 3


def test_large_bodies_and_ranges_come_through_tls(secure, edge, ca):
    origin = secure()
    origin.on("/film", fresh(LARGE))
    server = edge(origin, origin={"ca": str(ca.chain)})
    assert server.get("/film", "Range: bytes=1000000-1000099").body == LARGE[1_000_000:1_000_100]
    assert server.get("/film").body == LARGE and is_hit(server.get("/film"))


def test_a_body_until_the_end_is_whole_only_with_the_end_of_tls(secure, edge, ca):
    head = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\n\r\n"
    origin = secure()
    origin.on("/whole", lambda _, connection: connection.send(head + b"abc") or connection.close())
    origin.on("/cut", lambda _, connection: connection.send(head + b"abc") or connection.end())
    server = edge(origin, origin={"ca": str(ca.chain)}, pool={**PATIENT, "retries": 0})
    assert server.get("/whole").body == b"abc" and is_hit(server.get("/whole"))
    for _ in range(3):
        try:
            assert server.get("/cut").status == 502  # the cut one was found, and is not sent
        except Gone:
            pass


def test_health_checks_go_over_tls_too(secure, edge, ca):
    right, wrong = secure(), secure("films.example")
    server = edge([right, wrong], origin={"ca": str(ca.chain)},
                  pool={"health_path": "/healthz", "health_interval": "100ms"})
    until(lambda: standing(server, wrong)["state"] == "ejected", "the wrong one is out")
    assert standing(server, right)["state"] == "up" and right.asked("/healthz") and not wrong.asked()


@pytest.mark.parametrize("file", ["missing.pem", "empty.pem"])
def test_a_node_whose_authorities_can_t_be_read_does_not_start(secure, edge, tmp_path, file):
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(AssertionError, match=file):
        edge(secure(), origin={"ca": str(tmp_path / file)})
