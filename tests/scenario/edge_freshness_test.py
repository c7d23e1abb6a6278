"""How long the edge takes a response for fresh: RFC 9111 section 4.2, RFC 9213, RFC 8246."""
import pytest

from caching import NONE, TWICE, about, fate, ttl
from origin import Page, date_of


def lifetime(case, body="a", status=200, **fields):
    """What the second request finds: seconds that are left, or why the origin was asked again."""
    case.serves_page(body, status=status, **fields)
    case.get()
    second = case.get()
    return ttl(second) if fate(second) == "hit" else fate(second)


def test_s_maxage_outranks_max_age(case):
    assert about(lifetime(case, cache_control="max-age=1000, s-maxage=100"), 100)


def test_an_s_maxage_of_nothing_outranks_a_long_max_age(case):
    assert lifetime(case, cache_control="max-age=1000, s-maxage=0") == "stale"


def test_max_age_outranks_expires(case):
    assert about(lifetime(case, cache_control="max-age=100", expires=date_of(1000)), 100)


def test_max_age_outranks_an_expires_that_is_over(case):
    assert about(lifetime(case, cache_control="max-age=100", expires="0"), 100)


def test_expires_counts_from_date_not_from_now(case):
    found = lifetime(case, date=date_of(-50), expires=date_of(250))
    assert about(found, 250)


def test_expires_beside_a_clock_that_goes_wrong_is_still_a_span(case):
    found = lifetime(case, date=date_of(7200), expires=date_of(7300))
    assert about(found, 100)


@pytest.mark.parametrize("expires", ["0", "-1", "never", date_of(-10), "Thu, 99 Foo 2050 00:00:00 GMT"])
def test_an_expires_that_is_over_or_cant_be_read_means_stale(case, expires):
    assert lifetime(case, expires=expires, last_modified=date_of(-90000)) == "stale"


def test_what_the_origin_says_of_the_age_counts(case):
    assert about(lifetime(case, cache_control="max-age=100", age="60"), 40)


def test_an_old_date_counts_as_age(case):
    assert about(lifetime(case, cache_control="max-age=100", date=date_of(-60)), 40)


def test_of_age_and_date_the_one_that_makes_it_older_counts(case):
    assert about(lifetime(case, cache_control="max-age=100", age="20", date=date_of(-60)), 40)


def test_a_date_ahead_of_our_clock_makes_nothing_fresh_for_longer(case):
    assert about(lifetime(case, cache_control="max-age=100", date=date_of(5000)), 100)


def test_a_response_that_arrives_stale_is_for_those_who_wait_for_it_only(case):
    case.serves_page("old", cache_control="max-age=10", age="20")
    first, second = case.get(), case.get()
    assert (first.body, fate(first), fate(second)) == (b"old", "uri-miss", "stale")


def test_an_age_that_is_none_counts_as_nothing(case):
    assert about(lifetime(case, cache_control="max-age=100", age="sixty"), 100)


def test_hits_tell_the_age_with_the_origins_in_it(case):
    case.serves_page(cache_control="max-age=100", age="60")
    first, second = case.get(), case.get()
    assert about(first["Age"], 60) and about(second["Age"], 60) and int(second["Age"]) >= 60


# ---- guesses


def test_without_a_lifetime_a_tenth_of_the_time_since_the_last_change_is_fresh(case):
    assert about(lifetime(case, last_modified=date_of(-1000)), 100)


def test_a_guess_is_never_more_than_a_day(case):
    assert about(lifetime(case, last_modified=date_of(-86400 * 365)), 86400)


def test_no_guess_is_made_where_the_origin_says_what_counts(case):
    assert lifetime(case, cache_control="max-age=0", last_modified=date_of(-100000)) == "stale"


def test_no_guess_is_made_of_a_last_change_that_is_yet_to_come(case):
    assert lifetime(case, last_modified=date_of(5000)) == "stale"


@pytest.mark.parametrize("status", [302, 303, 307])
def test_no_guess_is_made_of_a_status_that_is_not_cacheable_by_itself(case, status):
    assert lifetime(case, status=status, last_modified=date_of(-100000)) == "uri-miss"


def test_public_lets_a_guess_be_made_of_any_status_that_is_understood(case):
    assert about(lifetime(case, status=302, cache_control="public", last_modified=date_of(-1000)), 100)


def test_without_a_lifetime_and_a_last_change_each_request_is_validated(case):
    case.serves_page(etag='"v"')
    assert case.fates(*TWICE) == ["uri-miss", "stale"]
    assert [each["If-None-Match"] for each in case.asked] == [None, '"v"']


