"""Purges of one edge: what they take, when, and that nothing of it comes back. The command line is here too."""
import json

import pytest

from harness import Client, Server, certificate_toml, edge_toml, make_certificate, pattern, tls_context, until
from origin import Origin
from purging import SITE, admin, command, fill, fresh, is_hit, order, purge, state_of, status

BLOCK = 256 << 10  # cdn/store/blocks.hpp
LARGE = pattern("large", 3 * BLOCK + 99)
BOTH = pytest.mark.parametrize("body", [b"small", LARGE], ids=["in-memory", "in-a-file"])


@BOTH
@pytest.mark.parametrize("disks", [0, 1])
def test_a_purged_url_is_a_miss_for_the_next_request(origin, edge, body, disks):
    page = fresh(body)
    origin.on("/film", page).on("/other", "other")
    server = edge(origin, disks=disks)
    fill(server, "/film")
    page.body = b"new" + body
    assert purge(server, url=SITE + "/film")["purged"] == 1
    reply = server.get("/film")
    assert (reply.body, reply.cache_status["fwd"]) == (b"new" + body, "uri-miss")
    assert is_hit(server.get("/film"))


def test_only_what_is_named_leaves(origin, edge):
    origin.on("*", fresh("x"))
    server = edge(origin)
    others = ["/film?q=2", "/film", "/film/1", "/fil", "/FILM?q=1"]
    fill(server, "/film?q=1", *others)
    assert purge(server, url=SITE + "/film?q=1")["purged"] == 1
    assert [state_of(server, path) for path in others] == ["hit"] * len(others)
    assert state_of(server, "/film?q=1") == "uri-miss"


@pytest.mark.parametrize("spelt", ["HTTPS://Films.Example/a%2dfilm?b=2&a=1", "http://films.example:80/a-film?a=1&b=2",
                                   "https://films.example:443/%61-film?a=1&b=2", "http://films.example/a-film?b=2&a=1"])
def test_a_url_is_found_however_it_is_spelt(origin, edge, spelt):
    origin.on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/a-film?a=1&b=2")
    assert purge(server, url=spelt)["purged"] == 1
    assert state_of(server, "/a-film?a=1&b=2") == "uri-miss"


def test_what_the_route_leaves_out_of_the_key_is_left_out_of_the_url_too(origin, edge):
    origin.on("*", fresh("x"))
    server = edge(origin, routes=[{"prefix": "/vod/", "query": ["v"]}])
    fill(server, "/vod/film?v=1")
    assert purge(server, url=SITE + "/vod/film?session=abc&v=1")["purged"] == 1
    assert state_of(server, "/vod/film?v=1") == "uri-miss"


def test_a_url_is_purged_for_http_and_https_whichever_is_named(origin, edge, tmp_path):
    make_certificate(tmp_path, "films.example")
    origin.on("*", fresh("x"))
    server = edge(origin, '[[listen]]\naddress = "127.0.0.1:0"\ntls = true\n' + certificate_toml("films.example"))
    for named in ("http", "https"):
        with Client(server.ports[0]) as plain, Client(server.ports[1], context=tls_context()) as secret:
            for client in (plain, secret):
                client.get("/film")
                assert is_hit(client.get("/film"))
            assert purge(server, url=f"{named}://films.example/film")["purged"] == 2
            assert [is_hit(client.get("/film")) for client in (plain, secret)] == [False, False]


def test_every_variant_of_a_url_leaves(origin, edge):
    page = fresh("x", vary="X-Kind")
    origin.on("/film", page)
    server = edge(origin)
    kinds = [f"X-Kind: {number}" for number in range(4)]
    for kind in kinds * 2:
        last = server.get("/film", kind)
    assert is_hit(last)
    assert purge(server, url=SITE + "/film")["purged"] == 4
    assert not any(is_hit(server.get("/film", kind)) for kind in kinds)


def test_a_prefix_takes_all_that_begins_so_and_nothing_else(origin, edge):
    origin.on("*", fresh("x"))
    server = edge(origin)
    below, others = ["/vod/a/1", "/vod/a/2?x=1", "/vod/a/", "/vod/a/%5F_b"], ["/vod/a", "/vod/ab/1", "/live/vod/a/1"]
    fill(server, *below, *others)
    assert purge(server, prefix=SITE + "/vod/a/")["purged"] == len(below)
    assert [state_of(server, path) for path in below] == ["uri-miss"] * len(below)
    assert [state_of(server, path) for path in others] == ["hit"] * len(others)


