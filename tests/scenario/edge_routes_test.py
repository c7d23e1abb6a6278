"""Routes: which requests they are for, and what they change."""
import pytest

from caching import TWICE, Case, about, answer, fate, ttl
from origin import Origin, Page

KEEP = {"Cache-Control": "max-age=100"}
# A route that shows itself: nothing of it is kept.
MARK = {"cache": "bypass"}


def taken(case, path, host="films.example"):
    """Whether the route with the mark takes the path."""
    case.origin.on("*", answer(200, KEEP))
    return fate(Case(case.server, case.origin, path).for_host(host)) == "bypass"


@pytest.mark.parametrize("route, yes, no", [
    ({"prefix": "/live/"}, ["/live/", "/live/a/b"], ["/live", "/vod/live/", "/Live/a"]),
    ({"suffix": ".m3u8"}, ["/a.m3u8", "/b/.m3u8", "/a.m3u8?b=c"], ["/a.m3u8/b", "/a.m3u", "/a?b=.m3u8", "/a.M3U8"]),
    ({"pattern": "/live/*/a.m4s"}, ["/live/x/a.m4s", "/live//a.m4s"], ["/live/x/y/a.m4s", "/live/a.m4s", "/live/x/a.m4sx"]),
    ({"pattern": "/live/**.m4s"}, ["/live/x/y/a.m4s", "/live/.m4s"], ["/live/x.mp4", "/x/live/a.m4s"]),
    ({"pattern": "/*/x/**"}, ["/a/x/", "/a/x/b/c"], ["/a/b/x/c", "/a/x"]),
    ({"prefix": "/live/", "suffix": ".mpd"}, ["/live/a.mpd"], ["/live/a.m4s", "/vod/a.mpd"]),
    ({"prefix": "/a b/"}, ["/a%20b/c"], ["/a+b/c"])])
def test_a_route_takes_what_all_its_parts_match(own, route, yes, no):
    case = own(routes=[{**route, **MARK}])
    assert [(path, taken(case, path)) for path in yes + no] == [(path, True) for path in yes] + [(path, False) for path in no]


def test_a_route_for_a_host_takes_it_in_any_case_and_on_any_port(own):
    case = own(routes=[{"host": "live.example", **MARK}])
    assert [taken(case, "/a", host) for host in ("live.example", "LIVE.Example", "live.example:8080")] == [True] * 3
    assert not [host for host in ("a.live.example", "live.example.org", "live") if taken(case, "/a", host)]


def test_the_first_route_that_matches_is_taken(own):
    case = own(routes=[{"prefix": "/a/b", "ttl": "50s"}, {"prefix": "/a", **MARK}, {"suffix": "/c", "ttl": "70s"}])
    assert [taken(case, path) for path in ("/a/b", "/a/b/c", "/a/c", "/d/c")] == [False, False, True, False]


def test_a_route_without_parts_takes_all_that_is_left(own):
    case = own(routes=[{"prefix": "/a", "ttl": "50s"}, MARK])
    assert [taken(case, path) for path in ("/a", "/b", "/")] == [False, True, True]


def test_a_route_names_its_pool_and_the_first_is_for_the_rest(own):
    with Origin() as other:
        other.on("*", "of the other")
        case = own(f'[[pool]]\nname = "other"\n[[origin]]\npool = "other"\nurl = "{other.url}"\n',
                   routes=[{"prefix": "/other", "pool": "other"}, {"prefix": "/x"}])
        case.origin.on("*", "of the first")
        bodies = [case.server.get(path).body for path in ("/other/a", "/x/a", "/a")]
    assert bodies == [b"of the other", b"of the first", b"of the first"]


# ---- cache


def test_on_a_bypass_route_nothing_is_kept_and_nothing_awaits_another(own):
    case = own(routes=[{"cache": "bypass"}])
    case.serves(lambda _, connection: connection.hold() or connection.reply(200, KEEP, b"a"))
    clients = [case.server.client() for _ in range(3)]
    for client in clients:
        client.ask(case.path)
    case.origin.wait_for(3, case.path)
    case.origin.release()
    assert [fate(client.reply()) for client in clients] == ["bypass"] * 3


def test_a_bypass_route_hands_a_range_on_as_it_is(own):
    case = own(routes=[{"cache": "bypass"}])
    case.serves_page(b"abcdef", etag='"v"')
    reply = case.get("Range: bytes=1-2", 'If-Range: "v"')
    assert (reply.status, reply.body, reply["Content-Range"]) == (206, b"bc", "bytes 1-2/6")
    assert (case.asked[0]["Range"], case.asked[0]["If-Range"]) == ("bytes=1-2", '"v"')


def test_a_bypass_route_drops_no_cookie(own):
    case = own(routes=[{"cache": "bypass"}]).serves(answer(200, {**KEEP, "Set-Cookie": "a=b"}))
    assert [case.get("Cookie: c=d")["Set-Cookie"] for _ in range(2)] == ["a=b"] * 2
    assert case.asked[0]["Cookie"] == "c=d"


