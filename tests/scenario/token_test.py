"""outpost token: keys and tokens on the command line."""
import json
import stat

import pytest

from purging import command

URL = "https://edge.example.org/vod/film/index.m3u8"
FORMATS = [("HS256", "uri-signing"), ("ES256", "uri-signing"), ("EdDSA", "uri-signing"), ("RS256", "uri-signing"), ("HS256", "cat"),
           ("ES256", "cat"), ("PS256", "cat"), ("EdgeAuth", "edge-auth"), ("CloudFront", "cloudfront"), ("SecureLink", "secure-link")]


def token(*words, given=None):
    status, out, errors = command("token", *map(str, words), given=given)
    return status, out.strip(), errors.strip()


def keygen(folder, alg, *words):
    path = folder / f"{alg}.jwk"
    status, out, errors = token("keygen", "--alg", alg, "--kid", "k", "--out", path, *words)
    assert status == 0 and "k" in out, errors
    return path


@pytest.mark.parametrize("alg, format", FORMATS)
def test_what_is_minted_verifies_and_ends(tmp_path, alg, format):
    key = keygen(tmp_path, alg)
    how = ["--url", URL] if format == "secure-link" else ["--path-prefix", "/vod/film/", "--url", URL]
    status, made, errors = token("mint", "--key", key, "--format", format, "--expires", "1h", *how)
    assert status == 0, errors
    assert token("verify", made, "--format", format, "--keys", key, "--url", URL) == (0, "passes", "")
    assert token("verify", "-", "--format", format, "--keys", key, "--url", URL, given=made + "\n") == (0, "passes", "")
    for words in (["--url", URL, "--at", "2h"], ["--url", URL.replace("/film/", "/other/")]):
        status, said, _ = token("verify", made, "--format", format, "--keys", key, *words)
        assert status == 1 and said.startswith("refused: "), said


def test_show_explains_in_words(tmp_path):
    key = keygen(tmp_path, "HS256")
    made = token("mint", "--key", key, "--path-prefix", "/vod/film/", "--sub", "site-17", "--claim", "device=box-1", "--max-height", 1080,
                 "--renew", "cookie", "--renew-for", "10min", "--expires", "1h", "--as", "url", "--place", "path", "--url", URL)[1]
    status, said, _ = token("show", "--keys", key, "--url", made)
    assert status == 0
    for words in ("uri-signing", "k, HS256", "site-17", "box-1", "1080 lines", "by cookie, for 600 s", "would pass", f"GET {URL}"):
        assert words in said, said
    status, said, _ = token("show", "--keys", keygen(tmp_path, "ES256"), "--url", made)
    assert status == 1 and "would be refused: its algorithm is not its key's" in said


def test_show_knows_the_rules_of_a_configuration(tmp_path):
    (tmp_path / "keys").mkdir()
    key = keygen(tmp_path / "keys", "HS256")
    file = tmp_path / "outpost.toml"
    file.write_text('[[listen]]\naddress = "127.0.0.1:0"\n[auth]\nkeys = "keys"\n[[access]]\nprefix = "/vod/"\nclaims = ["asset={2}"]\n')
    made = lambda asset: token("mint", "--key", key, "--regex", ".*", "--claim", f"asset={asset}", "--expires", "1h")[1]
    assert token("verify", made("film"), "--config", file, "--url", URL)[0] == 0
    assert "lacks a claim" in token("verify", made("other"), "--config", file, "--url", URL)[1]
    assert "nobody is let in" in token("verify", made("film"), "--config", file, "--url", "https://edge.example.org/live/1")[1]


def test_secrets_are_their_owners_and_files_are_never_overwritten(tmp_path):
    key = keygen(tmp_path, "ES256", "--public", tmp_path / "public.jwk")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "d" in json.loads(key.read_text()) and "d" not in json.loads((tmp_path / "public.jwk").read_text())
    before = key.read_text()
    status, _, errors = token("keygen", "--alg", "ES256", "--out", key)
    assert status == 1 and "is there already" in errors and key.read_text() == before
    assert [list(each) for each in json.loads(token("keygen", "--public-of", key)[1])["keys"]] and '"d"' not in token("keygen", "--public-of", key)[1]


def test_keys_of_others_are_taken_over(tmp_path):
    (tmp_path / "hex").write_text("00112233445566778899aabbccddeeff" * 2 + "\n")
    status, out, errors = token("keygen", "--alg", "EdgeAuth", "--kid", "a", "--secret-file", tmp_path / "hex", "--secret-encoding", "hex")
    assert status == 0 and json.loads(out)["alg"] == "EdgeAuth", errors
    import subprocess
    subprocess.run(["openssl", "genrsa", "-out", str(tmp_path / "rsa.pem"), "2048"], check=True, capture_output=True)
    assert json.loads(token("keygen", "--alg", "CloudFront", "--kid", "K1", "--from-pem", tmp_path / "rsa.pem")[1])["kid"] == "K1"


@pytest.mark.parametrize("words, says", [
    (("keygen",), "--alg"), (("keygen", "--alg", "HS512"), "is no algorithm"), (("mint", "--expires", "1h"), "--key"),
    (("mint", "--key", "none.jwk", "--expires", "1h"), "none.jwk"), (("mint", "--key", "{key}", "--expires", "soon"), "is not a time"),
    (("mint", "--key", "{key}", "--expires", "1h", "--regex", "("), "--regex"), (("mint", "--key", "{key}", "--expires", "1h", "--claim", "x"), "name=value"),
    (("mint", "--key", "{key}", "--expires", "1h", "--format", "edge-auth", "--path-prefix", "/"), ""), (("verify", "x"), "--keys"),
    (("verify", "--keys", "{key}"), "there is none"), (("revoke",), "--subject"), (("revoke", "--subject", "a", "--key", "b"), "more than one"),
    (("revoke", "--subject", "a", "--admin", "http://127.0.0.1:9"), "127.0.0.1:9")])
def test_what_is_wrong_gets_one_line_that_says_what_to_do(tmp_path, words, says):
    key = keygen(tmp_path, "HS256")
    status, out, errors = token(*(word.replace("{key}", str(key)) for word in words))
    assert status != 0 and len(errors.splitlines()) == 1 and says in errors, (out, errors)


@pytest.mark.parametrize("alg, format, words, says", [
    ("HS256", "uri-signing", ["--url", URL], "for which URLs"), ("HS256", "cat", ["--url", URL], "for which URLs"),
    ("CloudFront", "cloudfront", ["--path-prefix", "/vod/film/"], "needs a host"),
    ("EdgeAuth", "edge-auth", ["--path-prefix", "/vod/film/", "--url", URL, "--as", "url", "--place", "path"], "--place query")])
def test_no_token_is_made_for_more_than_was_asked_or_where_it_would_not_work(tmp_path, alg, format, words, says):
    status, out, errors = token("mint", "--key", keygen(tmp_path, alg), "--format", format, "--expires", "1h", *words)
    assert status == 1 and not out and says in errors, (out, errors)


def test_a_cat_with_a_url_is_for_its_host_alone(tmp_path):
    key = keygen(tmp_path, "HS256")
    made = token("mint", "--key", key, "--format", "cat", "--path-prefix", "/vod/film/", "--url", URL, "--expires", "1h")[1]
    verify = lambda url: token("verify", made, "--format", "cat", "--keys", key, "--url", url)[0]
    assert (verify(URL), verify(URL.replace("edge.", "evil."))) == (0, 1)