@pytest.mark.parametrize("prefix", ["/100%/", "/a_c/", "/a*/", "/[a-z]/", "/%25/"])
def test_a_prefix_is_text_and_no_pattern(origin, edge, prefix):
    origin.on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/abc/1", "/100x/1", "/a/1")
    order(server, {"prefix": SITE + prefix})
    assert [state_of(server, path) for path in ("/abc/1", "/100x/1", "/a/1")] == ["hit"] * 3


def test_a_prefix_is_of_its_host_alone(origin, edge):
    origin.on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/vod/1")
    assert purge(server, prefix="https://films.example.org/vod/")["purged"] == 0
    assert purge(server, prefix="https://ilms.example/vod/")["purged"] == 0
    assert state_of(server, "/vod/1") == "hit"
    assert purge(server, prefix="https://FILMS.example/")["purged"] == 1


@pytest.mark.parametrize("field, value", [("surrogate_key", "news film-7 x"), ("cache_tag", "news, film-7,x"),
                                          ("cache_tag", "film-7"), ("surrogate_key", "  film-7\tnews")])
@BOTH
def test_a_tag_takes_all_that_bear_it(origin, edge, field, value, body):
    tagged = fresh(body, **{field: value})
    origin.on("/1", tagged).on("/2", tagged).on("/3", fresh(body, **{field: "film-70 other film"}))
    server = edge(origin)
    fill(server, "/1", "/2", "/3")
    assert purge(server, tag="film-7")["purged"] == 2
    assert [state_of(server, path) for path in ("/1", "/2", "/3")] == ["uri-miss", "uri-miss", "hit"]


def test_a_tag_of_one_variant_leaves_the_others(origin, edge):
    def page(request, connection):
        fresh("x", vary="X-Kind", cache_tag=f"kind-{request['X-Kind']}")(request, connection)

    origin.on("/film", page)
    server = edge(origin)
    for kind in ("1", "2", "1", "2"):
        server.get("/film", f"X-Kind: {kind}")
    assert purge(server, tag="kind-1")["purged"] == 1
    assert is_hit(server.get("/film", "X-Kind: 2")) and not is_hit(server.get("/film", "X-Kind: 1"))


def test_a_304_may_change_the_tags(origin, edge):
    page = fresh("x", cache_control="max-age=0", etag='"1"', cache_tag="old")
    origin.on("/film", page)
    server = edge(origin)
    server.get("/film")
    page.fields.update({"cache-tag": "new", "cache-control": "max-age=600"})
    assert server.get("/film").cache_status["fwd-status"] == 304
    assert purge(server, tag="old")["purged"] == 0
    assert state_of(server, "/film") == "hit"
    assert purge(server, tag="new")["purged"] == 1
    assert state_of(server, "/film") == "uri-miss"


def test_tags_that_a_304_brought_hold_on_disk_too(origin, edge):
    page = fresh("x", cache_control="max-age=0", etag='"1"', cache_tag="old")
    origin.on("/film", page)
    server = edge(origin)
    server.get("/film")
    page.fields.update({"cache-tag": "new", "cache-control": "max-age=600"})
    assert server.get("/film").cache_status["fwd-status"] == 304
    server.stop()
    server = edge(origin)
    assert purge(server, tag="new")["purged"] == 1
    assert state_of(server, "/film") == "uri-miss"


def test_all_takes_everything(origin, edge):
    origin.on("/large", fresh(LARGE)).on("*", fresh("x"))
    server = edge(origin)
    paths = ["/1", "/2", "/large"]
    fill(server, *paths)
    assert purge(server, all=True)["purged"] == 3
    assert [state_of(server, path) for path in paths] == ["uri-miss"] * 3


def test_a_purge_of_nothing_is_carried_out_all_the_same(origin, edge):
    server = edge(origin)
    answer = purge(server, url=SITE + "/nothing")
    assert (answer["purged"], answer["spread"]) == (0, False) and len(answer["id"]) == 32
    assert purge(server, all=True)["id"] != answer["id"]


# ---- soft


@BOTH
@pytest.mark.parametrize("what", [{"url": SITE + "/film"}, {"prefix": SITE + "/f"}, {"tag": "t"}, {"all": True}],
                         ids=["url", "prefix", "tag", "all"])
