"""Which origin of a pool is asked, what happens when it fails, and how it is left out and comes back."""
import pytest

from harness import toml_section, until
from pooling import BYPASS, PATIENT, Counting, counts, origins, says, standing, together  # noqa: F401 (a fixture)

GONE = [502, 503, 504]


def owners(server, pool, paths):
    """The index of the origin that was asked for each path."""
    found = []
    with server.client() as client:
        for path in paths:
            assert client.get(path).status == 200
            asked = [index for index, origin in enumerate(pool) if origin.asked(path)]
            assert len(asked) == 1, (path, asked)
            found += asked
    return found


# ---- choosing


def test_hash_keeps_a_url_on_one_origin_and_gives_each_its_share(origins, edge, tmp_path):
    pool, paths = origins(3), [f"/{number}" for number in range(60)]
    for origin in pool:
        origin.on("*", "x")
    server = edge(pool, routes=BYPASS)
    first = owners(server, pool, paths)
    assert owners(server, pool, paths) == first
    assert all(first.count(index) > 5 for index in range(3))
    # Another node comes to the same, whatever the order of its file.
    assert owners(edge(pool[::-1], routes=BYPASS, folder=tmp_path / "other"), pool, paths) == first


def test_when_an_origin_dies_only_its_own_urls_move(origins, edge):
    pool, paths = origins(3), [f"/{number}" for number in range(60)]
    for origin in pool:
        origin.on("*", "x")
    server = edge(pool, routes=BYPASS, pool={"eject_after": 1})
    before = owners(server, pool, paths)
    pool[0].stop()
    for origin in pool:
        origin.requests.clear()
    after = owners(server, pool, paths)
    assert all(new == old for new, old in zip(after, before) if old != 0) and 0 not in after
    assert {new for new, old in zip(after, before) if old == 0} == {1, 2}


def test_a_crowd_for_one_url_is_spread_once_its_origin_has_more_than_its_share(origins, edge):
    pool = origins(2)
    for origin in pool:
        origin.on("*", Counting())
    server = edge(pool, routes=BYPASS)
    clients = [server.client() for _ in range(8)]
    for number, client in enumerate(clients):
        client.ask("/hot")
        until(lambda: sum(counts(pool)) == number + 1, "it is asked")
    assert min(counts(pool)) >= 3
    for origin in pool:
        origin.release()
    assert [client.reply().body for client in clients] == [b"x"] * 8


def test_weights_are_shares(origins, edge):
    pool = origins(2)
    for origin in pool:
        origin.on("*", "x")
    server = edge([{"url": pool[0].url, "weight": 300}, {"url": pool[1].url, "weight": 100}],
                  pool={"balance": "weighted"}, routes=BYPASS)
    with server.client() as client:
        for _ in range(400):
            client.get("/film")
    # 300 are expected, with a standard deviation of 8.7: beyond six of them is once in 500 million.
    assert 248 <= counts(pool)[0] <= 352 and sum(counts(pool)) == 400


def test_a_backup_is_not_asked_while_another_answers(origins, edge):
    first, second, backup = pool = origins(3)
    for origin in pool:
        origin.on("*", "x")
    server = edge([first, second, {"url": backup.url, "backup": True}], routes=BYPASS)
    for number in range(20):
        assert server.get(f"/{number}").status == 200
    first.stop()
    for number in range(20):
        assert server.get(f"/{number}").status == 200
    assert len(backup.asked()) == 0


def test_a_backup_is_asked_when_all_others_are_out_and_no_more_when_one_is_back(origins, edge):
    first, second, backup = pool = origins(3)
    for origin in pool:
        origin.on("*", "x")
    server = edge([first, second, {"url": backup.url, "backup": True}], routes=BYPASS,
                  pool={"eject_after": 1, "eject_time": "100ms"})
    first.stop()
    second.stop()
    assert server.get("/film").status == 200  # the client notices nothing, from the first
    assert server.get("/film").status == 200 and len(backup.asked()) == 2
    first.start()
    until(lambda: server.get("/film").status == 200 and first.asked(), "the first is asked again")
    until(lambda: standing(server, first)["state"] == "up", "it is back")
    before = len(backup.asked())
    assert [server.get("/film").status for _ in range(5)] == [200] * 5 and len(backup.asked()) == before


