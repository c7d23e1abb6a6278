"""Fields on their way through the edge, both ways: RFC 9110 sections 6 and 7.6, RFC 9112."""
import pytest

from caching import answer, bytes_of, fate
from harness import Client
from origin import date_of

KEEP = {"Cache-Control": "max-age=100"}
HOPS = ["Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers", "Upgrade: x", "Trailer: X-T"]


def names(fields):
    return [name.lower() for name, _ in fields]


def lines_of(reply, name):
    return [value for each, value in reply.fields if each.lower() == name.lower()]


@pytest.fixture(params=["kept", "passed"])
def way(request):
    """Fields that make a response take either way through the edge."""
    return KEEP if request.param == "kept" else {"Cache-Control": "no-store"}


def twice(case, way, *fields):
    """Two replies that went that way."""
    replies = [case.get(*fields) for _ in range(2)]
    assert [fate(each) for each in replies] == ["uri-miss", "hit" if way is KEEP else "uri-miss"]
    return replies


# ---- requests


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fields_of_the_clients_connection_stay_there(case, method):
    case.serves(answer(200, KEEP))
    case.get(*HOPS, "Proxy-Authorization: Basic x", method=method)
    gone = {"keep-alive", "proxy-connection", "te", "upgrade", "trailer", "proxy-authorization", "transfer-encoding"}
    assert case.asked[0].method == method and not gone & set(names(case.asked[0].fields))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fields_that_connection_names_stay_there(case, method):
    case.serves(answer(200, KEEP))
    case.get("Connection: X-One , x-two", "Connection: keep-alive", "X-One: 1", "X-Two: 2", "X-Three: 3", method=method)
    sent = case.asked[0]
    assert (sent["X-One"], sent["X-Two"], sent["X-Three"]) == (None, None, "3")


def test_other_fields_go_to_the_origin_as_they_are(case):
    case.serves(answer(200, KEEP))
    case.get("X-Own: a,  b", "X-Own: c", "Cookie: d=e", "User-Agent: box/1", "Accept: x/y", "Referer: http://r/")
    sent = case.asked[0]
    assert lines_of(sent, "X-Own") == ["a,  b", "c"]
    assert (sent["Cookie"], sent["User-Agent"], sent["Accept"], sent["Referer"]) == ("d=e", "box/1", "x/y", "http://r/")


def test_the_origin_is_addressed_by_its_own_name(case):
    case.serves(answer(200, KEEP))
    case.get()
    assert lines_of(case.asked[0], "Host") == [f"127.0.0.1:{case.origin.port}"]


def test_the_origin_is_addressed_by_the_name_that_its_pool_gives(own):
    case = own(pool={"host": "films.origin.example"}).serves(answer(200, KEEP))
    case.get()
    assert lines_of(case.asked[0], "Host") == ["films.origin.example"]


def test_a_clients_x_forwarded_for_is_not_believed_and_none_is_sent(case):
    case.serves(answer(200, KEEP))
    case.get("X-Forwarded-For: 10.0.0.1")
    assert case.asked[0]["X-Forwarded-For"] is None


def test_x_forwarded_for_is_sent_by_choice_behind_what_came(own):
    case = own(edge={"forwarded_for": True}).serves(answer(200))
    case.get()
    case.send("POST", b"", "X-Forwarded-For: 10.0.0.1, 10.0.0.2")
    assert [each["X-Forwarded-For"] for each in case.asked] == ["127.0.0.1", "10.0.0.1, 10.0.0.2, 127.0.0.1"]


