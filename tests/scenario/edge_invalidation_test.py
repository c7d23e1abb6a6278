"""What a write takes out of the cache: RFC 9111 section 4.4. And how writes pass."""
import pytest

from caching import NONE, answer, fate, raw
from origin import Page


def after_a_write(case, write, method="POST", status=200, fields=()):
    """Whether the stored page is still there after a write to `write`, a case of its own or the same."""
    page = Page("a", cache_control="max-age=100")

    def reply(request, connection):
        page(request, connection) if request.method == "GET" else connection.reply(status, fields)
    case.serves(reply)
    if write is not case:
        write.serves(answer(status, fields, b""))
    assert case.fates(NONE, NONE) == ["uri-miss", "hit"]
    assert write.send(method, b"x").status == status
    return fate(case.get())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "REPORT"])
def test_a_write_takes_what_is_stored_of_its_target(case, method):
    assert after_a_write(case, case, method) == "uri-miss"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 301, 302, 303, 307])
def test_any_answer_that_is_no_error_does_so(case, status):
    assert after_a_write(case, case, status=status) == "uri-miss"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
def test_a_write_that_failed_takes_nothing(case, status):
    assert after_a_write(case, case, status=status) == "hit"


@pytest.mark.parametrize("name", ["Location", "Content-Location"])
def test_what_the_answer_points_at_is_taken_too(case, name):
    assert after_a_write(case, case.at("/write"), fields={name: case.path}) == "uri-miss"


def test_a_whole_url_of_the_same_host_counts(case):
    assert after_a_write(case, case.at("/write"), fields={"Location": f"http://films.example{case.path}"}) == "uri-miss"


def test_a_relative_reference_is_resolved(case):
    name = case.path[1:]
    assert after_a_write(case, case.at("/write"), fields={"Location": f"../{name}"}) == "uri-miss"


@pytest.mark.parametrize("url", ["http://other.example", "https://films.example", "http://films.example:81"])
def test_what_is_on_another_host_is_not_taken(case, url):
    case.serves_page("a", cache_control="max-age=100")
    host = url.split("://")[1]
    case.for_host(host)
    write = case.at("/write").serves(answer(200, {"Location": f"{url}{case.path}"}))
    write.send("POST")
    assert fate(case.for_host(host)) == "hit"


def test_a_write_on_one_host_takes_nothing_of_another(case):
    case.serves(lambda _, connection: connection.reply(200, {"Cache-Control": "max-age=100"}, b"a"))
    case.for_host("a.example")
    case.for_host("b.example", method="DELETE")
    assert fate(case.for_host("a.example")) == "hit"


def test_all_variants_are_taken(case):
    case.serves(answer(200, {"Cache-Control": "max-age=100", "Vary": "X-Kind"}))
    kinds = ["X-Kind: a", "X-Kind: b"]
    assert case.fates(*kinds, *kinds) == ["uri-miss", "vary-miss", "hit", "hit"]
    case.send("POST")
    assert set(case.fates(*kinds)) <= {"uri-miss", "vary-miss"} and len(case.asked) == 5


def test_another_query_is_another_target(case):
    case.serves(answer(200, {"Cache-Control": "max-age=100"}))
    one, other = case.at("?a=1"), case.at("?a=2")
    one.fates(NONE), other.fates(NONE)
    one.send("POST")
    assert (one.fates(NONE), other.fates(NONE)) == (["uri-miss"], ["hit"])


def test_what_was_taken_does_not_come_back_with_a_restart(own, edge):
    case = own(disks=1)
    assert after_a_write(case, case.at("/write"), fields={"Location": case.path}, status=201) == "uri-miss"
    case.at("/write").send("POST")
    case.server.stop()
    case.server = edge(case.origin)
    assert fate(case.get()) == "uri-miss"


def test_a_long_object_on_disk_is_taken_too(case):
    page = Page(b"x" * 300_000, cache_control="max-age=100")
    case.serves(lambda request, connection: page(request, connection) if request.method == "GET"
                else connection.reply(204))
    case.get()
    assert fate(case.get()) == "hit"
    case.send("DELETE")
    assert fate(case.get()) == "uri-miss"


def test_a_get_that_was_under_way_during_a_write_is_not_kept(case):
    held = case.origin.gate()

    def reply(request, connection):
        if request.method == "GET":
            if len(case.asked) == 1:
                connection.hold(held)
                connection.reply(200, {"Cache-Control": "max-age=100"}, b"old")
            else:
                connection.reply(200, {"Cache-Control": "max-age=100"}, b"new")
        else:
            connection.reply(204)
    case.serves(reply)
    with case.server.client() as early:
        early.ask(case.path)
        case.origin.wait_for(1, case.path)
        assert case.send("POST").status == 204
        held.open()
        assert early.reply().body == b"old"
    assert case.get().body == b"new" and fate(case.get()) == "hit"


def test_options_takes_nothing(case):
    case.serves_page("a", cache_control="max-age=100")
    case.get()
    assert case.get(method="OPTIONS").status in (200, 204) and fate(case.get()) == "hit"


# ---- how writes pass


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "REPORT"])
def test_a_write_goes_to_the_origin_each_time_with_its_body(case, method):
    case.serves(lambda request, connection: connection.reply(200, (), b"got " + request.body))
    for body in (b"one", b"two"):
        reply = case.send(method, body, "Content-Type: text/x")
        assert (reply.status, reply.body, fate(reply)) == (200, b"got " + body, "method")
    assert [(each.method, each["Content-Type"]) for each in case.asked] == [(method, "text/x")] * 2


def test_a_chunked_body_of_a_write_arrives_whole(case):
    case.serves(lambda request, connection: connection.reply(200, (), request.body))
    reply = raw(case.server, f"POST {case.path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
    assert (reply.status, reply.body) == (200, b"abcde")
    assert (case.asked[0]["X-Trailer"], case.asked[0]["Trailer"]) == (None, None)


def test_a_write_without_body_says_that_it_has_none(case):
    case.serves(answer(200))
    case.send("POST")
    assert case.asked[0]["Content-Length"] == "0"


def test_a_write_is_not_sent_twice_when_its_connection_breaks(own):
    case = own()
    case.serves(lambda _, connection: connection.reset())
    assert case.send("POST", b"x").status == 502 and len(case.asked) == 1


def test_a_writes_conditions_are_the_origins_business(case):
    case.serves(answer(412))
    assert case.send("PUT", b"x", 'If-Match: "v"').status == 412 and case.asked[0]["If-Match"] == '"v"'
