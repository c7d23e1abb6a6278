"""Who may do what on the admin listener, what is written down of it, and how commands show their key."""
import hashlib
import json
import os
import re
import subprocess

import pytest

from harness import BIN, PATIENCE, Client, Server, edge_toml, until
from origin import Origin
from purging import fill, fresh, is_hit

KEYS = {"viewer": "outpost-key-of-the-viewer", "operator": "outpost-key-of-the-operator",
        "administrator": "outpost-key-of-the-administrator"}


def accounts_toml():
    return "".join(f'[[account]]\nname = "{role}-1"\nrole = "{role}"\n'
                   f'key_hash = "sha256:{hashlib.sha256(key.encode()).hexdigest()}"\n' for role, key in KEYS.items())


def with_accounts(folder, origin, log=True):
    """The file of an edge whose admin listener takes keys."""
    text = edge_toml(folder, origin) + accounts_toml()
    return text.replace("[admin]\n", '[admin]\naudit_log = "audit.log"\n') if log else text


@pytest.fixture
def guarded(start, origin, tmp_path):
    origin.on("*", fresh("x"))
    return start(config=with_accounts(tmp_path, origin))


def ask(server, path, *fields, method="GET", body=""):
    with Client(server.admin_port) as client:
        lines = [f"{method} {path} HTTP/1.1", "Host: admin", *fields]
        if method not in ("GET", "HEAD"):
            lines.append(f"Content-Length: {len(body)}")
        client.send("\r\n".join([*lines, "", body]))
        return client.reply(method)


def bearer(role):
    return f"Authorization: Bearer {KEYS[role]}"


def audit(server):
    return [json.loads(line) for line in (server.folder / "audit.log").read_text().splitlines()]


