"""Tokens that are bound to the certificate of a box."""
import pytest

from harness import Client, Film, certificate_toml, make_certificate, tls_context
from purging import command
from tls_client_test import CONFIG, make_box, make_ca
from tokens import Key, auth_toml, in_path

@pytest.fixture
def site(start, tmp_path):
    """A library whose one rule asks for tokens bound to a certificate; boxes are "one" and "two"."""
    make_certificate(tmp_path, "server")
    make_ca(tmp_path, "ca")
    for box in ("one", "two"):
        make_box(tmp_path, box, "ca")
    Film(tmp_path / "library", "film").write()
    key = Key(tmp_path / "keys")
    server = start(certificate_toml("server") + auth_toml(key.folder, {"prefix": "/vod/", "device_certificate": True}), config=CONFIG)
    server.key, server.folder = key, tmp_path
    return server


def ask(server, token, box=None, port=None, session=None):
    context = None
    if port is None:
        context = tls_context()
        if box:
            context.load_cert_chain(server.folder / f"{box}.pem", server.folder / f"{box}.key")
    with Client(port or server.ports[0], context=context) as client:
        return client.get(in_path(token, "/vod/film/v1/1.m4s", "cat" if "." not in token else "URISigningPackage")).status


def mint(server, *words):
    status, token, errors = command("token", "mint", "--key", str(server.key.path), "--path-prefix", "/vod/", "--expires", "1h", *words)
    assert status == 0, errors
    return token.strip()


@pytest.mark.parametrize("format", ["uri-signing", "cat"])
def test_a_bound_token_opens_for_its_box_alone(site, format):
    token = mint(site, "--format", format, "--cert", str(site.folder / "one.pem"))
    assert ask(site, token, "one") == 200
    assert ask(site, token, "two") in (401, 403)
    assert ask(site, token) in (401, 403)
    assert ask(site, token, port=site.ports[1]) in (401, 403)  # plain: nobody shows a certificate


def test_a_token_that_is_bound_to_nothing_is_not_enough(site):
    assert ask(site, mint(site), "one") == 403


def test_what_is_on_the_connection_counts_for_each_of_its_requests(site):
    token, other = (mint(site, "--cert", str(site.folder / f"{box}.pem")) for box in ("one", "two"))
    context = tls_context()
    context.load_cert_chain(site.folder / "one.pem", site.folder / "one.key")
    with Client(site.ports[0], context=context) as client:
        assert [client.get(in_path(each, "/vod/film/v1/1.m4s")).status for each in (token, other, token)] == [200, 403, 200]
