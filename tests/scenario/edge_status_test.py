"""What the edge says of itself: Cache-Status (RFC 9211), Proxy-Status (RFC 9209), Age, Via, CDN-Loop (RFC 8586)."""
import pytest

from caching import about, answer, bytes_of, fate, raw, ttl
from origin import Page

KEEP = {"Cache-Control": "max-age=100", "ETag": '"v"'}


def told(reply):
    """All that Cache-Status says but for times."""
    return {name: value for name, value in reply.cache_status.items() if name != "ttl"}


def test_a_miss_tells_what_the_origin_said_and_that_it_is_stored(case):
    case.serves(answer(200, KEEP))
    reply = case.get()
    assert told(reply) == {"cache": "outpost", "fwd": "uri-miss", "fwd-status": 200, "stored": True}
    assert about(ttl(reply), 100)


def test_a_hit_tells_how_long_it_stays_fresh(case):
    case.serves(answer(200, {**KEEP, "Age": "40"}))
    case.get()
    reply = case.get()
    assert told(reply) == {"cache": "outpost", "hit": True} and about(ttl(reply), 60)


def test_what_is_not_kept_is_not_called_stored(case):
    case.serves(answer(200, {"Cache-Control": "no-store"}))
    assert told(case.get()) == {"cache": "outpost", "fwd": "uri-miss", "fwd-status": 200}


def test_a_stale_one_that_was_validated_tells_of_the_304(case):
    case.serves(answer(200, {**KEEP, "Age": "150"}), answer(304, KEEP))
    case.get()
    reply = case.get()
    assert (fate(reply), reply.cache_status["fwd-status"], "hit" in reply.cache_status) == ("stale", 304, False)
    assert about(ttl(reply), 100)


def test_a_validation_that_the_client_forced_is_of_its_request(case):
    case.serves(Page("a", cache_control="max-age=100"))
    case.get()
    reply = case.get("Cache-Control: no-cache")
    assert (fate(reply), reply.cache_status["fwd-status"]) == ("request", 304)


def test_a_missing_variant_is_a_vary_miss(case):
    case.serves(answer(200, {**KEEP, "Vary": "X-Kind"}))
    case.get("X-Kind: a")
    assert told(case.get("X-Kind: b")) == {"cache": "outpost", "fwd": "vary-miss", "fwd-status": 200, "stored": True}


def test_another_method_is_passed_for_its_method(case):
    case.serves(answer(200))
    assert told(case.send("POST")) == {"cache": "outpost", "fwd": "method", "fwd-status": 200}


def test_a_route_without_a_cache_is_a_bypass(own):
    case = own(routes=[{"cache": "bypass"}]).serves(answer(200, KEEP))
    assert [told(case.get()) for _ in range(2)] == [{"cache": "outpost", "fwd": "bypass", "fwd-status": 200}] * 2


def test_who_waited_for_anothers_answer_is_collapsed(case):
    case.serves(lambda _, connection: connection.hold() or connection.reply(200, KEEP, b"a"))
    with case.server.client() as one, case.server.client() as other:
        one.ask(case.path)
        case.origin.wait_for(1, case.path)
        other.ask(case.path)
        # Its head is read before the gate opens: this server has one thread, which answers it first.
        assert case.server.get("/elsewhere").status == 404
        case.origin.release()
        first, second = one.reply(), other.reply()
    assert "collapsed" not in first.cache_status and len(case.asked) == 1
    assert (fate(second), second.cache_status["collapsed"], second.body) == ("uri-miss", True, b"a")


def test_the_name_is_the_configured_one(own):
    case = own(edge={"name": "edge-7.north"}).serves(answer(200, KEEP))
    reply = case.get()
    assert reply.cache_status["cache"] == "edge-7.north" and reply["Via"] == "1.1 edge-7.north"
    assert (case.asked[0]["Via"], case.asked[0]["CDN-Loop"]) == ("1.1 edge-7.north", "edge-7.north")


def test_what_caches_before_this_one_said_comes_first(case):
    case.serves(answer(200, {**KEEP, "Cache-Status": "shield; hit; ttl=5", "Via": "1.1 shield"}))
    for wanted in ("fwd=uri-miss", "hit"):
        reply = case.get()
        shield, ours = reply["Cache-Status"].split(", ")
        assert shield == "shield; hit; ttl=5" and ours.startswith(f"outpost; {wanted}")
        assert reply["Via"] == "1.1 shield, 1.1 outpost"


def test_a_304_and_a_206_and_a_416_tell_it_too(case):
    case.serves(Page("abc", cache_control="max-age=100", etag='"v"'))
    case.get()
    for field, status in (('If-None-Match: "v"', 304), ("Range: bytes=0-0", 206), ("Range: bytes=9-", 416)):
        reply = case.get(field)
        assert (reply.status, told(reply)) == (status, {"cache": "outpost", "hit": True})