def test_a_soft_purge_has_it_validated_at_its_next_use(origin, edge, body, what):
    origin.on("/film", fresh(body, etag='"1"', cache_tag="t"))
    server = edge(origin)
    fill(server, "/film")
    assert purge(server, **what, soft=True)["purged"] == 1
    reply = server.get("/film")
    assert (reply.body, reply.cache_status["fwd"], reply.cache_status["fwd-status"]) == (body, "stale", 304)
    assert origin.sent_body_bytes.total() == len(body) and is_hit(server.get("/film"))


def test_what_was_softly_purged_and_has_changed_is_replaced(origin, edge):
    page = fresh("old")
    origin.on("/film", page)
    server = edge(origin)
    fill(server, "/film")
    page.body = b"new"
    purge(server, url=SITE + "/film", soft=True)
    assert server.get("/film").body == b"new" and is_hit(server.get("/film"))


def test_what_was_softly_purged_serves_while_its_origin_is_away_as_far_as_it_may(origin, edge):
    origin.on("/may", fresh("kept", cache_control="max-age=600, stale-if-error=600"))
    origin.on("/not", fresh("kept", cache_control="max-age=600, must-revalidate"))
    server = edge(origin)
    fill(server, "/may", "/not")
    purge(server, all=True, soft=True)
    origin.stop()
    reply = server.get("/may")
    assert (reply.status, reply.body) == (200, b"kept")
    assert server.get("/not").status in (502, 504)


def test_what_was_purged_never_serves_while_its_origin_is_away(origin, edge):
    origin.on("/film", fresh("kept", cache_control="max-age=600, stale-if-error=600"))
    server = edge(origin)
    fill(server, "/film")
    purge(server, url=SITE + "/film")
    origin.stop()
    assert server.get("/film").status == 502


def test_a_purge_takes_what_a_soft_one_has_left(origin, edge):
    origin.on("/film", fresh("x"))
    server = edge(origin)
    fill(server, "/film")
    purge(server, url=SITE + "/film", soft=True)
    assert purge(server, url=SITE + "/film")["purged"] == 1
    assert state_of(server, "/film") == "uri-miss"


# ---- while something is under way


@pytest.mark.parametrize("what", [{"url": SITE + "/film"}, {"tag": "t"}, {"all": True}], ids=["url", "tag", "all"])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_who_reads_it_gets_it_to_its_end_and_the_next_asks_anew(origin, edge, what, soft):
    def halfway(_, connection):
        connection.head(200, {"Content-Length": len(LARGE), "Cache-Control": "max-age=600", "ETag": '"1"',
                              "Cache-Tag": "t"})
        connection.send(LARGE[:BLOCK + 9])
        connection.hold()
        connection.send(LARGE[BLOCK + 9:])

    origin.on("/film", halfway, fresh(b"new" + LARGE, etag='"2"'))
    server = edge(origin)
    with server.client() as first, server.client() as second:
        for client in (first, second):
            client.ask("/film")
            assert client.head().status == 200 and client.take(1000) == LARGE[:1000]
        purge(server, **what, soft=soft)
        late = server.get("/film")
        origin.release()
        assert [client.take(len(LARGE) - 1000) for client in (first, second)] == [LARGE[1000:]] * 2
    assert late.body == server.get("/film").body == b"new" + LARGE


def test_what_was_asked_for_before_a_purge_and_comes_after_it_is_not_kept(origin, edge):
    origin.on("/film", lambda request, connection: connection.hold() or fresh("old")(request, connection), fresh("new"))
    server = edge(origin)
    with server.client() as client:
        client.ask("/film")
        origin.wait_for(1)
        assert purge(server, url=SITE + "/film")["purged"] == 0
        origin.release()
        assert client.reply().body == b"old"
    assert server.get("/film").body == b"new" and is_hit(server.get("/film"))


def test_who_comes_after_a_purge_does_not_wait_for_the_answer_to_a_question_from_before_it(origin, edge):
    origin.on("/film", lambda request, connection: connection.hold() or fresh("old")(request, connection), fresh("new"))
    server = edge(origin)
    with server.client() as client:
        client.ask("/film")
        origin.wait_for(1)
        purge(server, url=SITE + "/film")
        assert server.get("/film").body == b"new"
        origin.release()
        assert client.reply().body == b"old"
    hit = server.get("/film")
    assert hit.body == b"new" and is_hit(hit)


def test_who_validates_something_that_is_purged_meanwhile_does_not_bring_it_back(origin, edge):
    page = fresh("x", cache_control="max-age=0", etag='"1"')
    origin.on("/film", page, lambda request, connection: connection.hold() or connection.reply(304, {
        "ETag": '"1"', "Cache-Control": "max-age=600"}), fresh("new"))
    server = edge(origin)
    server.get("/film")
    with server.client() as client:
        client.ask("/film")
        origin.wait_for(2)
        purge(server, url=SITE + "/film")
        origin.release()
        assert client.reply().body == b"x"
    assert server.get("/film").body == b"new"


