"""Origins that break off: with another try the client notices nothing; without, it must notice. Nothing truncated is
ever a hit, and no body has bytes of two."""
import pytest

from filling import BLOCK, FRESH, KIB, SMALL, Breaking, Framed, is_cut, is_hit, range_of, read_until_end
from harness import Gone, pattern
from origin import Origin, Page

SIZE = 4 * BLOCK + 777
BODY = pattern("film", SIZE)
OTHER = pattern("other", SIZE)
# Places where something may go wrong: ends of the first and last block, borders, the limit of small bodies.
PLACES = [0, 1, 1000, SMALL - 1, SMALL, SMALL + 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 700_001, 4 * BLOCK, SIZE - 1]
PATIENT = {"eject_after": 1000}  # what is tested is not when an origin is taken out


@pytest.fixture
def second():
    with Origin() as made:
        yield made


def whole_and_then_a_hit(server, path, body):
    reply = server.get(path)
    assert (reply.status, reply.body) == (200, body)
    hit = server.get(path)
    assert is_hit(hit) and hit.body == body


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("at", PLACES)
def test_a_body_that_breaks_off_goes_on_from_another_origin_unnoticed(origin, second, edge, at, reset):
    page = Breaking(BODY, at, etag='"1"', reset=reset)
    for each in (origin, second):
        each.on("/film", page)
    server = edge([origin, second])
    whole_and_then_a_hit(server, "/film", BODY)
    asked = origin.asked() + second.asked()
    assert len(asked) == 2 and page.times == 0
    # How much of it had arrived nobody but the edge knows when the connection is reset.
    assert sorted(request["If-Range"] or "" for request in asked) in (["", '"1"'], ["", ""])


@pytest.mark.parametrize("at", [0, 1, 20, 100])
def test_a_head_that_breaks_off_is_asked_for_at_another_origin_unnoticed(origin, second, edge, at):
    head = (f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\n"
            f"X-Filler: {'x' * 100}\r\n\r\n").encode()
    broken = [lambda _, connection: connection.send(head[:at]) or connection.close(), Page(BODY, etag='"1"', **FRESH)]
    turns = iter(broken)
    for each in (origin, second):
        each.on("/film", lambda request, connection: next(turns)(request, connection))
    server = edge([origin, second])
    whole_and_then_a_hit(server, "/film", BODY)


@pytest.mark.parametrize("at", PLACES)
def test_a_body_with_a_strong_validator_goes_on_from_the_only_origin(origin, edge, at):
    origin.on("/film", Breaking(BODY, at, etag='"1"'))
    server = edge(origin, pool=PATIENT)
    whole_and_then_a_hit(server, "/film", BODY)
    assert len(origin.asked()) == 2 and origin.sent_body_bytes.total() <= SIZE + BLOCK


def test_a_body_that_breaks_off_again_and_again_is_resumed_while_it_gets_further(origin, edge):
    class Tired(Page):
        def send_part(self, request, connection, fields):
            begin, end = self.wanted(request) or (0, SIZE)
            if request["Range"]:
                fields["content-range"] = range_of(self.body, begin, end)
            connection.head(206 if request["Range"] else 200, {**fields, "content-length": end - begin})
            connection.send(self.body[begin:min(end, begin + 300 * KIB)])
            connection.close()

    origin.on("/film", Tired(BODY, etag='"1"', **FRESH))
    server = edge(origin, pool={**PATIENT, "retries": 1})
    whole_and_then_a_hit(server, "/film", BODY)


def test_a_small_body_that_breaks_off_goes_on_too(origin, edge):
    body = pattern("small", 30 * KIB)
    origin.on("/small", Breaking(body, 10 * KIB, etag='"1"'))
    server = edge(origin, pool=PATIENT)
    whole_and_then_a_hit(server, "/small", body)
    assert origin.asked()[1]["Range"] == f"bytes={10 * KIB}-{30 * KIB - 1}"


