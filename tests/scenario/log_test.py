"""What operators see: access log, metrics, health."""
import datetime
import json
import re

from harness import until

URL = "/vod/film/v1/1.m4s"


def lines_of(server, path, count):
    return until(lambda: path.exists() and (lines := path.read_text().splitlines()) and len(lines) >= count and lines,
                 f"{count} lines in the access log")


def test_each_reply_is_a_line_of_json_with_its_facts(start, film):
    server = start()
    with server.client() as client:
        client.get(URL + "?token=secret", "Range: bytes=0-99", 'User-Agent: a "box"\t\xe4')
        client.get(URL, method="HEAD")
        client.get("http://other.example/none?token=secret")
        client.send("GET /" + "x" * 20000)
        assert client.reply().status == 414
    first, head, absolute, refused = map(json.loads, lines_of(server, server.access, 4))
    assert (first["method"], first["path"], first["status"], first["bytes"]) == ("GET", URL, 206, 100)
    assert (first["client"], first["host"], first["range"]) == ("127.0.0.1", "films.example", "bytes=0-99")
    assert (first["protocol"], first["tls"], first["agent"]) == ("HTTP/1.1", False, 'a "box"\t\ufffd')
    assert first["duration_us"] >= 0 and "complete" not in first
    assert datetime.datetime.fromisoformat(first["time"]).tzinfo is not None
    assert (head["method"], head["bytes"]) == ("HEAD", 0)
    assert (absolute["host"], absolute["path"], absolute["status"]) == ("other.example", "/none", 404)
    assert (refused["status"], refused["client"]) == (414, "127.0.0.1")
    assert "secret" not in server.access.read_text() + server.log()


def test_what_is_refused_behind_another_request_is_not_logged_as_that_one(start, film):
    server = start()
    with server.client() as client:
        client.send(f"GET {URL} HTTP/1.1\r\nHost: a\r\nUser-Agent: first\r\n\r\nnonsense\n")
        assert [reply.status for reply in client.replies()] == [200, 400]
    _, refused = map(json.loads, lines_of(server, server.access, 2))
    assert refused["status"] == 400 and "path" not in refused and "agent" not in refused


def test_a_reply_that_was_cut_is_logged_as_incomplete(start, tmp_path):
    from harness import Film
    film = Film(tmp_path / "library", "big", tracks=("v1",), sizes=[24 << 20]).write()
    server = start()
    with server.client(receive_buffer=4096) as client:
        client.ask(film.path("v1", 1))
        client.head()
    line = json.loads(lines_of(server, server.access, 1)[0])
    assert line["complete"] is False and 0 < line["bytes"] < 24 << 20


def test_the_combined_format_is_that_of_other_servers(start, film):
    server = start('[access_log]\nformat = "combined"\npath = "access.log"\nflush = "20ms"\n')
    server.get(URL + "?token=secret", 'User-Agent: a "box"')
    server.get("/none")
    first, second = lines_of(server, server.folder / "access.log", 2)
    form = r'127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET (\S+) HTTP/1\.1" (\d+) (\d+) "-" "(.*)"'
    assert re.fullmatch(form, first).groups() == (URL, "200", "5000", r"a \x22box\x22")
    assert re.fullmatch(form, second).groups()[:2] == ("/none", "404")


def test_a_log_that_is_moved_away_is_opened_anew_and_no_line_is_lost(start, film):
    server = start('[access_log]\npath = "access.log"\nflush = "20ms"\n')
    log, moved = server.folder / "access.log", server.folder / "access.log.1"
    server.get("/none/before")
    lines_of(server, log, 1)
    log.rename(moved)
    server.get("/none/between")
    until(log.exists, "the log is opened anew")
    server.get("/none/after")
    until(lambda: "/none/after" in log.read_text(), "the new log is written")
    lines = [json.loads(line)["path"] for line in (moved.read_text() + log.read_text()).splitlines()]
    assert lines == ["/none/before", "/none/between", "/none/after"]


def test_lines_not_yet_written_are_written_at_the_end(start, film):
    server = start('[access_log]\npath = "access.log"\nflush = "1min"\n')
    for _ in range(10):
        server.get(URL)
    server.stop()
    assert len((server.folder / "access.log").read_text().splitlines()) == 10


def test_metrics_count_what_happened(start, film):
    server = start()
    before = server.metrics()
    with server.client() as client:
        for _ in range(3):
            client.get(URL)
        client.get(URL, f'If-None-Match: "v1/1.m4s"')
        client.get("/none")
    after = server.metrics()
    grown = lambda name: after[name] - before[name]
    assert grown('outpost_http_requests_total{class="2xx"}') == 3 + 1  # and the metrics themselves
    assert grown('outpost_http_requests_total{class="3xx"}') == 1
    assert grown('outpost_http_requests_total{class="4xx"}') == 1
    assert grown("outpost_connections_accepted_total") == 2
    assert grown("outpost_http_first_byte_seconds_count") == 6
    assert after['outpost_http_first_byte_seconds_bucket{le="+Inf"}'] == after["outpost_http_first_byte_seconds_count"]
    assert grown('outpost_http_body_bytes_total{transport="plain"}') >= 15000
    assert (after["outpost_library_assets"], after["outpost_library_broken_assets"]) == (1, 0)
    assert after["outpost_cold_reads_total"] == 0  # the film was written just now


def test_health_readiness_and_nothing_else_on_the_admin_listener(start, film):
    server = start()
    assert json.loads(server.admin("/healthz").body) == {"status": "ok"}
    ready = until(lambda: (reply := server.admin("/readyz")).status == 200 and reply, "it is ready")
    assert json.loads(ready.body) == {"status": "ready", "checks": {"library": "ok"}}
    assert server.admin(URL).status == 404
    assert server.get("/healthz").status == 404 and server.get("/metrics").status == 404
    assert server.get("/metrics", port=server.admin_port, method="POST").status == 405