# ---- on disk


@BOTH
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_was_purged_stays_away_after_a_restart(origin, edge, body, how):
    origin.on("*", fresh(body))
    server = edge(origin)
    fill(server, "/film", "/other")
    purge(server, url=SITE + "/film")
    getattr(server, how)()
    server = edge(origin)
    assert state_of(server, "/film") == "uri-miss"
    assert how == "kill" or state_of(server, "/other") == "hit"  # a kill may forget what was stored just before


@BOTH
@pytest.mark.parametrize("what", [{"url": SITE + "/film"}, {"prefix": SITE + "/f"}, {"tag": "t"}, {"all": True}],
                         ids=["url", "prefix", "tag", "all"])
def test_what_lies_on_disk_only_is_purged_too(origin, edge, body, what):
    origin.on("/film", fresh(body, cache_tag="t")).on("/other", fresh("x"))
    server = edge(origin)
    fill(server, "/film", "/other")
    server.stop()
    server = edge(origin)
    assert purge(server, **what)["purged"] == (2 if "all" in what else 1)
    assert state_of(server, "/film") == "uri-miss"
    assert state_of(server, "/other") == ("uri-miss" if "all" in what else "hit")


@BOTH
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_what_was_softly_purged_is_still_so_after_a_restart(origin, edge, body, how):
    origin.on("/film", fresh(body, etag='"1"'))
    server = edge(origin)
    fill(server, "/film")
    server.stop()  # it is on disk now
    server = edge(origin)
    assert purge(server, url=SITE + "/film", soft=True)["purged"] == 1
    getattr(server, how)()
    server = edge(origin)
    assert server.get("/film").cache_status["fwd-status"] == 304
    server.stop()
    assert state_of(edge(origin), "/film") == "hit"


def test_what_was_purged_and_fetched_anew_is_there_after_a_restart(origin, edge):
    page = fresh(LARGE)
    origin.on("/film", page)
    server = edge(origin)
    fill(server, "/film")
    purge(server, all=True)
    page.body = LARGE[::-1]
    fill(server, "/film")
    server.stop()
    reply = edge(origin).get("/film")
    assert reply.body == LARGE[::-1] and is_hit(reply)


# ---- orders that are none


@pytest.mark.parametrize("text, said", [
    ("", "JSON"), ("x", "JSON"), ("[]", "object"), ("{}", "what to purge"), ('{"all": false}', "all"),
    ('{"all": 1}', "all"), ('{"url": 5}', "url"), ('{"url": ""}', "empty"), ('{"url": "/film"}', "http"),
    ('{"url": "ftp://a/b"}', "http"), ('{"url": "https:///a"}', "host"), ('{"url": "https://a/b#c"}', "fragment"),
    ('{"url": "https://a/b c"}', "percent-encoded"), ('{"prefix": "https://a"}', "path"), ('{"tag": "a,b"}', "tag"),
    ('{"tag": "a b"}', "tag"), ('{"tag": "%s"}' % ("x" * 257), "256"), ('{"tag": "a", "all": true}', "exclude"),
    ('{"tag": "a", "soft": "yes"}', "soft"), ('{"tag": "a", "hard": true}', "unknown"), ('{"soft": true}', "purge"),
    ('{"tag": "a"} x', "JSON"), ('{"url": "https://a/%s"}' % ("x" * 9000), "8192")])
def test_what_is_no_order_gets_a_problem_and_purges_nothing(shared_edge, text, said):
    reply = order(shared_edge, text)
    assert (reply.status, reply["Content-Type"]) == (400, "application/problem+json")
    problem = json.loads(reply.body)
    assert problem["status"] == 400 and said in problem["detail"], problem
    assert state_of(shared_edge, "/kept") == "hit"


@pytest.fixture(scope="module")
def shared_edge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    with Origin() as origin:
        origin.on("/kept", fresh("x"))
        server = Server(folder, config=edge_toml(folder, origin))
        fill(server, "/kept")
        yield server
        server.stop()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_another_method_is_not_allowed(shared_edge, method):
    reply = order(shared_edge, "", method=method)
    assert (reply.status, reply["Allow"]) == (405, "POST")
    assert state_of(shared_edge, "/kept") == "hit"