def test_last_modified_resumes_when_it_is_strong(origin, edge):
    origin.on("/film", Breaking(BODY, 500_000, etag=None, last_modified="Wed, 01 Jan 2020 00:00:00 GMT"))
    server = edge(origin, pool=PATIENT)
    whole_and_then_a_hit(server, "/film", BODY)
    assert origin.asked()[1]["If-Range"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_all_readers_of_a_body_that_breaks_off_notice_nothing(origin, second, edge):
    gate = origin.gate()

    class Held(Breaking):
        def send_part(self, request, connection, fields):
            gate.pass_through(connection.is_alive)
            super().send_part(request, connection, fields)

    page = Held(BODY, 600_000, etag='"1"')
    for each in (origin, second):
        each.on("/film", page)
    server = edge([origin, second])
    clients = [server.client() for _ in range(10)]
    for client in clients:
        client.ask("/film")
    gate.open()
    assert all(client.reply().body == BODY for client in clients)
    assert len(origin.asked() + second.asked()) == 2


# ---- nobody can go on


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("etag", [None, 'W/"1"'])
@pytest.mark.parametrize("at", [1000, SMALL + 1, BLOCK, 700_001, SIZE - 1])
def test_a_body_that_can_t_go_on_is_cut_and_never_a_hit(origin, edge, at, etag, version):
    origin.on("/film", Breaking(BODY, at, etag=etag))
    server = edge(origin, pool=PATIENT)
    cut, part = is_cut(server, "/film", version=version)
    assert cut and BODY.startswith(part)
    whole = server.get("/film")
    assert whole.body == BODY and not is_hit(whole)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("at", [1000, SMALL + 1, BLOCK, 700_001])
def test_a_chunked_body_without_its_end_is_cut_and_never_a_hit(origin, edge, at, how, version):
    def broken(_, connection):
        connection.chunked([BODY[:at]], fields={"Cache-Control": "max-age=60"}, end=False)
        getattr(connection, how)()

    origin.on("/film", broken, Framed(BODY, "chunks"))
    server = edge(origin, pool=PATIENT)
    cut, part = is_cut(server, "/film", version=version)
    assert cut and BODY.startswith(part)
    whole = server.get("/film")
    assert whole.body == BODY and not is_hit(whole)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("at", [1000, BLOCK + 5])
def test_a_body_until_the_connection_s_end_that_is_reset_is_cut_and_never_a_hit(origin, edge, at, version):
    def broken(_, connection):
        connection.send(b"HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\n\r\n" + BODY[:at])
        connection.hold()
        connection.reset()

    origin.on("/film", broken, Framed(BODY, "close"))
    server = edge(origin, pool=PATIENT)
    with server.client() as client:
        client.ask("/film", version=version)
        head = client.head()
        origin.release()  # what was sent has been taken from the socket by now, or will be
        rest, how = read_until_end(client)
    assert how == "reset" if version == "1.0" else not rest.endswith(b"0\r\n\r\n"), head
    whole = server.get("/film")
    assert whole.body == BODY and not is_hit(whole)


@pytest.mark.parametrize("fields", [{"Cache-Control": "no-store"}, {"Cache-Control": "private"}])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_broken_body_that_passes_through_is_cut_too(origin, edge, fields, version):
    def broken(_, connection):
        connection.head(200, {**fields, "Content-Length": SIZE})
        connection.send(BODY[:700_000])
        connection.close()

    origin.on("/film", broken).on("/chunks", lambda _, connection: connection.chunked(
        [BODY[:700_000]], fields=fields, end=False) or connection.close())
    server = edge(origin, pool=PATIENT)
    for path in ("/film", "/chunks"):
        cut, part = is_cut(server, path, version=version)
        assert cut and BODY.startswith(part)


def test_a_body_whose_only_origin_stays_away_is_cut_and_completed_when_it_is_back(origin, edge):
    page = Breaking(BODY, 2 * BLOCK + 5, times=1000, etag='"1"')
    origin.on("/film", page)
    server = edge(origin, pool=PATIENT)
    cut, part = is_cut(server, "/film")
    assert cut and BODY.startswith(part) and len(part) >= 2 * BLOCK
    page.times = 0
    whole_and_then_a_hit(server, "/film", BODY)
    # What had come in whole blocks is not fetched again.
    assert origin.asked()[-1]["Range"] == f"bytes={2 * BLOCK}-{SIZE - 1}"


# ---- another body


def changing(*answers):
    """Breaks off in its body "1" at 600 000; then each answer in turn, called with the page of the body "2"."""
    new, rest = Page(OTHER, etag='"2"', **FRESH), list(answers)

    def handler(request, connection):
        if not hasattr(handler, "broke"):
            handler.broke = True
            Breaking(BODY, 600_000, etag='"1"')(request, connection)
        elif request["Range"] and rest:
            (rest.pop(0) if len(rest) > 1 else rest[0])(request, connection)
        else:
            new(request, connection)

    return handler


def answer(etag, begin=None, size=SIZE, body=OTHER, status=206):
    """To a request for a part: these fields whatever was asked for."""
    def handler(request, connection):
        first = int(request["Range"].removeprefix("bytes=").split("-")[0]) if begin is None else begin
        fields = {"ETag": etag, "Cache-Control": "max-age=60"}
        if status == 206:
            fields["Content-Range"] = f"bytes {first}-{SIZE - 1}/{size}"
        connection.reply(status, fields, body[first:] if status == 206 else body)
    return handler


@pytest.mark.parametrize("reply", [
    answer('"2"', status=200), answer('"2"'), answer(None), answer('W/"1"'), answer('"1"', size=SIZE + 1),
    answer('"1"', begin=700_000), answer('"1"', status=404), answer(None, status=200),
    lambda _, connection: connection.reply(416, {"Content-Range": "bytes */5"})],
    ids=["new-200", "new-206", "no-tag", "weak", "other-size", "later", "gone", "no-tag-200", "416"])
def test_when_the_rest_is_not_of_the_same_body_the_reply_is_cut_and_nothing_is_mixed(origin, edge, reply):
    origin.on("/film", changing(reply))
    server = edge(origin, pool=PATIENT)
    cut, part = is_cut(server, "/film")
    # Whole only when it broke before a byte had been sent, and was asked for anew.
    assert BODY.startswith(part) if cut else part == OTHER
    for _ in range(3):
        with server.client() as client:
            try:
                after = client.get("/film")
            except Gone:
                continue
            assert after.status >= 400 or after.body in (BODY, OTHER), "a mixture"


def test_when_the_body_has_changed_the_next_client_gets_the_new_one(origin, edge):
    class Changes(Breaking):
        def send_part(self, request, connection, fields):
            breaks = self.times
            super().send_part(request, connection, fields)
            if breaks:
                self.body, self.fields["etag"] = OTHER, '"2"'

    origin.on("/film", Changes(BODY, 600_000, etag='"1"'))
    server = edge(origin, pool=PATIENT)
    assert is_cut(server, "/film")[0]
    whole_and_then_a_hit(server, "/film", OTHER)
    assert server.get("/film")["ETag"] == '"2"'


@pytest.mark.parametrize("reply", [answer('"1"', body=BODY, status=200), answer('"1"', body=BODY, begin=5),
                                   answer('"1"', body=BODY), answer('"1"', body=BODY, size="*")],
                         ids=["all-of-it", "earlier", "the-rest", "no-size"])
def test_the_same_body_from_its_beginning_or_an_earlier_place_completes_it(origin, edge, reply):
    origin.on("/film", changing(reply))
    server = edge(origin, pool=PATIENT)
    whole_and_then_a_hit(server, "/film", BODY)


# ---- nobody is there


GRACE = {"cache_control": "max-age=10, stale-if-error=600", "age": "50"}  # stale from the first moment


def test_what_is_stale_is_served_while_no_origin_answers(origin, second, edge):
    for each in (origin, second):
        each.on("/film", Page(BODY, etag='"1"', **GRACE))
    server = edge([origin, second])
    assert server.get("/film").body == BODY
    origin.stop()
    second.stop()
    for _ in range(3):
        reply = server.get("/film")
        assert (reply.status, reply.body) == (200, BODY) and int(reply["Age"]) >= 50
        assert reply.cache_status["ttl"] < 0
    part = server.get("/film", "Range: bytes=5-9")
    assert (part.status, part.body) == (206, BODY[5:10])


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_is_stale_is_served_while_the_origin_says_that_it_failed(origin, edge, status):
    origin.on("/page", Page("kept", etag='"1"', **GRACE), lambda _, connection: connection.reply(status, (), b"broken"))
    server = edge(origin, pool=PATIENT)
    assert [server.get("/page").body for _ in range(3)] == 3 * [b"kept"]


def test_what_is_stale_without_grace_is_not_served_when_no_origin_answers(origin, edge):
    origin.on("/page", Page("kept", etag='"1"', age="50",
                               cache_control="max-age=10, must-revalidate, stale-if-error=99"))
    server = edge(origin)
    assert server.get("/page").body == b"kept"
    origin.stop()
    reply = server.get("/page")
    assert reply.status in (502, 503, 504) and reply.body != b"kept"


def test_no_connection_is_502_and_says_why(origin, edge):
    server = edge(origin, pool=PATIENT)
    origin.stop()
    reply = server.get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (502, "outpost; error=connection_refused")
    assert reply["Content-Type"] == "application/problem+json" and reply["Cache-Control"] == "no-store"


def test_an_origin_that_ends_the_connection_before_it_answers_is_502(origin, edge):
    origin.on("/film", lambda _, connection: connection.close())
    reply = edge(origin, pool=PATIENT).get("/film")
    assert reply.status == 502 and reply["Proxy-Status"].startswith("outpost; error=connection_terminated")


def test_an_origin_that_is_too_slow_is_504_and_says_why(origin, edge):
    origin.on("/film", lambda _, connection: connection.hold())
    server = edge(origin, pool={**PATIENT, "first_byte_timeout": "150ms", "retries": 0})
    reply = server.get("/film")
    assert (reply.status, reply["Proxy-Status"]) == (504, "outpost; error=http_response_timeout")


def test_all_origins_taken_out_is_503_without_another_connection(origin, edge):
    server = edge(origin, pool={"eject_after": 1, "eject_time": "30s", "retries": 0})
    origin.stop()
    assert server.get("/a").status == 502
    reply = server.get("/b")
    assert (reply.status, reply["Proxy-Status"]) == (503, "outpost; error=destination_unavailable")
    assert reply["Retry-After"] == "1"


def test_an_error_is_not_kept_when_no_origin_answered(origin, edge):
    origin.on("/film", Page(BODY, **FRESH))
    server = edge(origin, pool=PATIENT)
    origin.stop()
    assert server.get("/film").status == 502
    origin.start()
    assert server.get("/film").body == BODY


def test_an_origin_that_died_is_left_for_the_one_that_lives(origin, second, edge):
    for each in (origin, second):
        each.on("*", Page(BODY, **FRESH))
    server = edge([origin, second])
    origin.stop()
    assert all(server.get(f"/{number}").body == BODY for number in range(12))