# ---- how Cache-Control is read


@pytest.mark.parametrize("text, seconds", [
    ("MAX-AGE=100", 100), ('max-age="100"', 100), ("max-age=100, max-age=1000", 100), ("max-age=1000,max-age=100", 100),
    (",, max-age=100 ,,", 100), ('x="a, max-age=1", max-age=100', 100), ("x-max-age=1, max-age=100", 100),
    ("max-age=soon", None), ("max-age", None), ("max-age=", None), ("max-age=-5", None), ("max-age=10.5", None),
    ("max-age=100, s-maxage=soon", None)])
def test_a_lifetime_is_read_strictly_and_for_the_shorter_side(case, text, seconds):
    found = lifetime(case, cache_control=text, last_modified=date_of(-100000))
    assert found == "stale" if seconds is None else about(found, seconds)


def test_a_lifetime_beyond_all_numbers_is_a_long_one(case):
    assert lifetime(case, cache_control="max-age=" + "9" * 40) >= 1 << 30


def test_lines_of_cache_control_are_one_list(case):
    case.serves(lambda _, connection: connection.reply(
        200, [("Cache-Control", "public"), ("Cache-Control", "max-age=1000"), ("Cache-Control", "s-maxage=100")], b"a"))
    case.get()
    assert about(ttl(case.get()), 100)


# ---- CDN-Cache-Control


def test_cdn_cache_control_outranks_cache_control(case):
    assert about(lifetime(case, cdn_cache_control="max-age=100", cache_control="no-store"), 100)


def test_cdn_cache_control_outranks_expires(case):
    assert about(lifetime(case, cdn_cache_control="max-age=100", expires="0"), 100)


def test_cdn_cache_control_outranks_an_s_maxage_of_cache_control(case):
    assert about(lifetime(case, cdn_cache_control="max-age=100", cache_control="s-maxage=9"), 100)


@pytest.mark.parametrize("text", ["no-store", "private", "no-store, max-age=100"])
def test_cdn_cache_control_can_forbid_what_cache_control_allows(case, text):
    assert lifetime(case, cdn_cache_control=text, cache_control="public, max-age=100") == "uri-miss"


def test_cdn_cache_control_without_a_lifetime_leaves_none_to_the_others(case):
    case.serves_page(cdn_cache_control="must-revalidate", cache_control="max-age=100", expires=date_of(100))
    assert case.fates(*TWICE) == ["uri-miss", "stale"]


@pytest.mark.parametrize("text", ["", "max-age=100,", "Max-Age=100", "max-age==100", "max-age=100 no-store", "max-age=",
                                  '"max-age=100"', "max-age=100;"])
def test_a_cdn_cache_control_that_is_no_dictionary_is_ignored(case, text):
    assert about(lifetime(case, cdn_cache_control=text, cache_control="max-age=300"), 300)


@pytest.mark.parametrize("text", ['max-age="100"', "max-age=100.5", "max-age", "max-age=(100)", "max-age=?1"])
def test_a_member_of_cdn_cache_control_of_the_wrong_type_is_skipped(case, text):
    assert lifetime(case, cdn_cache_control=text, cache_control="max-age=300") == "stale"


def test_unknown_members_and_parameters_of_cdn_cache_control_mean_nothing(case):
    assert about(lifetime(case, cdn_cache_control='a="b", c=(1 2);d, max-age=100;e=f', cache_control="no-store"), 100)


# ---- immutable


def test_a_reload_asks_for_nothing_that_is_fresh_and_immutable(case):
    case.serves_page(cache_control="max-age=100, immutable")
    assert case.fates(NONE, "Cache-Control: max-age=0") == ["uri-miss", "hit"] and len(case.asked) == 1


def test_an_immutable_response_is_validated_once_it_is_stale(case):
    case.serves_page(cache_control="max-age=100, immutable", age="200")
    assert case.fates(NONE, "Cache-Control: max-age=0") == ["uri-miss", "request"]


def test_a_clients_no_cache_is_stronger_than_immutable(case):
    case.serves_page(cache_control="max-age=100, immutable")
    assert case.fates(NONE, "Cache-Control: no-cache") == ["uri-miss", "request"]


def test_a_304_makes_fresh_for_as_long_as_it_says(case):
    page = Page("a", cache_control="max-age=10", age="20")
    case.serves(page)
    case.get()
    page.fields |= {"cache-control": "max-age=100", "age": None}
    assert case.fates(*TWICE) == ["stale", "hit"] and about(ttl(case.get()), 100)
