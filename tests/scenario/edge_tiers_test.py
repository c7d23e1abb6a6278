"""Edges before edges: what they tell each other, how they share, and how a circle ends."""
import re

import pytest

from harness import EDGE, Server, edge_toml, pattern, until
from pooling import counts, origins, says, together  # noqa: F401 (a fixture)
from purging import SITE, Redis, fresh, is_hit, purge
from real_origins import free_port

LARGE = pattern("large", 2_000_000)


@pytest.fixture
def tiers(edge, tmp_path):
    """tiers(origin, parents=1) is (an edge, its parents): "edge" asks "shield0", "shield1", … and they the origin."""
    def begin(origin, parents=1, **options):
        above = [edge(origin, folder=tmp_path / f"shield{number}", edge={"name": f"shield{number}"})
                 for number in range(parents)]
        urls = [f"http://127.0.0.1:{each.port}" for each in above]
        # Under the name that clients say: else parents keep it under their own.
        options["pool"] = {"host": "films.example", **options.get("pool", {})}
        return edge(urls, folder=tmp_path / "edge", edge={"name": "edge"}, **options), above

    for name in ("edge", "shield0", "shield1"):
        (tmp_path / name).mkdir()
    return begin


def members(reply):
    return [member.strip() for member in re.split(r",\s*", reply["Cache-Status"])]


def test_via_and_cdn_loop_name_every_tier_on_both_ways(origin, tiers):
    origin.on("/film", fresh("x"))
    server, _ = tiers(origin)
    reply = server.get("/film", "Via: 1.0 before", "CDN-Loop: other.example; x=1")
    request = origin.asked()[0]
    assert request["Via"] == "1.0 before, 1.1 edge, 1.1 shield0"
    assert request["CDN-Loop"] == "other.example; x=1, edge, shield0"
    assert reply["Via"] == "1.1 shield0, 1.1 edge"


def test_cache_status_has_a_member_of_each_the_nearest_to_the_origin_first(origin, tiers):
    origin.on("/film", fresh("x"))
    server, (shield,) = tiers(origin)
    first, second = server.get("/film"), server.get("/film")
    assert [member.split(";")[0] for member in members(first)] == ["shield0", "edge"]
    assert all("fwd=uri-miss" in member and "stored" in member for member in members(first))
    assert is_hit(second) and len(members(second)) == 2
    assert shield.get("/film").cache_status["hit"] is True


def test_what_a_parent_has_is_a_hit_there_and_a_miss_here(origin, tiers):
    origin.on("/film", fresh("x"))
    server, (shield,) = tiers(origin)
    shield.get("/film")
    reply = server.get("/film")
    assert "shield0; hit" in members(reply)[0] and "edge; fwd=uri-miss" in members(reply)[1]
    assert len(origin.asked()) == 1


def test_age_goes_on_from_tier_to_tier(origin, tiers):
    origin.on("/film", fresh("x", age="100", cache_control="max-age=600"))
    server, _ = tiers(origin)
    for _ in range(2):
        reply = server.get("/film")
        assert 100 <= int(reply["Age"]) <= 130 and 470 <= reply.cache_status["ttl"] <= 500


def test_what_is_stale_at_the_parent_is_never_fresh_here(origin, tiers):
    origin.on("/film", fresh("x", age="600", cache_control="max-age=600", etag='"1"'))
    server, _ = tiers(origin)
    for _ in range(2):
        reply = server.get("/film")
        assert reply.body == b"x" and not is_hit(reply)


def test_a_forced_reload_goes_through_every_tier_and_comes_back_as_304(origin, tiers):
    origin.on("/film", fresh(LARGE, etag='"1"'))
    server, _ = tiers(origin)
    assert server.get("/film").body == LARGE
    reply = server.get("/film", "Cache-Control: no-cache")
    assert reply.body == LARGE and reply.cache_status["fwd-status"] == 304
    assert len(origin.asked()) == 2 and origin.sent_body_bytes.total() == len(LARGE)


def test_each_parent_is_asked_for_its_own_share_and_the_origin_once_for_each_url(origin, tiers):
    origin.on("*", fresh("x"))
    server, shields = tiers(origin, parents=2)
    for number in range(40):
        assert server.get(f"/{number}").status == 200
    shares = [sum(f"1.1 shield{number}" in request["Via"] for request in origin.asked()) for number in range(2)]
    assert sum(shares) == 40 and min(shares) > 3


def test_two_edges_choose_the_same_parent_for_the_same_url(origin, tiers, edge, tmp_path):
    origin.on("*", fresh("x"))
    server, shields = tiers(origin, parents=2)
    other = edge([f"http://127.0.0.1:{each.port}" for each in shields], folder=tmp_path / "other",
                 edge={"name": "other"}, pool={"host": "films.example"})
    for number in range(20):
        server.get(f"/{number}")
        assert "hit" in members(other.get(f"/{number}"))[0]
    assert len(origin.asked()) == 20


