"""Variants of one URL: RFC 9111 section 4.1."""
import pytest

from caching import NONE, answer, fate
from origin import date_of

GZIP, BROTLI = "Accept-Encoding: gzip", "Accept-Encoding: br"


def echo(*names, vary=None, **fields):
    """The body says what the request had in these fields."""
    def reply(request, connection):
        body = "|".join(request[name] or "-" for name in names)
        connection.reply(200, {"Cache-Control": "max-age=100", "Vary": vary or ", ".join(names), **fields}, body.encode())
    return reply


def test_each_variant_is_kept(case):
    case.serves(echo("X-Kind"))
    for _ in range(2):
        assert [case.get(f"X-Kind: {kind}").body for kind in "abc"] == [b"a", b"b", b"c"]
    assert len(case.asked) == 3


def test_a_variant_that_is_not_there_is_a_vary_miss(case):
    case.serves(echo("X-Kind"))
    assert case.fates("X-Kind: a", "X-Kind: b", "X-Kind: a", "X-Kind: b") == ["uri-miss", "vary-miss", "hit", "hit"]


def test_a_field_that_is_absent_matches_only_its_absence(case):
    case.serves(echo("X-Kind"))
    assert case.fates(NONE, "X-Kind:", "X-Kind: a", NONE) == ["uri-miss", "vary-miss", "vary-miss", "hit"]


def test_all_named_fields_must_match(case):
    case.serves(echo("X-A", "X-B"))
    asks = (["X-A: 1", "X-B: 1"], ["X-A: 1", "X-B: 2"], ["X-A: 2", "X-B: 1"], ["X-A: 1", "X-B: 1"])
    assert case.fates(*asks) == ["uri-miss", "vary-miss", "vary-miss", "hit"]


def test_names_in_vary_have_no_case_and_no_order_and_may_come_in_lines(case):
    case.serves(lambda request, connection: connection.reply(
        200, [("Cache-Control", "max-age=100"), ("Vary", "x-b , X-A"), ("vary", "X-B")], b"a"))
    assert case.fates(["X-A: 1", "X-B: 2"], ["x-b: 2", "x-a: 1"], ["X-A: 2", "X-B: 2"]) == ["uri-miss", "hit", "vary-miss"]


def test_lines_of_a_request_count_together(case):
    case.serves(echo("X-Kind"))
    assert case.fates(["X-Kind: a", "X-Kind: b"], "X-Kind: a", ["X-Kind: a", "X-Kind: b"]) == ["uri-miss", "vary-miss", "hit"]


def test_vary_on_anything_is_not_stored(case):
    case.serves(echo("X-Kind", vary="X-Kind, *"))
    assert case.fates("X-Kind: a", "X-Kind: a") == ["uri-miss", "uri-miss"]


def test_a_vary_that_cant_be_read_is_not_stored(case):
    case.serves(echo("X-Kind", vary="X-Kind, no name"))
    assert case.fates("X-Kind: a", "X-Kind: a") == ["uri-miss", "uri-miss"]


def test_a_vary_on_too_many_fields_is_not_stored(case):
    case.serves(echo(*(f"X-{number}" for number in range(17))))
    assert case.fates(NONE, NONE) == ["uri-miss", "uri-miss"]


def test_what_varies_on_nothing_is_for_all(case):
    case.serves_page("a", cache_control="max-age=100", vary="")
    assert case.fates("X-Kind: a", "X-Kind: b") == ["uri-miss", "hit"]


# ---- which requests are the same


@pytest.mark.parametrize("first, second", [
    ("Accept-Encoding: gzip, br", "Accept-Encoding: br;q=0.5 , GZIP"),
    ("Accept-Encoding: gzip", "Accept-Encoding: x-gzip, deflate"),
    ("Accept-Encoding: gzip, br", "Accept-Encoding: gzip, deflate, br, zstd"),
    ("Accept-Encoding: identity", "Accept-Encoding: gzip;q=0, br;q=0.000"),
    ("Accept-Language: de,en;q=0.5", "Accept-Language: DE , en; q=0.5"), ("Accept: a/b,c/d", "Accept: a/b , c/d"),
    ("X-Kind: a", "X-Kind:   a  ")])
def test_requests_that_want_the_same_share_a_variant(case, first, second):
    case.serves(echo(first.split(":")[0]))
    assert case.fates(first, second) == ["uri-miss", "hit"]


@pytest.mark.parametrize("first, second", [
    (GZIP, BROTLI), (GZIP, "Accept-Encoding: identity"), ("Accept-Encoding: *", GZIP),
    (GZIP, "Accept-Encoding: gzip, identity;q=0"), ("Accept-Language: de", "Accept-Language: en"),
    ("X-Kind: a", "X-Kind: A"), ("X-Kind: a,b", "X-Kind: a, b")])
def test_requests_that_want_something_else_do_not(case, first, second):
    case.serves(echo(first.split(":")[0]))
    assert case.fates(first, second) == ["uri-miss", "vary-miss"]


