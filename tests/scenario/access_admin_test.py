"""Revocations over the admin listener: what is asked wrongly, who may ask, and what is written down of it."""
import json
import time

import pytest

from admin_accounts_test import KEYS, ask, audit, bearer, run, with_accounts
from origin import Page
from tokens import Key, auth_toml, in_path

PATH, REVOCATIONS = "/vod/film/1.m4s", "/api/v1/revocations"
ROLES = ("viewer", "operator", "administrator")


@pytest.fixture
def guarded(start, origin, tmp_path):
    """An edge with [auth], accounts and an audit log."""
    origin.on("*", Page(b"film", cache_control="max-age=600"))
    key = Key(tmp_path / "keys")
    (tmp_path / "state").mkdir()
    text = auth_toml(tmp_path / "keys", {"prefix": "/vod/"}, state=tmp_path / "state")
    server = start(config=with_accounts(tmp_path, origin) + text)
    server.key = key
    return server


def revoke(server, body, role="operator", **how):
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    text = text.decode("latin-1") if isinstance(text, bytes) else text
    return ask(server, REVOCATIONS, *([bearer(role)] if role else []), method="POST", body=text, **how)


def listed(server, role="viewer"):
    return json.loads(ask(server, REVOCATIONS, bearer(role)).body)["revocations"]


def opens(server, **claims):
    return server.get(in_path(server.key.jwt(**claims), PATH)).status == 200


# ---- what is asked


BAD = [
    ("", "no JSON object"), ("{", "no JSON object"), ("[]", "no JSON object"), ("null", "no JSON object"), ('"anna"', "no JSON object"), ("[" * 3000, "no JSON object"),
    ('{"subject":"a","for":"1h"} {}', "no JSON object"), ('{"subject":"a","for":"1h","subject":"b"}', "no JSON object"), ('{"subject":["a"],"for":"1h"}', "no JSON object"),
    (b'{"subject":"\xff","for":"1h"}', "no JSON object"), ('{"subject":"\\ud800","for":"1h"}', "no JSON object"),
    ("{}", "does not say what"), ('{"for":"1h"}', "does not say what"), ('{"subject":"a"}', "does not say until when"),
    ('{"subject":"","for":"1h"}', '"subject": it is empty'), ('{"subject":1,"for":"1h"}', '"subject" is not a text'), ('{"subject":null,"for":"1h"}', '"subject" is not a text'),
    ('{"key":true,"for":"1h"}', '"key" is not a text'), ('{"token":"' + "x" * 1025 + '","for":"1h"}', '"token": it is longer than 1024 bytes'),
    ('{"device":"' + "x" * 5000 + '","for":"1h"}', "longer than 4096 bytes"), ('{"subject":"a\\nb","for":"1h"}', "control character"),
    ('{"subject":"a\\u0000b","for":"1h"}', "control character"), ('{"subject":"a","device":"b","for":"1h"}', "exclude each other"),
    ('{"subject":"a","for":"1h","until":4000000000}', "exclude each other"), ('{"subject":"a","for":"1h","more":1}', '"more" is unknown'),
    ('{"Subject":"a","for":"1h"}', '"Subject" is unknown'), ('{"subject":"a","for":"soon"}', '"for" is no duration'), ('{"subject":"a","for":""}', '"for" is no duration'),
    ('{"subject":"a","for":"-1h"}', '"for" is no duration'), ('{"subject":"a","for":3600}', '"for" is no duration'), ('{"subject":"a","for":"0s"}', '"for" is over'),
    ('{"subject":"a","for":"99999d"}', "longer than ten years"), ('{"subject":"a","until":"tomorrow"}', '"until" is no time'), ('{"subject":"a","until":1}', '"until" is over'),
    ('{"subject":"a","until":"2020-01-01T00:00:00Z"}', '"until" is over'), ('{"subject":"a","until":99999999999999999999}', '"until" is neither'),
    ('{"subject":"a","until":1e400}', '"until" is neither'), ('{"subject":"a","until":null}', '"until" is neither'),
]


@pytest.mark.parametrize("body, wanted", BAD, ids=range(len(BAD)))
def test_what_is_not_understood_is_told_in_one_clear_line_and_revokes_nothing(guarded, body, wanted):
    reply = revoke(guarded, body)
    detail = json.loads(reply.body)["detail"]
    assert reply.status == 400 and wanted in detail and "\n" not in detail and '"for": "7d"' in detail
    assert listed(guarded) == [] and opens(guarded, sub="a")
    assert [(line["what"], line["status"]) for line in audit(guarded)] == [("a revocation that is not understood", 400)]


def test_methods_that_are_not_there_are_told(guarded):
    for method in ("PUT", "DELETE", "PATCH"):
        reply = ask(guarded, REVOCATIONS, bearer("administrator"), method=method)
        assert (reply.status, reply["Allow"]) == (405, "GET, HEAD, POST")
    assert ask(guarded, REVOCATIONS + "/anna", bearer("administrator")).status == 404


def test_a_node_without_auth_has_no_revocations(start, origin, tmp_path):
    server = start(config=with_accounts(tmp_path, origin))
    for method in ("GET", "POST"):
        assert ask(server, REVOCATIONS, bearer("administrator"), method=method, body='{"subject":"a","for":"1h"}').status == 404


