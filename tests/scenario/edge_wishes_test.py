"""What a client's Cache-Control can ask for: RFC 9111 section 5.2.1."""
import pytest

from caching import NONE, about, fate, ttl
from origin import Page

YOUNG = {"cache_control": "max-age=100", "age": "30"}
STALE = {"cache_control": "max-age=100", "age": "150"}


@pytest.mark.parametrize("wish, wanted", [
    ("max-age=0", "request"), ("max-age=10", "request"), ("max-age=60", "hit"), ("max-age=soon", "request"),
    ("min-fresh=30", "hit"), ("min-fresh=90", "request"), ("min-fresh=soon", "hit"),
    ("no-cache", "request"), ("NO-CACHE", "request"), ("max-stale=10", "hit"), ("no-store", "hit"),
    ("only-if-cached", "hit"), ("max-age=10, max-stale=60", "hit"), ("x-other", "hit")])
def test_a_wish_about_what_is_fresh(case, wish, wanted):
    case.serves_page(**YOUNG)
    assert case.fates(NONE, f"Cache-Control: {wish}") == ["uri-miss", wanted]
    assert len(case.asked) == (1 if wanted == "hit" else 2)


@pytest.mark.parametrize("wish, wanted", [
    ("max-stale", "hit"), ("max-stale=90", "hit"), ("max-stale=10", "stale"), ("max-stale=soon", "stale"),
    ("max-stale=0", "stale"), ("max-age=200", "request"), ("max-age=120, max-stale=90", "hit"),
    ("max-age=10, max-stale", "hit"), ("max-stale, min-fresh=1", "request")])
def test_a_wish_about_what_is_stale(case, wish, wanted):
    case.serves_page(**STALE)
    assert case.fates(NONE, f"Cache-Control: {wish}") == ["uri-miss", wanted]


def test_what_is_served_stale_at_the_clients_wish_says_how_stale(case):
    case.serves_page(**STALE)
    case.get()
    reply = case.get("Cache-Control: max-stale=90")
    assert about(ttl(reply), -50) and about(reply["Age"], 150)


@pytest.mark.parametrize("says", ["must-revalidate", "proxy-revalidate", "no-cache"])
def test_no_client_can_have_stale_what_must_not_be_used_stale(case, says):
    case.serves_page(cache_control=f"max-age=100, {says}", age="150")
    assert case.fates(NONE, "Cache-Control: max-stale") == ["uri-miss", "stale"]


def test_s_maxage_forbids_stale_use_as_proxy_revalidate_does(case):
    case.serves_page(cache_control="s-maxage=100", age="150")
    assert case.fates(NONE, "Cache-Control: max-stale") == ["uri-miss", "stale"]


def test_pragma_no_cache_counts_when_there_is_no_cache_control(case):
    case.serves_page(cache_control="max-age=100")
    assert case.fates(NONE, "Pragma: no-cache", ["Pragma: no-cache", "Cache-Control: max-age=90"],
                      "Pragma: x") == ["uri-miss", "request", "hit", "hit"]


def test_a_forced_validation_makes_it_fresh_for_all(case):
    case.serves_page(cache_control="max-age=100", age="50")
    case.get()
    case.serves_page(cache_control="max-age=100")
    forced, after = case.get("Cache-Control: no-cache"), case.get()
    assert (forced.cache_status["fwd-status"], fate(after)) == (304, "hit") and about(ttl(after), 100)


def test_a_forced_validation_that_finds_something_new_replaces_it_for_all(case):
    page = Page("old", cache_control="max-age=100")
    case.serves(page)
    case.get()
    page.body = b"new"
    assert case.get().body == b"old"
    assert case.get("Cache-Control: no-cache").body == b"new"
    assert (case.get().body, len(case.asked)) == (b"new", 2)


def test_what_was_asked_for_with_no_store_is_not_stored(case):
    case.serves_page(cache_control="max-age=100")
    first, second, third = case.get("Cache-Control: no-store"), case.get(), case.get()
    assert [fate(each) for each in (first, second, third)] == ["uri-miss", "uri-miss", "hit"]
    assert "stored" not in first.cache_status


def test_what_is_stored_already_answers_a_request_with_no_store(case):
    case.serves_page(cache_control="max-age=100")
    assert case.fates(NONE, "Cache-Control: no-store", NONE) == ["uri-miss", "hit", "hit"]


# ---- only-if-cached


def test_only_if_cached_is_refused_with_504_when_nothing_is_stored(case):
    case.serves_page(cache_control="max-age=100")
    assert case.get("Cache-Control: only-if-cached").status == 504 and not case.asked


def test_only_if_cached_is_refused_when_what_is_stored_is_stale(case):
    case.serves_page(**STALE)
    case.get()
    assert case.get("Cache-Control: only-if-cached").status == 504 and len(case.asked) == 1


def test_only_if_cached_is_answered_with_what_the_client_takes_stale(case):
    case.serves_page(**STALE)
    assert case.fates(NONE, "Cache-Control: only-if-cached, max-stale=90") == ["uri-miss", "hit"]


def test_only_if_cached_and_no_cache_together_can_only_be_refused(case):
    case.serves_page(cache_control="max-age=100")
    case.get()
    assert case.get("Cache-Control: only-if-cached, no-cache").status == 504 and len(case.asked) == 1


def test_only_if_cached_is_refused_for_a_variant_that_is_not_stored(case):
    case.serves_page(cache_control="max-age=100", vary="X-Kind")
    case.get("X-Kind: a")
    assert case.get("X-Kind: a", "Cache-Control: only-if-cached").status == 200
    assert case.get("X-Kind: b", "Cache-Control: only-if-cached").status == 504


def test_only_if_cached_asks_nobody_for_a_head_either(case):
    case.serves_page(cache_control="max-age=100")
    assert case.get("Cache-Control: only-if-cached", method="HEAD").status == 504 and not case.asked


def test_only_if_cached_asks_nobody_where_nothing_is_ever_stored(own):
    case = own(routes=[{"cache": "bypass"}])
    case.serves_page("a")
    assert case.get("Cache-Control: only-if-cached").status == 504 and not case.asked


def test_stale_if_error_of_a_request_gets_it_what_is_stale_while_the_origin_fails(case):
    case.serves(Page("a", **STALE), 503)
    case.get()
    assert case.get("Cache-Control: stale-if-error=90").body == b"a"


# ---- obey_client = false


@pytest.mark.parametrize("wish", ["Cache-Control: no-cache", "Cache-Control: max-age=0", "Pragma: no-cache",
                                  "Cache-Control: min-fresh=1000"])
def test_where_clients_are_not_obeyed_nobody_makes_the_edge_ask(own, wish):
    case = own(routes=[{"obey_client": False}])
    case.serves_page(**YOUNG)
    assert case.fates(NONE, wish) == ["uri-miss", "hit"]


def test_where_clients_are_not_obeyed_none_keeps_a_response_out_or_gets_it_stale(own):
    case = own(routes=[{"obey_client": False}])
    case.serves_page(cache_control="max-age=100")
    assert case.fates("Cache-Control: no-store", NONE) == ["uri-miss", "hit"]
    other = case.at("/stale").serves_page(**STALE)
    assert other.fates(NONE, "Cache-Control: max-stale") == ["uri-miss", "stale"]
