"""What an operator's mistakes and moves come to: keys, certificates, directories."""
import signal
import subprocess

from harness import BIN, PATIENCE, Film, Server, certificate_toml, make_certificate, tls_context, until

TLS = """
[[listen]]
address = "127.0.0.1:0"
tls = true
[admin]
address = "127.0.0.1:0"
"""


def encrypt(key):
    subprocess.run(["openssl", "ec", "-in", key, "-aes128", "-passout", "pass:secret", "-out", key], check=True,
                   stderr=subprocess.DEVNULL)


def check(folder, config):
    path = folder / "outpost.toml"
    path.write_text(config)
    done = subprocess.run([BIN, "check", "--no-ports", "--config", path], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


def test_an_encrypted_key_is_refused_at_once_and_never_asked_for(tmp_path):
    _, key = make_certificate(tmp_path, "here")
    encrypt(key)
    status, said = check(tmp_path, TLS + certificate_toml("here"))
    assert status == 1 and "here.key" in said and "not encrypted" in said and "outpost.toml:8:" in said
    done = subprocess.run([BIN, "serve", "--config", tmp_path / "outpost.toml"], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert done.returncode == 1 and "not encrypted" in done.stderr


def test_a_reload_with_an_encrypted_key_keeps_the_old_one_and_the_server_still_stops(tmp_path):
    _, key = make_certificate(tmp_path, "here")
    server = Server(tmp_path, config=TLS + certificate_toml("here"))
    encrypt(key)
    server.signal(signal.SIGHUP)
    until(lambda: "the certificates in use stay" in server.log(), "the reload is refused")
    with server.client(context=tls_context()) as client:
        assert client.get("/").status == 200
    server.stop()


def test_check_opens_the_certificates(tmp_path):
    make_certificate(tmp_path, "one")
    make_certificate(tmp_path, "two")
    good = TLS + '[[certificate]]\nchain = "one.pem"\nkey = "one.key"\n'
    assert check(tmp_path, good)[0] == 0
    for wrong in (good.replace("one.key", "two.key"), good.replace("one.pem", "one.key"),
                  good.replace("one.pem", "outpost.toml")):
        status, said = check(tmp_path, wrong)
        assert status == 1 and "outpost.toml:8:" in said, said


def test_check_refuses_an_access_log_that_is_a_directory(tmp_path):
    (tmp_path / "logs").mkdir()
    status, said = check(tmp_path, '[[listen]]\naddress = "127.0.0.1:0"\n[access_log]\npath = "logs"\n')
    assert status == 1 and "is a directory" in said


def test_a_library_that_is_moved_away_is_told_and_found_again(start, film, tmp_path):
    (tmp_path / "current").symlink_to("library")
    server = start(config="""
[[listen]]
address = "127.0.0.1:0"
[admin]
address = "127.0.0.1:0"
[library]
directory = "{folder}/current"
rescan = "1s"
""")
    until(lambda: server.admin("/readyz").status == 200, "it is scanned")
    assert server.get(film.path("v1", 1)).status == 200
    (tmp_path / "current").unlink()
    until(lambda: server.admin("/readyz").status == 503, "it says that the library is gone")
    assert server.get(film.path("v1", 1)).body == film.segment("v1", 1)
    other = Film(tmp_path / "other", "other").write()
    (tmp_path / "current").symlink_to("other")
    until(lambda: server.get(other.path("v1", 1)).status == 200, "the new directory is served")
    assert server.admin("/readyz").status == 200
    assert server.log().count("can't be opened") == 1