def test_a_crowd_at_two_edges_is_one_question_to_the_origin(origin, tiers, edge, tmp_path):
    def held(request, connection):
        connection.hold()
        fresh(LARGE)(request, connection)

    origin.on("/film", held)
    server, (shield,) = tiers(origin)
    other = edge(f"http://127.0.0.1:{shield.port}", folder=tmp_path / "other", edge={"name": "other"},
                 pool={"host": "films.example"})
    clients = [each.client() for each in (server, other) for _ in range(10)]
    for client in clients:
        client.ask("/film")
    origin.wait_for(1)
    until(lambda: shield.metrics()["outpost_edge_waiting"] == 2, "both edges wait")
    origin.release()
    assert all(client.reply().body == LARGE for client in clients)
    assert len(origin.asked()) == 1 and origin.sent_body_bytes.total() == len(LARGE)


def test_a_parent_that_dies_in_the_middle_is_not_noticed_by_the_client(origin, tiers):
    class Held(type(fresh(""))):
        def send_part(self, request, connection, fields):
            if self.wanted(request):
                return super().send_part(request, connection, fields)
            connection.head(200, {**fields, "content-length": len(self.body)})
            connection.send(self.body[:1_000_000])
            connection.hold()
            connection.send(self.body[1_000_000:])

    origin.on("/film", Held(LARGE, cache_control="max-age=600", etag='"1"'))
    server, shields = tiers(origin, parents=2)
    with server.client() as client:
        client.ask("/film")
        assert client.head().status == 200 and client.take(500_000) == LARGE[:500_000]
        first = int(origin.asked()[0]["Via"][-1])
        shields[first].kill()
        assert client.take(1_500_000) == LARGE[500_000:]
    origin.release()
    assert is_hit(server.get("/film")) and origin.asked()[1]["Via"].endswith(f"shield{1 - first}")


def test_ranges_pass_through_the_tiers(origin, tiers):
    origin.on("/film", fresh(LARGE, etag='"1"'))
    server, _ = tiers(origin)
    reply = server.get("/film", "Range: bytes=1500000-1500009")
    assert (reply.status, reply.body) == (206, LARGE[1_500_000:1_500_010])
    assert origin.sent_body_bytes.total() < 1_000_000
    assert server.get("/film").body == LARGE and is_hit(server.get("/film"))


def test_an_error_of_the_origin_reaches_the_client_with_who_noticed_it(origin, tiers):
    server, _ = tiers(origin, pool={"retries": 0})
    origin.stop()
    reply = server.get("/film")
    assert reply.status == 502 and "shield0; error=connection_refused" in reply["Proxy-Status"]
    assert reply["Via"] == "1.1 shield0, 1.1 edge"


def test_a_purge_of_a_url_reaches_every_tier(origin, edge, tmp_path):
    page = fresh("old")
    origin.on("/film", page)
    redis = Redis(tmp_path / "redis")
    try:
        shield = edge(origin, redis.toml, folder=tmp_path / "shield", edge={"name": "shield"})
        server = edge(f"http://127.0.0.1:{shield.port}", redis.toml, folder=tmp_path / "edge", edge={"name": "edge"},
                      pool={"host": "films.example"})
        until(lambda: all((tmp_path / name / "disk0/purge-position").exists() for name in ("edge", "shield")),
              "both follow the stream")
        server.get("/film")
        assert is_hit(server.get("/film"))
        page.body = b"new"
        purge(shield, url=SITE + "/film")
        until(lambda: server.get("/film").body == b"new", "it has reached the edge")
    finally:
        redis.kill()


# ---- circles


def test_a_request_that_has_been_here_is_a_loop(origin, edge):
    origin.on("*", "x")
    server = edge(origin, edge={"name": "edge"})
    for loop in ("edge", "EDGE", "other, edge; x=1", "a, b\r\nCDN-Loop: edge"):
        reply = server.get("/film", f"CDN-Loop: {loop}")
        assert (reply.status, reply["Proxy-Status"]) == (508, "edge; error=proxy_loop_detected")
        assert reply["Cache-Control"] == "no-store"
    assert server.get("/film", "CDN-Loop: edges, my-edge").status == 200 and len(origin.asked()) == 1


def test_too_many_caches_are_a_loop_too(origin, edge):
    origin.on("*", "x")
    server = edge(origin)
    assert server.get("/1", "CDN-Loop: " + ", ".join(f"c{number}" for number in range(17))).status == 508
    assert server.get("/1", "CDN-Loop: " + ", ".join(f"c{number}" for number in range(16))).status == 200


@pytest.fixture
def circle(edge, tmp_path):
    """circle("a", "b") starts edges each of which asks the next, and the last the first."""
    started = []

    def begin(*names):
        ports = [free_port() for _ in names]
        for number, name in enumerate(names):
            config = edge_toml(tmp_path / name, f"http://127.0.0.1:{ports[(number + 1) % len(names)]}",
                               edge={"name": name})
            assert config.startswith(EDGE)
            started.append(Server(tmp_path / name, config=config.replace(":0", f":{ports[number]}", 1)))
        return started

    yield begin
    for server in started:
        server.stop()


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]], ids=["itself", "two", "three"])
def test_a_circle_of_edges_ends_where_it_began(circle, names):
    servers = circle(*names)
    for number in range(2):
        reply = servers[0].get("/film")
        assert reply.status == 508 and "a; error=proxy_loop_detected" in reply["Proxy-Status"]
    for server in servers:  # each asked the next once a request: nothing went round again
        assert server.metrics()["outpost_origin_requests_total"] == 2