def test_what_is_revoked_is_listed_as_it_was_asked(guarded):
    names = ["anna", 'a"b', "ключ", "a\\b", "x" * 1024, "<script>", "\u2028", " "]
    for name in names:
        assert revoke(guarded, {"subject": name, "for": "1h"}).status == 200
        assert not opens(guarded, sub=name)
    assert sorted(row["value"] for row in listed(guarded)) == sorted(names)
    assert {row["kind"] for row in listed(guarded)} == {"subject"} and opens(guarded, sub="ann")
    # Each is one line, whatever it holds.
    lines = (guarded.folder / "audit.log").read_text().rstrip("\n").split("\n")
    assert [json.loads(line)["status"] for line in lines] == [200] * len(names)


def test_the_longer_of_two_counts(guarded):
    first = json.loads(revoke(guarded, {"subject": "a", "for": "2h"}).body)
    assert first["known"] is False
    assert json.loads(revoke(guarded, {"subject": "a", "for": "1h"}).body)["known"] is True
    (row,) = listed(guarded)
    assert row["until"] - row["at"] > 7_000_000
    assert json.loads(revoke(guarded, {"subject": "a", "for": "3h"}).body)["known"] is False
    (row,) = listed(guarded)
    assert row["until"] - row["at"] > 10_000_000


# ---- who asks


@pytest.mark.parametrize("role", [None, *ROLES])
def test_operators_revoke_and_viewers_look(guarded, role):
    status = revoke(guarded, {"subject": "anna", "for": "1h"}, role).status
    assert status == {None: 401, "viewer": 403}.get(role, 200)
    assert opens(guarded, sub="anna") == (status != 200)
    for method in ("GET", "HEAD"):
        assert ask(guarded, REVOCATIONS, *([bearer(role)] if role else []), method=method).status == (401 if role is None else 200)


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"])
def test_web_pages_revoke_nothing(guarded, field):
    reply = ask(guarded, REVOCATIONS, bearer("administrator"), field, method="POST", body='{"subject":"anna","for":"1h"}')
    assert reply.status == 403 and opens(guarded, sub="anna")
    assert audit(guarded)[-1]["what"] == "refused: from a web page"


def test_a_token_of_a_viewer_is_no_key_of_an_account(guarded):
    assert ask(guarded, REVOCATIONS, f"Authorization: Bearer {guarded.key.jwt()}").status == 401
    assert guarded.get(PATH, bearer("administrator")).status in (401, 403)


def test_each_revocation_is_a_line_of_the_audit_log_before_it_is_answered(guarded):
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    for what, role, wanted, status in [
            ({"subject": "site-17", "for": "1h"}, "operator", "revoke subject site-17 until ", 200), ({"key": "school", "until": date}, "administrator", f"revoke key school until {date}", 200),
            ({"device": "box", "for": "1h"}, "viewer", "refused: it takes the role operator", 403), ({"token": "t", "for": "1h"}, None, "refused: no key", 401)]:
        assert revoke(guarded, what, role).status == status
        line = audit(guarded)[-1]
        assert line["what"].startswith(wanted) and (line["status"], line["path"], line["client"]) == (status, REVOCATIONS, "127.0.0.1")
        assert line["account"] == (f"{role}-1" if role else "-")
    assert len(audit(guarded)) == 4


# ---- the command


def admin(server):
    return "--admin", f"http://127.0.0.1:{server.admin_port}"


def test_the_command_revokes_with_a_key_and_lists(guarded):
    for kind, value, claims in (("token", "t1", {"jti": "t1"}), ("subject", "anna", {"sub": "anna"}), ("device", "box", {"device": "box"})):
        code, said, errors = run("token", "revoke", f"--{kind}", value, "--for", "1h", *admin(guarded), key=KEYS["operator"])
        assert (code, errors) == (0, "") and said.startswith(f"{kind} {value}: revoked")
        assert not opens(guarded, **claims)
    code, said, errors = run("token", "revocations", *admin(guarded), key=KEYS["viewer"])
    assert (code, errors) == (0, "")
    assert sorted(tuple(line.split()[:2]) for line in said.splitlines()[1:]) == [("device", "box"), ("subject", "anna"), ("token", "t1")]
    assert KEYS["operator"] not in said


@pytest.mark.parametrize("words, wanted", [
    ((), "--"), (("--subject", "", "--for", "1h"), "nothing is named"), (("--subject", "a", "--device", "b", "--for", "1h"), "--"),
    (("--subject", "a", "--for", "soon"), "no duration"), (("--subject", "a", "--for", "0s"), "over"), (("--subject", "a\nb", "--for", "1h"), "control")])
def test_a_command_that_is_not_understood_says_so_and_revokes_nothing(guarded, words, wanted):
    code, said, errors = run("token", "revoke", *words, *admin(guarded), key=KEYS["operator"])
    assert code != 0 and not said and wanted in errors and errors.count("\n") <= 3, (code, errors)
    assert listed(guarded) == []


def test_a_command_without_the_role_or_without_a_node_says_so_in_a_line(guarded):
    words = ("token", "revoke", "--subject", "anna", "--for", "1h")
    for key, wanted in ((None, "key of an account"), ("outpost-wrong", "key of an account"), (KEYS["viewer"], "role is too low")):
        code, said, errors = run(*words, *admin(guarded), key=key)
        assert code == 1 and not said and wanted in errors and errors.count("\n") == 1, errors
    code, said, errors = run(*words, "--admin", "http://127.0.0.1:9")
    assert code == 1 and not said and errors.count("\n") == 1
    assert listed(guarded) == [] and opens(guarded, sub="anna")
