"""Which requests are for the same thing, and what of a query the origin sees."""
import pytest

from caching import NONE, answer, fate, raw

KEEP = {"Cache-Control": "max-age=100"}


@pytest.fixture
def kept(case):
    return case.serves(answer(200, KEEP))


def same(case, *endings):
    """Whether all these endings of one path are one thing; their targets as the origin saw them."""
    found = [fate(case.at(ending).get()) for ending in endings]
    assert found[0] == "uri-miss", found
    return set(found[1:]) == {"hit"}


def different(case, *endings):
    return [fate(case.at(ending).get()) for ending in endings] == ["uri-miss"] * len(endings)


def test_each_host_has_its_own(kept):
    assert [fate(kept.for_host(host)) for host in ("a.example", "b.example", "a.example", "b.example:8080")] == [
        "uri-miss", "uri-miss", "hit", "uri-miss"]


@pytest.mark.parametrize("host", ["A.Example", "a.example:80", "A.EXAMPLE:80"])
def test_a_host_has_no_case_and_its_usual_port_goes_without_saying(kept, host):
    assert [fate(kept.for_host("a.example")), fate(kept.for_host(host))] == ["uri-miss", "hit"]


def test_a_whole_url_in_the_request_line_is_the_same_thing(kept):
    kept.for_host("a.example")
    reply = raw(kept.server, f"GET http://a.example{kept.path} HTTP/1.1\r\nHost: a.example\r\n\r\n")
    assert fate(reply) == "hit"


def test_paths_differ_by_case(case):
    case.origin.on("*", answer(200, KEEP))
    assert different(case, "/a", "/A", "/a/")


def test_escapes_of_plain_letters_are_the_letters(case):
    case.origin.on("*", answer(200, KEEP))
    assert same(case, "/~a-b", "/%7Ea%2Db", "/%7ea%2db")


def test_escapes_of_other_bytes_are_the_same_in_either_case(case):
    case.origin.on("*", answer(200, KEEP))
    assert same(case, "/a%c3%b6", "/a%C3%B6")


def test_parameters_have_no_order(kept):
    assert same(kept, "?a=1&b=2", "?b=2&a=1", "?b=2&&a=1&")


def test_namesakes_among_parameters_have_one(kept):
    assert different(kept, "?a=1&a=2", "?a=2&a=1")


def test_other_values_and_other_names_are_other_things(kept):
    assert different(kept, "", "?a=1", "?a=2", "?b=1", "?a", "?a=1&b=1", "?A=1")


def test_an_empty_query_is_none(kept):
    assert same(kept, "", "?", "?&")


def test_the_origin_is_asked_with_the_query_of_the_key(kept):
    kept.at("?b=2&a=1%7e").get()
    assert kept.asked[0].query == "a=1~&b=2"


# ---- lists of parameters


def test_only_listed_parameters_count_and_only_they_reach_the_origin(own):
    case = own(routes=[{"query": ["v", "w"]}]).serves(answer(200, KEEP))
    assert same(case, "?v=1&x=1", "?x=2&v=1", "?v=1")
    assert different(case, "?v=2", "?w=1&v=1", "?V=1")
    assert [each.query for each in case.asked] == ["v=1", "v=2", "v=1&w=1", ""]


def test_an_empty_list_means_that_no_query_counts(own):
    case = own(routes=[{"query": []}]).serves(answer(200, KEEP))
    assert same(case, "?a=1", "?b=2", "") and case.asked[0].target == case.path


# ---- what says who asks


def test_cmcd_in_the_query_is_not_in_the_key_and_goes_no_further(kept):
    assert same(kept, "?CMCD=bl%3D100", "?CMCD=bl%3D200%2Csid%3D%22x%22", "?CMCD", "")
    assert kept.asked[0].target == kept.path


def test_cmcd_in_fields_goes_no_further(kept):
    fields = ("CMCD-Object: br=100", "CMCD-Request: bl=1", 'CMCD-Session: sid="a"', "CMCD-Status: bs")
    assert kept.fates(fields, NONE) == ["uri-miss", "hit"]
    assert not [name for name, _ in kept.asked[0].fields if name.lower().startswith("cmcd")]


@pytest.mark.parametrize("token", ["URISigningPackage", "cat", "hdnts", "hdntl", "hdnea", "Policy", "Signature",
                                   "Key-Pair-Id", "md5"])
def test_a_token_is_not_in_the_key_and_goes_no_further(kept, token):
    assert same(kept, f"?{token}=one&a=1", f"?a=1&{token}=other", "?a=1")
    assert kept.asked[0].query == "a=1"


def test_an_escaped_name_hides_no_token(kept):
    assert same(kept, "?%63at=one", "") and kept.asked[0].target == kept.path


@pytest.mark.parametrize("beside, name", [("Signature", "Expires"), ("md5", "expires")])
def test_the_time_beside_a_signature_is_part_of_it_and_elsewhere_a_parameter(kept, beside, name):
    assert same(kept, f"?{beside}=x&{name}=1", f"?{name}=2&{beside}=y")
    assert different(kept, f"?{name}=1", f"?{name}=2")


# ---- LL-HLS


def test_delivery_directives_count(kept):
    assert different(kept, "", "?_HLS_msn=1", "?_HLS_msn=2", "?_HLS_msn=1&_HLS_part=0", "?_HLS_skip=YES", "?_HLS_skip=v2")


def test_delivery_directives_count_also_where_no_query_does(own):
    case = own(routes=[{"query": []}]).serves(answer(200, KEEP))
    assert different(case, "?_HLS_msn=1", "?_HLS_msn=2") and case.asked[0].query == "_HLS_msn=1"


def test_numbers_of_directives_have_one_form_and_their_order_does_not_count(kept):
    assert same(kept, "?_HLS_msn=7&_HLS_part=1", "?_HLS_part=01&_HLS_msn=007")
    assert kept.asked[0].query == "_HLS_msn=7&_HLS_part=1"


@pytest.mark.parametrize("query", ["_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn", "_HLS_skip=NO", "_HLS_other=1"])
def test_directives_that_are_none_do_not_count(kept, query):
    assert same(kept, "", f"?{query}") and kept.asked[0].target == kept.path


def test_of_a_directive_that_comes_twice_the_first_counts(kept):
    assert same(kept, "?_HLS_msn=1", "?_HLS_msn=1&_HLS_msn=2")


def test_escapes_of_what_would_end_a_line_stay_escapes_or_are_refused(case):
    case.origin.on("*", answer(200, KEEP))
    for path in ("/x%0d%0aX-Mine:%20y", "/x?a=%0d%0aX-Mine:%20y", "/x?%0aX-Mine=1"):
        reply = case.server.get(path)
        assert reply.status in (200, 400)
    assert not [each for each in case.origin.requests if each["X-Mine"]]