def test_a_route_s_pool_is_asked_and_no_other(origins, edge):
    main, live = origins(2)
    main.on("*", "main")
    live.on("*", "live")
    server = edge(main, toml_section("[[pool]]", {"name": "live"})
                  + toml_section("[[origin]]", {"pool": "live", "url": live.url}),
                  routes=[{"prefix": "/live/", "pool": "live"}])
    assert (server.get("/live/1").body, server.get("/vod/1").body) == (b"live", b"main")
    live.stop()
    assert server.get("/live/2").status == 502 and len(main.asked()) == 1


# ---- the next one


def test_who_refuses_connections_is_passed_over_and_the_client_notices_nothing(origins, edge):
    pool = origins(2)
    for origin in pool:
        origin.on("*", "x")
    server = edge(pool, pool=PATIENT, routes=BYPASS)
    pool[0].stop()
    for number in range(10):
        reply = server.get(f"/{number}")
        assert (reply.status, reply.body, reply["Proxy-Status"]) == (200, b"x", None)
    assert len(pool[1].asked()) == 10


@pytest.mark.parametrize("status", GONE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT"])
def test_an_origin_that_says_it_can_t_is_passed_over(origins, edge, status, method):
    pool = origins(2)
    turns = iter([says(status), says(200, b"fine")])
    for origin in pool:
        origin.on("*", lambda request, connection: next(turns)(request, connection))
    reply = edge(pool, pool=PATIENT).get("/film", method=method)
    assert reply.status == 200 and counts(pool) == [1, 1]


@pytest.mark.parametrize("status", [500, 501, 404, 403, 429])
def test_another_answer_is_an_answer_and_nobody_else_is_asked(origins, edge, status):
    pool = origins(2)
    for origin in pool:
        origin.on("*", says(status, b"no"))
    reply = edge(pool).get("/film")
    assert (reply.status, reply.body) == (status, b"no") and sum(counts(pool)) == 1


@pytest.mark.parametrize("status", GONE)
def test_a_post_is_never_sent_twice(origins, edge, status):
    pool = origins(2)
    for origin in pool:
        origin.on("*", says(status, b"no"))
    server = edge(pool, pool=PATIENT)
    with server.client() as client:
        client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        assert client.reply().status == status
    assert sum(counts(pool)) == 1


def test_a_post_that_reached_nobody_may_go_to_the_next(origins, edge):
    pool = origins(2)
    for origin in pool:
        origin.on("*", lambda request, connection: connection.reply(body=request.body))
    server = edge(pool, pool=PATIENT)
    pool[0].stop()
    for number in range(6):
        with server.client() as client:
            client.send(f"POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            reply = client.reply()
            assert (reply.status, reply.body) == (200, b"abc")
    assert len(pool[1].asked()) == 6


def test_a_post_whose_connection_breaks_is_not_repeated(origins, edge):
    pool = origins(2)
    for origin in pool:
        origin.on("*", lambda _, connection: connection.reset())
    server = edge(pool, pool=PATIENT)
    with server.client() as client:
        client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        reply = client.reply()
    assert (reply.status, sum(counts(pool))) == (502, 1) and "connection_terminated" in reply["Proxy-Status"]


@pytest.mark.parametrize("retries", [0, 1, 2, 3])
def test_at_most_so_many_more_are_tried_and_the_last_answer_counts(origins, edge, retries):
    pool = origins(4)
    for origin in pool:
        origin.on("*", says(503, b"later"))
    reply = edge(pool, pool={**PATIENT, "retries": retries}, routes=BYPASS).get("/film")
    assert (reply.status, reply.body) == (503, b"later")
    assert sum(counts(pool)) == retries + 1 and max(counts(pool)) == 1


def test_a_single_origin_is_not_asked_twice_for_one_request(origin, edge):
    origin.on("*", says(503, b"later"))
    assert edge(origin, pool=PATIENT, routes=BYPASS).get("/film").status == 503
    assert len(origin.asked()) == 1


@pytest.mark.parametrize("budget, wanted", [(20, 20), (50, 50), (0, 10)])
def test_retries_do_not_multiply_a_fault(origins, edge, budget, wanted):
    pool = origins(2)
    for origin in pool:
        origin.on("*", says(503))
    server = edge(pool, pool={**PATIENT, "retries": 1, "retry_budget": budget}, routes=BYPASS)
    with server.client() as client:
        for number in range(100):
            assert client.get(f"/{number}").status == 503
    # Requests of the last 10 s count: a machine too slow for 100 in that time allows a few more.
    assert 110 <= sum(counts(pool)) <= 100 + wanted + 5
    metrics = server.metrics()
    assert metrics["outpost_origin_retries_total"] + 100 == sum(counts(pool))
    assert metrics["outpost_origin_retries_refused_total"] >= 200 - sum(counts(pool))


def test_a_crowd_before_a_broken_pool_is_answered_by_few_questions(origins, edge):
    pool = origins(3)
    for origin in pool:
        origin.on("*", says(503, b"later", cache_control="max-age=1"))
    server = edge(pool, pool=PATIENT)
    replies = together([lambda: server.get("/hot")] * 50)
    assert {reply.status for reply in replies} == {503}
    assert sum(counts(pool)) <= 9  # three tries each, for a question or two more when the first second is over


# ---- out and back


def test_an_origin_that_keeps_failing_is_left_out(origins, edge):
    bad, good = pool = origins(2)
    bad.on("*", says(503))
    good.on("*", "x")
    server = edge(pool, pool={"eject_after": 3, "eject_time": "1h", "balance": "weighted", "retry_budget": 100},
                  routes=BYPASS)
    assert [server.get("/film").status for _ in range(40)] == [200] * 40
    assert len(bad.asked()) == 3
    told = standing(server, bad)
    assert (told["state"], told["failures"]) == ("ejected", 3) and "503" in told["last_error"]
    assert standing(server, good)["state"] == "up" and server.metrics()["outpost_origin_ejections_total"] == 1


def test_failures_count_in_a_row_only(origin, edge):
    origin.on("*", *[says(503), says(503), says(200)] * 5)
    server = edge(origin, pool={"eject_after": 3, "eject_time": "1h"}, routes=BYPASS)
    assert [server.get("/film").status for _ in range(15)] == [503, 503, 200] * 5


@pytest.mark.parametrize("status", [500, 404, 403])
def test_an_answer_about_the_request_says_nothing_against_the_origin(origin, edge, status):
    origin.on("*", says(status))
    server = edge(origin, pool={"eject_after": 1, "eject_time": "1h"}, routes=BYPASS)
    assert [server.get("/film").status for _ in range(5)] == [status] * 5


def test_while_all_are_out_nobody_is_asked_and_the_answer_is_quick(origin, edge):
    origin.on("*", says(503))
    server = edge(origin, pool={"eject_after": 1, "eject_time": "1h"}, routes=BYPASS)
    server.get("/film")
    reply = server.get("/film")
    assert (reply.status, reply["Retry-After"]) == (503, "1") and len(origin.asked()) == 1
    assert reply["Proxy-Status"] == "outpost; error=destination_unavailable"
    assert reply["Content-Type"] == "application/problem+json"


def test_after_its_time_one_request_tries_an_origin_and_success_brings_it_back(origin, edge):
    origin.on("*", says(503), "x")
    server = edge(origin, pool={"eject_after": 1, "eject_time": "100ms"}, routes=BYPASS)
    assert server.get("/film").status == 503
    until(lambda: server.get("/film").status == 200, "it is tried again")
    assert len(origin.asked()) == 2 and standing(server, origin)["state"] == "up"


def test_while_one_tries_it_the_others_leave_it_alone(origins, edge):
    bad, good = origins(2)
    trial = Counting()
    bad.on("*", says(503), trial)
    good.on("*", "x")
    server = edge([bad, {"url": good.url, "backup": True}], routes=BYPASS,
                  pool={"eject_after": 1, "eject_time": "100ms", "first_byte_timeout": "1min"})
    assert server.get("/film").status == 200
    until(lambda: standing(server, bad)["state"] == "probing", "its time is over")
    with server.client() as first:
        first.ask("/film")
        until(lambda: trial.now == 1, "it is tried")
        assert [server.get(f"/{number}").status for number in range(10)] == [200] * 10
        bad.release()
        assert first.reply().status == 200
    assert trial.most == 1 and len(bad.asked()) == 2


def test_a_failed_trial_leaves_it_out_for_longer(origin, edge):
    origin.on("*", says(503))
    server = edge(origin, pool={"eject_after": 1, "eject_time": "100ms"}, routes=BYPASS)

    def tries():
        server.get("/film")
        return len(origin.asked())
    until(lambda: tries() >= 4, "it is tried again and again")
    times = [request.time for request in origin.asked()]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert gaps[0] >= 0.09 and gaps[1] >= 0.19 and gaps[2] >= 0.39, gaps


# ---- health checks


CHECKS = {"health_path": "/healthz", "health_interval": "100ms", "health_timeout": "1s", "eject_after": 1000}


@pytest.mark.parametrize("answer", [says(503), says(404), lambda _, connection: connection.reset()],
                         ids=["503", "404", "reset"])
def test_checks_take_an_origin_out_and_bring_it_back(origins, edge, answer):
    sick, well = pool = origins(2)
    for origin in pool:
        origin.on("*", "x").on("/healthz", "well")
    sick.on("/healthz", answer)
    server = edge(pool, pool=CHECKS, routes=BYPASS)
    until(lambda: standing(server, sick)["state"] == "ejected", "it is out")
    asked = len([each for each in sick.asked() if each.path != "/healthz"])
    assert [server.get(f"/{number}").status for number in range(20)] == [200] * 20
    assert len([each for each in sick.asked() if each.path != "/healthz"]) == asked
    sick.on("/healthz", "well")
    until(lambda: standing(server, sick)["state"] == "up", "it is back")
    assert [server.get(f"/{number}").status for number in range(20)] == [200] * 20
    assert len([each for each in sick.asked() if each.path != "/healthz"]) > asked


def test_one_failed_check_is_chance(origin, edge):
    origin.on("*", "x").on("/healthz", "well", says(503), "well", "well")
    server = edge(origin, pool=CHECKS, routes=BYPASS)
    until(lambda: len(origin.asked("/healthz")) >= 4 or server.get("/film").status != 200, "checks go on")
    assert server.get("/film").status == 200 and server.metrics()["outpost_origin_ejections_total"] == 0


def test_a_check_that_takes_too_long_has_failed(origin, edge):
    origin.on("/healthz", lambda _, connection: connection.hold())
    server = edge(origin, pool={**CHECKS, "health_timeout": "50ms"})
    until(lambda: standing(server, origin)["state"] == "ejected", "it is out")


def test_checks_name_the_host_that_requests_name_and_leave_no_connection(origin, edge):
    origin.on("/healthz", "well")
    edge(origin, pool={**CHECKS, "host": "films.example.org"})
    first = origin.wait_for(2, "/healthz")[0]
    assert (first["Host"], first["Connection"], first.method) == ("films.example.org", "close", "GET")
    assert origin.connections >= 2