@pytest.mark.parametrize("asked, sent", [
    ("br;q=0.5, GZIP, zstd", "br, gzip"), ("gzip", "gzip"), ("*", "br, gzip"), ("br, gzip;q=0", "br"),
    ("gzip, identity;q=0", "gzip, identity;q=0")])
def test_the_origin_sees_the_encodings_that_the_edge_tells_apart(case, asked, sent):
    case.serves(echo("Accept-Encoding"))
    assert case.get(f"Accept-Encoding: {asked}").body.decode() == sent


@pytest.mark.parametrize("asked", ["identity", "", "deflate", "gzip;q=0"])
def test_who_takes_only_the_plain_form_does_not_look_like_one_who_takes_any(case, asked):
    case.serves(echo("Accept-Encoding"))
    case.get(f"Accept-Encoding: {asked}")
    assert any(name.lower() == "accept-encoding" for name, _ in case.asked[0].fields)


# ---- how many, and when Vary changes


def test_when_there_are_too_many_variants_the_oldest_leaves(own):
    case = own("[cache]\nvariants = 2\n")
    case.serves(echo("X-Kind"))
    kinds = [f"X-Kind: {kind}" for kind in "abc"]
    assert case.fates(*kinds, *reversed(kinds)) == ["uri-miss", "vary-miss", "vary-miss", "hit", "hit", "vary-miss"]


def test_a_response_that_no_longer_varies_takes_the_place_of_all_variants(case):
    case.serves(echo("X-Kind"), echo("X-Kind"), answer(200, {"Cache-Control": "max-age=100"}, b"for all"))
    case.fates("X-Kind: a", "X-Kind: b")
    case.get("X-Kind: c")
    assert [case.get(f"X-Kind: {kind}").body for kind in "abc"] == [b"for all"] * 3 and len(case.asked) == 3


def test_a_response_that_varies_on_something_else_is_chosen_by_that(case):
    case.serves(echo("X-A"), echo("X-B"))
    case.get("X-A: 1")
    assert fate(case.get("X-A: 2", "X-B: 1")) == "vary-miss"
    assert fate(case.get("X-A: 3", "X-B: 1")) == "hit" and case.get("X-A: 3", "X-B: 1").body == b"1"


def test_of_two_that_match_the_one_with_the_later_date_is_sent(case):
    earlier = {"Cache-Control": "max-age=100", "Vary": "X-A", "Date": date_of(-50)}
    case.serves(answer(200, earlier, b"earlier"), echo("X-B"))
    case.get("X-A: 1")
    case.get("X-A: 1", "X-B: 1", "Cache-Control: no-cache")
    reply = case.get("X-A: 1", "X-B: 1")
    assert (reply.body, fate(reply)) == (b"1", "hit")


def test_of_two_that_match_with_one_date_the_one_that_came_later_is_sent(case):
    date = {"Cache-Control": "max-age=100", "Date": date_of(0)}
    case.serves(answer(200, {**date, "Vary": "X-A"}, b"earlier"), answer(200, {**date, "Vary": "X-B"}, b"later"))
    case.get("X-A: 1")
    case.get("X-A: 1", "X-B: 1", "Cache-Control: no-cache")
    reply = case.get("X-A: 1", "X-B: 1")
    assert (reply.body, fate(reply)) == (b"later", "hit")


def test_each_variant_is_validated_with_its_own_validator(case):
    def reply(request, connection):
        tag = f'"{request["X-Kind"]}"'
        fields = {"Cache-Control": "max-age=10", "Age": "20", "Vary": "X-Kind", "ETag": tag}
        if request["If-None-Match"]:
            assert request["If-None-Match"] == tag
            connection.reply(304, fields)
        else:
            connection.reply(200, fields, request["X-Kind"].encode())
    case.serves(reply)
    kinds = [f"X-Kind: {kind}" for kind in "abab"]
    assert [case.get(kind).body for kind in kinds] == [b"a", b"b", b"a", b"b"]
    assert len([each for each in case.asked if each["If-None-Match"]]) == 2


def test_two_who_ask_at_once_for_different_variants_get_their_own(case):
    reply = echo("X-Kind")
    case.serves(lambda request, connection: connection.hold() or reply(request, connection))
    clients = {kind: case.server.client() for kind in "abc"}
    for kind, client in clients.items():
        client.ask(case.path, f"X-Kind: {kind}")
    case.origin.wait_for(1, case.path)
    case.origin.release()
    assert {kind: client.reply().body.decode() for kind, client in clients.items()} == {kind: kind for kind in "abc"}
    assert case.fates(*(f"X-Kind: {kind}" for kind in "abc")) == ["hit"] * 3


def test_variants_are_all_there_after_a_restart(own, edge):
    case = own(disks=1)
    case.serves(echo("X-Kind"))
    kinds = ["X-Kind: a", "X-Kind: b", NONE]
    case.fates(*kinds)
    case.server.stop()
    case.server = edge(case.origin)
    assert case.fates(*kinds, "X-Kind: c") == ["hit", "hit", "hit", "vary-miss"]