def test_clients_of_the_public_listener_purge_nothing(origin, edge):
    origin.on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/film")
    with server.client() as client:
        client.send("POST /api/v1/purge HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\"all\":true}")
        client.reply()
        client.get("/film", method="PURGE")
    assert state_of(server, "/film") == "hit"


# ---- the command line


@pytest.mark.parametrize("words, left", [
    (["--url", SITE + "/a/1"], ["/a/2", "/b"]), (["--url", SITE + "/a/1", "--url", SITE + "/b"], ["/a/2"]),
    (["--prefix", SITE + "/a/"], ["/b"]), (["--tag", "t"], ["/a/2"]), (["--all"], [])],
    ids=["url", "urls", "prefix", "tag", "all"])
def test_the_command_purges_what_it_is_told_to(origin, edge, words, left):
    tagged = fresh("x", surrogate_key="t")
    origin.on("/a/1", tagged).on("/b", tagged).on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/a/1", "/a/2", "/b")
    code, said, _ = command("purge", *words, *admin(server))
    assert code == 0 and "purged" in said and "on this node only" in said
    assert [path for path in ("/a/1", "/a/2", "/b") if state_of(server, path) == "hit"] == left


def test_the_command_reads_urls_from_standard_input_and_the_node_from_its_file(origin, edge, tmp_path):
    origin.on("*", fresh("x"))
    server = edge(origin)
    fill(server, "/1", "/2", "/3")
    # The file says port 0; a copy names the one that it came to.
    text = (tmp_path / "outpost.toml").read_text()
    begin = text.index("[admin]")
    copy = tmp_path / "copy.toml"
    copy.write_text(text[:begin] + text[begin:].replace("127.0.0.1:0", f"127.0.0.1:{server.admin_port}", 1))
    code, said, error = command("purge", "--url", "-", "--config", str(copy), given=f"{SITE}/1\r\n\n{SITE}/2\n")
    assert (code, len(said.splitlines())) == (0, 2), (said, error)
    assert [state_of(server, path) for path in ("/1", "/2", "/3")] == ["uri-miss", "uri-miss", "hit"]


def test_the_command_purges_softly(origin, edge):
    origin.on("/film", fresh("x"))
    server = edge(origin)
    fill(server, "/film")
    code, said, _ = command("purge", "--all", "--soft", *admin(server))
    assert code == 0 and "made stale 1 response" in said
    assert server.get("/film").cache_status["fwd-status"] == 304


@pytest.mark.parametrize("words, wanted", [
    (["--all", "--tag", "t"], 2), ([], 2), (["--url", "/film"], 1), (["--prefix", "https://films.example"], 1),
    (["--tag", "a,b"], 1)])
def test_the_command_says_what_is_wrong_and_how_it_ended(shared_edge, words, wanted):
    code, said, error = command("purge", *words, *admin(shared_edge))
    assert (code, said) == (wanted, "") and error.startswith("outpost: ")
    assert state_of(shared_edge, "/kept") == "hit"


@pytest.mark.parametrize("name", [["purge", "--all"], ["status"], ["status", "--json"]])
def test_a_command_whose_node_is_not_there_fails(shared_edge, name):
    code, said, error = command(*name, "--admin", "http://127.0.0.1:9")
    assert (code, said) == (1, "") and "127.0.0.1:9" in error and "refused" in error


def test_status_is_a_screen_and_its_figures_are_those_of_the_node(origin, edge, tmp_path):
    origin.on("/film", fresh(b"x" * 10_000)).on("/fails", lambda _, connection: connection.reply(500))
    server = edge(origin)
    fill(server, "/film")
    server.get("/film")
    code, said, error = command("status", *admin(server))
    assert (code, error) == (0, "")
    assert f"127.0.0.1:{origin.port}" in said and str(tmp_path)[:20] in said
    assert "66.7 % hits (66.7 % memory, 0.0 % disk)" in said
    assert all(len(line) <= 80 for line in said.splitlines()) and len(said.splitlines()) <= 24
    code, said, _ = command("status", "--json", *admin(server))
    figures = json.loads(said)
    assert code == 0 and figures["requests"]["hits"] == 2 and figures["requests"]["misses"] == 1
    assert figures["bytes"]["from_origins"] == 10_000 and 30_000 <= figures["bytes"]["sent"] < 40_000
    assert figures["pools"][0]["origins"][0]["requests"] == 1 and figures["redis"] is None
    until(lambda: status(server)["objects"] == 1, "the disk has noted it")