def test_what_the_edge_says_of_its_own_has_no_cache_status(case):
    assert case.get("Cache-Control: only-if-cached").status == 504
    assert case.get("Cache-Control: only-if-cached")["Cache-Status"] is None


# ---- Age


def test_every_answer_from_the_cache_has_one_age(case):
    case.serves(answer(200, {**KEEP, "Age": "30"}))
    for reply in (case.get(), case.get(), case.get('If-None-Match: "v"'), case.get(method="HEAD")):
        assert [name for name, _ in reply.fields if name.lower() == "age"] == ["Age"] and about(reply["Age"], 30)


def test_what_passes_has_the_age_that_it_came_with(case):
    case.serves(answer(200, {"Cache-Control": "no-store", "Age": "7"}), answer(200, {"Cache-Control": "no-store"}))
    assert case.get()["Age"] == "7"


# ---- Via, CDN-Loop


def test_via_goes_both_ways(case):
    case.serves(answer(200, KEEP), answer(200, {"Cache-Control": "no-store"}))
    assert case.get("Via: 1.0 proxy")["Via"] == "1.1 outpost" and case.asked[0]["Via"] == "1.0 proxy, 1.1 outpost"
    assert case.send("POST")["Via"] == "1.1 outpost" and case.asked[1]["Via"] == "1.1 outpost"


def test_via_tells_the_version_that_the_client_spoke(case):
    case.serves(answer(200, KEEP))
    raw(case.server, f"GET {case.path} HTTP/1.0\r\nHost: a\r\n\r\n")
    assert case.asked[0]["Via"] == "1.0 outpost" and case.asked[0].version == "HTTP/1.1"


def test_cdn_loop_names_us_behind_the_others(case):
    case.serves(answer(200, KEEP))
    case.get("CDN-Loop: other; v=1", "CDN-Loop: third")
    assert case.asked[0]["CDN-Loop"] == "other; v=1, third, outpost"


@pytest.mark.parametrize("value", ["outpost", "OUTPOST", "a, outpost; v=1, b", "a,outpost"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_request_that_has_been_here_is_refused(case, method, value):
    case.serves(answer(200, KEEP))
    reply = case.get(f"CDN-Loop: {value}", method=method)
    assert reply.status == 508 and "proxy_loop_detected" in reply["Proxy-Status"] and not case.asked


@pytest.mark.parametrize("value", ["outpost2", "a-outpost", 'x; by="outpost"', ""])
def test_a_request_that_has_been_elsewhere_is_not(case, value):
    case.serves(answer(200, KEEP))
    assert case.get(f"CDN-Loop: {value}").status == 200


def test_a_request_that_has_been_in_too_many_places_is_refused(case):
    case.serves(answer(200, KEEP))
    hops = [f"cdn{number}" for number in range(17)]
    assert case.get("CDN-Loop: " + ", ".join(hops)).status == 508
    assert case.get("CDN-Loop: " + ", ".join(hops[1:])).status == 200


# ---- errors


def test_an_origin_that_cant_be_reached_is_a_502_that_says_so(own):
    case = own()
    case.origin.stop()
    reply = case.get()
    assert (reply.status, reply["Cache-Control"], reply["Content-Type"]) == (502, "no-store", "application/problem+json")
    assert reply["Proxy-Status"] == "outpost; error=connection_refused" and reply["Via"] == "1.1 outpost"
    assert reply["Date"] and reply["Cache-Status"] is None


def test_an_origin_that_says_nothing_is_a_504_that_says_so(own):
    case = own(pool={"first_byte_timeout": "100ms", "retries": 0})
    case.serves(lambda _, connection: connection.hold())
    reply = case.get()
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=http_response_timeout")
    case.origin.release()


HEAD = "HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("text", [
    "nonsense\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", HEAD + "No colon\r\n\r\n", HEAD + ": empty\r\n\r\n",
    HEAD + "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", HEAD + "Content-Length: x\r\n\r\na",
    HEAD + "Content-Length: -1\r\n\r\na", HEAD + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    HEAD + "X-A: 1\r\n folded\r\n\r\n", HEAD + "X-A: a\rb\r\n\r\n", HEAD + "Transfer-Encoding: chunked, x\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" * 9 + HEAD + "\r\n",
    HEAD + "".join(f"X-{number}: 1\r\n" for number in range(300)) + "\r\n", HEAD + "X-A: " + "a" * 70_000 + "\r\n\r\n"],
    ids=range(16))
def test_a_head_that_cant_be_trusted_is_a_502_and_not_kept(own, text):
    case = own(pool={"retries": 0}).serves(bytes_of(text), answer(200, KEEP, b"well"))
    reply = case.get()
    assert reply.status == 502 and reply["Proxy-Status"].startswith("outpost; error=http_")
    assert case.get().body == b"well"