def run(*words, key=None):
    """Runs outpost: (exit status, standard output, standard error)."""
    environment = {name: value for name, value in os.environ.items() if name != "OUTPOST_ADMIN_KEY"}
    if key:
        environment["OUTPOST_ADMIN_KEY"] = key
    done = subprocess.run([BIN, *words], capture_output=True, text=True, timeout=PATIENCE, env=environment,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


ALL = '{"all":true}'
READERS = ("viewer", "operator", "administrator")
ROUTES = [("GET", "/healthz", "", (None, *READERS)), ("GET", "/readyz", "", (None, *READERS)),
          ("GET", "/metrics", "", READERS), ("HEAD", "/metrics", "", READERS), ("GET", "/", "", READERS),
          ("GET", "/api/v1/status", "", READERS), ("POST", "/api/v1/purge", ALL, ("operator", "administrator"))]


@pytest.mark.parametrize("role", [None, "viewer", "operator", "administrator"])
def test_each_role_gets_through_where_it_may_and_nowhere_else(guarded, role):
    for method, path, body, welcome in ROUTES:
        reply = ask(guarded, path, *([bearer(role)] if role else []), method=method, body=body)
        wanted = 200 if role in welcome else 401 if role is None else 403
        assert reply.status == wanted, (method, path, role, reply)
        challenge = reply["WWW-Authenticate"] or ""
        assert challenge.startswith("Bearer ") == (wanted != 200), (method, path, challenge)


@pytest.mark.parametrize("fields", [
    ["Authorization: Bearer outpost-key-of-nobody"], ["Authorization: Bearer "], ["Authorization: Bearer"],
    ["Authorization: Basic " + KEYS["operator"]], ["Authorization: " + KEYS["operator"]],
    [bearer("operator")] * 2, [bearer("operator") + "x"], [bearer("operator").upper()],
    [bearer("operator") + ", " + bearer("operator")], ["Authorization: Bearer " + "a" * 4000],
    ["Authorization: Bearer sha256:" + hashlib.sha256(KEYS["operator"].encode()).hexdigest()],
    ["Cookie: Authorization=" + KEYS["operator"]]])
def test_what_is_no_key_of_an_account_opens_nothing(guarded, fields):
    fill(guarded, "/film")
    reply = ask(guarded, "/api/v1/purge", *fields, method="POST", body=ALL)
    assert reply.status == 401 and b"key" in reply.body
    assert is_hit(guarded.get("/film"))
    assert ask(guarded, "/metrics", *fields).status == 401


def test_a_key_in_the_query_is_not_looked_for(guarded):
    for name in ("access_token", "key", "Authorization"):
        assert ask(guarded, f"/metrics?{name}={KEYS['administrator']}").status == 401


def test_the_scheme_is_bearer_in_whatever_case(guarded):
    assert ask(guarded, "/metrics", f"authorization: bEARER {KEYS['viewer']}").status == 200


def test_refused_keys_are_counted_and_never_logged(guarded):
    ask(guarded, "/metrics")
    ask(guarded, "/metrics", "Authorization: Bearer outpost-wrong-and-secret")
    ask(guarded, "/api/v1/purge", bearer("viewer"), method="POST", body=ALL)
    text = ask(guarded, "/metrics", bearer("viewer")).body.decode()
    for why in ("no_key", "unknown_key", "role"):
        assert f'outpost_admin_refused_total{{why="{why}"}} 1\n' in text
    written = guarded.log() + guarded.access.read_text() + (guarded.folder / "audit.log").read_text()
    assert not any(key in written for key in ("outpost-wrong-and-secret", *KEYS.values()))


def test_methods_and_paths_that_are_not_there_are_told_as_ever(guarded):
    assert ask(guarded, "/none", bearer("administrator")).status == 404
    reply = ask(guarded, "/api/v1/purge", bearer("administrator"))
    assert (reply.status, reply["Allow"]) == (405, "POST")
    reply = ask(guarded, "/metrics", bearer("administrator"), method="POST")
    assert (reply.status, reply["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"])
def test_web_pages_change_nothing_whatever_key_they_have(guarded, field):
    fill(guarded, "/film")
    reply = ask(guarded, "/api/v1/purge", bearer("administrator"), field, method="POST", body=ALL)
    assert reply.status == 403 and b"web pages" in reply.body
    assert is_hit(guarded.get("/film"))
    assert audit(guarded)[-1]["what"] == "refused: from a web page"


# ---- the audit log


def test_each_change_is_a_line_before_it_is_answered_and_reading_is_none(guarded):
    ask(guarded, "/metrics", bearer("viewer"))
    ask(guarded, "/api/v1/status", bearer("viewer"))
    assert audit(guarded) == []
    wanted = []
    for fields, body, account, role, what, status in [
            ([bearer("operator")], ALL, "operator-1", "operator", "purge all", 200),
            ([bearer("administrator")], '{"url":"http://a.example/film?token=secret","soft":true}', "administrator-1",
             "administrator", "purge softly url http://a.example/film?…", 200),
            ([bearer("operator")], '{"tag":"what?"}', "operator-1", "operator", "purge tag what?", 200),
            ([bearer("operator")], "{", "operator-1", "operator", "a purge that is not understood", 400),
            ([bearer("viewer")], ALL, "viewer-1", "viewer", "refused: it takes the role operator", 403),
            ([], ALL, "-", "-", "refused: no key", 401),
            (["Authorization: Bearer wrong"], ALL, "-", "-", "refused: no account has this key", 401)]:
        assert ask(guarded, "/api/v1/purge?a=b", *fields, method="POST", body=body).status == status
        wanted.append({"account": account, "role": role, "client": "127.0.0.1", "method": "POST",
                       "path": "/api/v1/purge", "what": what, "status": status})
        lines = audit(guarded)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", lines[-1].pop("time"))
        assert lines[-1] == wanted[-1]
    assert len(audit(guarded)) == len(wanted)


def test_strangers_do_not_fill_the_disk_and_what_they_did_is_still_counted(guarded):
    with Client(guarded.admin_port) as client:
        for _ in range(300):
            client.send("POST /api/v1/purge HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            assert client.reply("POST").status == 401
    assert ask(guarded, "/api/v1/purge", bearer("operator"), method="POST", body=ALL).status == 200
    lines = audit(guarded)
    refused = [line for line in lines if line["status"] == 401]
    assert len(refused) + sum(line.get("left_out", 0) for line in lines) == 300
    assert lines[-1]["account"] == "operator-1"


def test_a_log_that_was_moved_away_is_begun_anew(guarded):
    ask(guarded, "/api/v1/purge", bearer("operator"), method="POST", body=ALL)
    (guarded.folder / "audit.log").rename(guarded.folder / "audit.log.1")
    ask(guarded, "/api/v1/purge", bearer("operator"), method="POST", body='{"tag":"t"}')
    assert [line["what"] for line in audit(guarded)] == ["purge tag t"]
    assert (guarded.folder / "audit.log.1").read_text().count("\n") == 1


def test_a_log_that_can_not_be_written_keeps_nobody_from_purging(start, origin, tmp_path):
    origin.on("*", fresh("x"))
    config = with_accounts(tmp_path, origin).replace('"audit.log"', '"/dev/full"')
    server = start(config=config)
    fill(server, "/film")
    assert ask(server, "/api/v1/purge", bearer("operator"), method="POST", body=ALL).status == 200
    assert not is_hit(server.get("/film"))
    assert '"what":"purge all"' in server.log() and "/dev/full" in server.log()
    assert "outpost_audit_log_failed_total 1\n" in ask(server, "/metrics", bearer("viewer")).body.decode()


def test_without_accounts_all_is_open_and_changes_are_written_to_standard_error(edge, origin):
    origin.on("*", fresh("x"))
    server = edge(origin)
    assert ask(server, "/metrics").status == 200
    assert ask(server, "/api/v1/purge", "Authorization: Bearer whatever", method="POST", body=ALL).status == 200
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    assert [(line["account"], line["what"], line["status"]) for line in lines] == [("-", "purge all", 200)]
    assert "whatever" not in server.log()


def test_an_open_admin_listener_beyond_this_machine_is_warned_of(start, tmp_path, origin):
    def exposed(name, more=""):
        folder = tmp_path / name
        folder.mkdir()
        text = edge_toml(folder, origin).replace('[admin]\naddress = "127.0.0.1:0"', '[admin]\naddress = "0.0.0.0:0"')
        return start(config=text + more, folder=folder).log()

    assert exposed("open").count("add an [[account]]") == 1
    assert "add an [[account]]" not in exposed("guarded", accounts_toml())


# ---- commands


def admin(server):
    return "--admin", f"http://127.0.0.1:{server.admin_port}"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """A server with accounts for commands that leave nothing behind."""
    folder = tmp_path_factory.mktemp("asked")
    with Origin() as origin:
        server = Server(folder, config=with_accounts(folder, origin))
        for role, key in KEYS.items():
            (folder / role).write_text(key + "\n")
        (folder / "wrong").write_text("outpost-of-another-node\n")
        (folder / "empty").write_text("\n")
        (folder / "lines").write_text("one\r\nX-Injected: two\n")
        yield server
        server.stop()


def test_commands_take_the_key_from_a_file_or_else_from_the_environment(asked):
    code, said, _ = run("status", *admin(asked), "--key-file", asked.folder / "viewer")
    assert code == 0 and said.startswith("Outpost ")
    assert run("status", *admin(asked), key=KEYS["viewer"])[0] == 0
    assert run("purge", "--all", *admin(asked), "--key-file", asked.folder / "operator")[0] == 0
    assert run("purge", "--all", *admin(asked), key=KEYS["operator"])[0] == 0
    code, _, _ = run("status", *admin(asked), "--key-file", asked.folder / "viewer", key="outpost-wrong")
    assert code == 0, "the file comes first"


@pytest.mark.parametrize("command", [("status",), ("purge", "--url", "http://a/1", "--url", "http://a/2")])
def test_a_key_that_is_missing_wrong_or_too_low_is_one_clear_line(asked, command):
    for words, key in [((), None), (("--key-file", asked.folder / "wrong"), None), ((), "outpost-wrong")]:
        code, said, error = run(*command, *admin(asked), *words, key=key)
        assert code == 1 and not said and error.count("\n") == 1, error
        assert "key of an account" in error and "--key-file" in error and "OUTPOST_ADMIN_KEY" in error
        assert "outpost-" not in error
    if command[0] == "purge":
        code, said, error = run(*command, *admin(asked), "--key-file", asked.folder / "viewer")
        assert code == 1 and not said and error.count("\n") == 1 and "role is too low" in error


def test_a_file_that_holds_no_key_is_told_before_anything_is_asked(asked):
    for name, wanted in (("empty", "holds no key"), ("lines", "holds no key"), ("none", "can't be opened")):
        code, _, error = run("status", "--admin", "http://127.0.0.1:9", "--key-file", asked.folder / name)
        assert code == 1 and wanted in error and error.count("\n") == 1, error
    assert "holds no key" in run("status", *admin(asked), key="a b")[2]


def test_a_new_key_opens_what_its_account_may(start, origin, tmp_path):
    key_file = tmp_path / "key"
    code, lines, error = run("token", "keygen", "--account", "night-shift", "--role", "operator", "--out", key_file)
    assert code == 0 and not error
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = key_file.read_text()
    assert re.fullmatch(r"outpost-[A-Za-z0-9_-]{43}\n", key) and key.strip() not in lines
    server = start(config=edge_toml(tmp_path, origin) + lines)
    assert run("purge", "--all", *admin(server), "--key-file", key_file)[0] == 0
    assert run("status", *admin(server))[0] == 1
    line = until(lambda: [line for line in server.log().splitlines() if line.startswith("{")], "it is written")[0]
    assert json.loads(line)["account"] == "night-shift"


def test_a_new_key_is_printed_when_it_has_no_file_and_never_overwrites_one(tmp_path):
    code, said, _ = run("token", "keygen", "--account", "a")
    key = re.search(r"outpost-[A-Za-z0-9_-]{43}", said).group()
    assert code == 0 and hashlib.sha256(key.encode()).hexdigest() in said and 'role = "viewer"' in said
    (tmp_path / "key").write_text("mine")
    code, _, error = run("token", "keygen", "--account", "a", "--out", tmp_path / "key")
    assert code == 1 and "is there already" in error and (tmp_path / "key").read_text() == "mine"
    for words in (("--account", "a b"), ("--account", "a", "--role", "root")):
        assert run("token", "keygen", *words)[0] == 1
    assert run("token")[0] == 2 and run("token", "keygen")[0] == 2
