"""HEAD, and what it does to a stored GET: RFC 9111 section 4.3.5."""
from caching import answer, fate, ttl
from origin import Page

FRESH = {"Cache-Control": "max-age=100", "ETag": '"v"'}
BODY = b"body"


def asked_methods(case):
    return [each.method for each in case.asked]


def kept(case, *handlers):
    """A GET is stored; then the handlers answer."""
    case.serves(answer(200, {**FRESH, "X-Old": "old"}, BODY), *handlers)
    case.get()
    return case


def forced_head(case):
    return case.get("Cache-Control: no-cache", method="HEAD")


def test_a_head_is_answered_from_a_stored_get(case):
    kept(case)
    head, get = case.get(method="HEAD"), case.get()
    assert (head.status, fate(head), head["Content-Length"], head["X-Old"]) == (200, "hit", "4", "old")
    ours = {"Age", "Cache-Status", "Date"}
    assert {name for name, _ in head.fields} - ours == {name for name, _ in get.fields} - ours
    assert asked_methods(case) == ["GET"]


def test_a_head_of_a_long_stored_get_has_its_length_and_no_body(case):
    case.serves(Page(b"x" * 300_000, cache_control="max-age=100"))
    case.get()
    with case.server.client() as client:
        assert client.get(case.path, method="HEAD")["Content-Length"] == "300000"
        assert len(client.get(case.path).body) == 300_000
    assert asked_methods(case) == ["GET"]


def test_a_head_of_what_is_not_stored_goes_to_the_origin_and_is_not_stored(case):
    case.serves(Page(BODY, cache_control="max-age=100"))
    head = case.get(method="HEAD")
    assert (head.status, fate(head), head["Content-Length"]) == (200, "uri-miss", "4")
    assert fate(case.get(method="HEAD")) == "uri-miss" and fate(case.get()) == "uri-miss"
    assert asked_methods(case) == ["HEAD", "HEAD", "GET"]


def test_a_head_with_the_same_tag_freshens_the_stored_get(case):
    kept(case, answer(200, {**FRESH, "X-Old": "new", "X-More": "more"}, BODY))
    assert forced_head(case)["X-Old"] == "new"
    again = case.get()
    assert (fate(again), again.body, again["X-Old"], again["X-More"]) == ("hit", BODY, "new", "more")
    assert asked_methods(case) == ["GET", "HEAD"]


def test_a_head_makes_a_stale_get_fresh(case):
    case.serves(answer(200, {**FRESH, "Age": "150"}, BODY), answer(200, FRESH, BODY))
    case.get()
    assert fate(case.get(method="HEAD")) == "stale" and fate(case.get()) == "hit" and ttl(case.get()) > 0


def test_a_head_with_another_tag_makes_the_stored_get_unusable(case):
    kept(case, answer(200, {**FRESH, "ETag": '"w"'}, BODY), answer(200, {**FRESH, "ETag": '"w"'}, b"next"))
    assert fate(case.get()) == "hit" and fate(forced_head(case)) == "request"
    assert case.get().body == b"next" and asked_methods(case) == ["GET", "HEAD", "GET"]


def test_a_head_with_another_length_makes_the_stored_get_unusable(case):
    kept(case, answer(200, {"Cache-Control": "max-age=100"}, b"other"), answer(200, FRESH, b"other"))
    assert fate(case.get()) == "hit" and forced_head(case)["Content-Length"] == "5"
    assert case.get().body == b"other"


def test_a_head_that_proves_nothing_changes_nothing(case):
    kept(case, answer(200, {"Cache-Control": "max-age=1000", "X-Old": "new"}, BODY))
    forced_head(case)
    again = case.get()
    assert (fate(again), again["X-Old"]) == ("hit", "old") and ttl(again) <= 100


def test_a_head_that_fails_changes_nothing(case):
    kept(case, answer(503))
    assert forced_head(case).status == 503
    assert (fate(case.get()), case.get().body) == ("hit", BODY)


def test_a_head_has_no_ranges(case):
    kept(case)
    reply = case.get("Range: bytes=0-1", method="HEAD")
    assert (reply.status, reply["Content-Length"], reply["Content-Range"], fate(reply)) == (200, "4", None, "hit")


def test_a_head_of_a_stored_404_is_a_404(case):
    case.serves(answer(404, {"Cache-Control": "max-age=4"}, b"nothing"))
    case.get()
    head = case.get(method="HEAD")
    assert (head.status, fate(head), head["Content-Length"]) == (404, "hit", "7")


def test_a_head_does_not_disturb_the_connection_to_the_origin(case):
    case.serves(Page(BODY, cache_control="max-age=0", etag=None))
    before = case.origin.connections
    for method in ("HEAD", "GET", "HEAD", "GET"):
        assert case.get(method=method).status == 200
    assert case.origin.connections - before <= 1


def test_a_head_of_a_chunked_page_passes_without_length(case):
    case.serves(lambda _, connection: connection.head(200, {"Transfer-Encoding": "chunked"}))
    reply = case.get(method="HEAD")
    assert (reply.status, reply["Content-Length"]) == (200, None)