def is_pinned(case, body, count):
    """Whether a pinned page outlasts so many others that some of those have left."""
    case.origin.on("*", Page(body, cache_control="max-age=1000"))
    pinned = Case(case.server, case.origin, "/pin/a")
    pinned.get()
    for number in range(count):
        case.server.get(f"/other/{number}")
    assert {case.server.get(f"/other/{number}", "Cache-Control: only-if-cached").status
            for number in range(count)} == {200, 504}
    return fate(pinned.get()) == "hit"


def test_what_is_pinned_stays_on_a_disk_that_is_full(own, tmp_path):
    (tmp_path / "small").mkdir()
    disk = f'[[disk]]\ndirectory = "{tmp_path}/small"\nsize = "64MiB"\n'
    case = own(disk, routes=[{"prefix": "/pin", "cache": "pin"}])
    assert is_pinned(case, b"x" * (1 << 20), 80)


def test_what_is_pinned_stays_in_a_memory_that_is_full(own):
    case = own('[cache]\nmemory = "1MiB"\n', routes=[{"prefix": "/pin", "cache": "pin"}])
    assert is_pinned(case, b"x" * 60_000, 60)


# ---- times


def test_ttl_outranks_what_the_origin_says(own):
    case = own(routes=[{"ttl": "50s"}])
    for number, says in enumerate(["max-age=0", "max-age=1000", "s-maxage=1000", "public"]):
        one = case.at(f"/{number}").serves(answer(200, {"Cache-Control": says}))
        assert fate(one.get()) == "uri-miss"
        again = one.get()
        assert fate(again) == "hit" and about(ttl(again), 50)


def test_ttl_counts_from_the_arrival_here(own):
    case = own(routes=[{"ttl": "50s"}]).serves(answer(200, {"Cache-Control": "max-age=10", "Age": "1000"}))
    case.get()
    again = case.get()
    assert fate(again) == "hit" and about(ttl(again), 50) and about(again["Age"], 1000)


@pytest.mark.parametrize("fields", [{"Cache-Control": "no-store"}, {"Cache-Control": "private"}, {"Vary": "*"},
                                    {"Set-Cookie": "a=b"}])
def test_ttl_lifts_nothing_that_forbids_to_store(own, fields):
    case = own(routes=[{"ttl": "50s"}]).serves(answer(200, fields))
    assert case.fates(*TWICE) == ["uri-miss", "uri-miss"]


def test_ttl_lifts_no_need_to_validate(own):
    case = own(routes=[{"ttl": "50s"}]).serves(answer(200, {"Cache-Control": "no-cache", "ETag": '"v"'}))
    assert case.fates(*TWICE) == ["uri-miss", "stale"]


def test_ttl_is_not_for_errors(own):
    case = own(routes=[{"ttl": "50s", "negative_ttl": "20s"}]).serves(answer(404))
    case.get()
    assert about(ttl(case.get()), 20)


def test_ttl_makes_any_answer_below_400_that_is_understood_keepable(own):
    case = own(routes=[{"ttl": "50s"}]).serves(answer(302, {"Location": "/x"}))
    assert case.fates(*TWICE) == ["uri-miss", "hit"]


def test_ttl_max_shortens_what_the_origin_says_and_lengthens_nothing(own):
    case = own(routes=[{"ttl_max": "50s"}])
    for number, (says, wanted) in enumerate([("max-age=1000", 50), ("s-maxage=1000", 50), ("max-age=20", 20)]):
        one = case.at(f"/{number}").serves(answer(200, {"Cache-Control": says}))
        one.get()
        assert about(ttl(one.get()), wanted)


def test_ttl_max_shortens_guesses_too(own):
    case = own(routes=[{"ttl_max": "50s"}]).serves(answer(200, {"Last-Modified": "Tue, 01 Jan 2019 00:00:00 GMT"}))
    case.get()
    assert about(ttl(case.get()), 50)


def test_a_negative_ttl_of_nothing_keeps_nothing_negative(own):
    case = own(routes=[{"negative_ttl": "0s", "error_ttl": "0s"}])
    missing, failed = case.at("/404").serves(answer(404)), case.at("/503").serves(answer(503))
    assert missing.fates(*TWICE) == ["uri-miss"] * 2 and failed.fates(*TWICE) == ["uri-miss"] * 2


def test_times_of_one_route_are_not_those_of_another(own):
    case = own(routes=[{"suffix": ".m3u8", "ttl": "20s"}, {"suffix": ".m4s", "ttl": "90s"}])
    case.origin.on("*", answer(200, KEEP))
    for ending, wanted in ((".m3u8", 20), (".m4s", 90), (".jpg", 100)):
        one = case.at(ending)
        one.get()
        assert about(ttl(one.get()), wanted)