def test_the_edge_answers_expect_itself_and_keeps_it(case):
    case.serves(lambda request, connection: connection.reply(200, (), request.body))
    with case.server.client() as client:
        client.send(f"POST {case.path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.head().status == 100
        client.send("abc")
        assert client.reply().body == b"abc"
    assert case.asked[0]["Expect"] is None


def test_options_is_answered_here(case):
    case.serves(answer(200, KEEP))
    reply = case.get("Origin: http://player", "Access-Control-Request-Method: GET", method="OPTIONS")
    assert reply.status == 204 and "GET" in reply["Access-Control-Allow-Methods"] and not case.asked


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_no_client_sees_what_the_edge_tells_origins(case, method):
    case.serves(lambda request, connection: connection.reply(200, (), repr(request.fields).encode()))
    reply = case.get("Cookie: a=b", method=method)
    assert reply.status in (400, 405, 501) and not case.asked


# ---- responses


def test_fields_of_the_origins_connection_stay_there(case, way):
    case.serves(answer(200, {**way, **dict(each.split(": ") for each in HOPS), "Connection": "x-one", "X-One": "1",
                             "X-Two": "2", "Proxy-Authenticate": "Basic"}))
    gone = {"keep-alive", "proxy-connection", "te", "upgrade", "trailer", "x-one", "proxy-authenticate"}
    for reply in twice(case, way):
        assert reply["X-Two"] == "2" and not gone & set(names(reply.fields))
        assert reply["Connection"] in (None, "keep-alive")


def test_trailers_are_dropped(case, way):
    case.serves(lambda _, connection: connection.chunked([b"ab", b"c"], fields={**way, "Trailer": "X-T"},
                                                         trailers=[("X-T", "1"), ("ETag", '"t"')]))
    for reply in twice(case, way):
        assert (reply.body, reply.trailers, reply["Trailer"], reply["X-T"], reply["ETag"]) == (b"abc", [], None, None, None)


def test_other_fields_come_as_they_are_and_as_often(case, way):
    case.serves(lambda _, connection: connection.reply(200, [
        *way.items(), ("X-Own", "a,  b"), ("x-own", "c"), ("Link", "</a>; rel=b"), ("Content-Language", "de"),
        ("X-Bytes", "caf\xe9"), ("X-Empty", "")], b"a"))
    for reply in twice(case, way):
        assert lines_of(reply, "X-Own") == ["a,  b", "c"] and lines_of(reply, "Link") == ["</a>; rel=b"]
        assert (reply["Content-Language"], reply["X-Bytes"]) == ("de", "caf\xe9") and "x-empty" in names(
            [(each[0].rstrip(":"), "") for each in reply.fields])


def test_a_coded_body_comes_with_its_coding_untouched(case, way):
    case.serves(answer(200, {**way, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, b"\x1f\x8b not really"))
    for reply in twice(case, way, "Accept-Encoding: gzip"):
        assert (reply["Content-Encoding"], reply.body) == ("gzip", b"\x1f\x8b not really")


def test_a_date_is_added_where_the_origin_sent_none(case, way):
    head = "".join(f"{name}: {value}\r\n" for name, value in way.items())
    case.serves(bytes_of(f"HTTP/1.1 200 OK\r\n{head}Content-Length: 1\r\n\r\na"))
    for reply in twice(case, way):
        assert len(lines_of(reply, "Date")) == 1


def test_the_origins_date_is_kept(case, way):
    date = date_of(-20)
    case.serves(answer(200, {**way, "Date": date}))
    assert [lines_of(reply, "Date") for reply in twice(case, way)] == [[date]] * 2


@pytest.mark.parametrize("name, one, other", [
    ("ETag", '"a"', '"b"'), ("Last-Modified", date_of(-5000), date_of(-90000))])
def test_a_validator_that_contradicts_itself_is_none(case, name, one, other):
    case.serves(lambda _, connection: connection.reply(200, [
        ("Cache-Control", "max-age=10, stale-if-error=50"), ("Age", "20"), (name, one), (name, other)], b"a"))
    case.get()
    case.get()
    assert [(each["If-None-Match"], each["If-Modified-Since"]) for each in case.asked] == [(None, None)] * 2


def test_a_length_that_comes_twice_with_one_value_is_that_length(case):
    case.serves(bytes_of("HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"))
    for wanted in ("uri-miss", "hit"):
        reply = case.get()
        assert (fate(reply), reply.body, lines_of(reply, "Content-Length")) == (wanted, b"abc", ["3"])


def test_interim_answers_are_skipped(case, way):
    interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-Hint: 1\r\n\r\n"
    head = "".join(f"{name}: {value}\r\n" for name, value in way.items())
    case.serves(bytes_of(f"{interim}HTTP/1.1 200 OK\r\n{head}Content-Length: 1\r\n\r\na"))
    for reply in twice(case, way):
        assert (reply.status, reply.body, reply["Link"], reply["X-Hint"]) == (200, b"a", None, None)


def test_an_http_1_0_answer_that_the_connections_end_ends_is_kept(case):
    case.serves(bytes_of("HTTP/1.0 200 OK\r\nCache-Control: max-age=100\r\n\r\nabc"))
    for wanted in ("uri-miss", "hit"):
        reply = case.get()
        assert (fate(reply), reply.body) == (wanted, b"abc")


def test_tags_for_purging_are_not_for_players(case, way):
    case.serves(answer(200, {**way, "Surrogate-Key": "a b", "Cache-Tag": "c"}))
    for reply in twice(case, way):
        assert not {"surrogate-key", "cache-tag"} & set(names(reply.fields))


def test_every_reply_has_its_length_or_is_chunked(case, way):
    case.serves(lambda _, connection: connection.chunked([b"ab", b"c"], fields=way))
    with case.server.client() as client:
        for _ in range(2):
            reply = client.get(case.path)
            assert reply.body == b"abc" and (reply["Content-Length"] == "3" or reply["Transfer-Encoding"] == "chunked")


def test_an_http_1_0_client_gets_no_chunks(case, way):
    case.serves(lambda _, connection: connection.chunked([b"ab", b"c"], fields=way))
    for _ in range(2):
        with Client(case.server.port) as client:
            client.ask(case.path, version="1.0")
            reply = client.reply()
            assert reply.body == b"abc" and reply["Transfer-Encoding"] is None


# ---- CORS


def test_an_origins_own_cors_fields_are_not_doubled(case, way):
    case.serves(answer(200, {**way, "Access-Control-Allow-Origin": "http://player",
                             "Access-Control-Expose-Headers": "X-Own"}))
    for reply in twice(case, way, "Origin: http://player"):
        assert lines_of(reply, "Access-Control-Allow-Origin") == ["http://player"]
        assert lines_of(reply, "Access-Control-Expose-Headers") == ["X-Own"]


def test_where_the_origin_has_no_mind_about_cors_the_edge_has(case, way):
    case.serves(answer(200, way))
    for reply in twice(case, way, "Origin: http://player"):
        assert lines_of(reply, "Access-Control-Allow-Origin") == ["*"]
        assert "Age" in reply["Access-Control-Expose-Headers"]


def test_where_only_some_pages_may_read_caches_are_told(own):
    case = own('[cors]\norigins = ["http://player"]\n').serves(answer(200, {**KEEP, "Vary": "X-Kind"}))
    for _ in range(2):
        yes, no = case.get("Origin: http://player"), case.get("Origin: http://other")
        assert yes["Access-Control-Allow-Origin"] == "http://player" and no["Access-Control-Allow-Origin"] is None
        assert all({"X-Kind", "Origin"} <= set(each["Vary"].split(", ")) for each in (yes, no))
    assert len(case.asked) == 1


# ---- both


def test_a_byte_that_no_field_may_hold_does_not_pass(own):
    case = own(pool={"retries": 0}).serves(bytes_of("HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 1\r\n\r\na"))
    reply = case.get()
    assert reply.status == 502 or "\0" not in reply["X-A"]


def test_requests_in_one_packet_are_answered_in_their_order(case):
    case.serves(answer(200, KEEP, b"kept"))
    case.get()
    miss = case.at("/miss").serves(answer(200, {**KEEP, "ETag": '"v"'}, b"missed"))
    post = case.at("/post").serves(answer(201, (), b"posted"))
    asks = [(case.path, "GET", ""), (miss.path, "GET", ""), (post.path, "POST", "Content-Length: 0\r\n"),
            (miss.path, "GET", 'If-None-Match: "v"\r\n'), (case.path, "HEAD", ""), (case.path, "GET", "")]
    with case.server.client() as client:
        client.send("".join(f"{method} {path} HTTP/1.1\r\nHost: films.example\r\n{more}\r\n"
                            for path, method, more in asks))
        replies = [client.reply(method) for _, method, _ in asks]
    assert [(each.status, each.body) for each in replies] == [
        (200, b"kept"), (200, b"missed"), (201, b"posted"), (304, b""), (200, b""), (200, b"kept")]
    assert [fate(each) for each in replies] == ["hit", "uri-miss", "method", "hit", "hit", "hit"]
