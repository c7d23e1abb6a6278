#include "cdn/cache/entry.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn;

namespace {

using Fields = std::vector<http::Field>;

std::shared_ptr<Object> stored(const Fields& response, const Fields& request, std::string_view body = "x") {
    Object::Parts parts;
    parts.head = make_head(200, response, request, {}, WallTime{}, WallTime{});
    parts.body = std::make_shared<const std::string>(body);
    return std::make_shared<Object>(std::move(parts));
}

const Fields zh{{"Accept-Language", "zh"}};
const Fields en{{"Accept-Language", "en"}};
const Fields by_language{{"Vary", "Accept-Language"}, {"Cache-Control", "max-age=60"}};

}  // namespace

TEST_CASE("a response answers the requests that its Vary does not tell apart from its own") {
    Entry entry{{1, 2}, "http://a/b", 1};
    const auto object = stored(by_language, zh);
    entry.keep(object, 8);
    CHECK(entry.select(zh).object == object);
    CHECK(entry.select(en).object == nullptr);
    CHECK(entry.select(en).others);
}

TEST_CASE(
    "a new response takes the place of the one of its variant, and the oldest leaves beyond the bound") {
    Entry entry{{1, 2}, "http://a/b", 1};
    const auto old = stored(by_language, zh, "old");
    CHECK(entry.keep(old, 2).empty());
    const auto other = stored(by_language, en);
    CHECK(entry.keep(other, 2).empty());
    const auto fresh = stored(by_language, zh, "new");
    CHECK(entry.keep(fresh, 2) == std::vector{old});
    const auto third = stored(by_language, {{"Accept-Language", "fr"}});
    CHECK(entry.keep(third, 2) == std::vector{other});
}

TEST_CASE("a response without Vary takes the place of all variants") {
    Entry entry{{1, 2}, "http://a/b", 1};
    entry.keep(stored(by_language, zh), 8);
    entry.keep(stored(by_language, en), 8);
    CHECK(entry.keep(stored({{"Cache-Control", "max-age=60"}}, zh), 8).size() == 2);
}

TEST_CASE("one question for each variant, and of its own for requests with Authorization") {
    Entry entry{{1, 2}, "http://a/b", 1};
    const auto first = entry.join({}, 0, 0);
    CHECK(first.leads);
    CHECK_FALSE(entry.join({}, 0, 0).leads);
    CHECK(entry.join(Fields{{"Authorization", "x"}}, 0, 0).leads);
    entry.end(first.flight);
    CHECK(entry.join({}, 0, 0).leads);
}

TEST_CASE("after a purge nobody joins a question that was asked before it") {
    Entry entry{{1, 2}, "http://a/b", 1};
    const auto before = entry.join({}, 0, 0);
    entry.outdate_flights();
    const auto after = entry.join({}, 1, 0);
    CHECK(after.leads);
    CHECK(after.flight != before.flight);
}

TEST_CASE("who looked before an answer came looks again instead of asking anew") {
    Entry entry{{1, 2}, "http://a/b", 1};
    const auto looked = entry.select({});
    entry.keep(stored({{"Cache-Control", "max-age=60"}}, {}), 8);
    const auto joined = entry.join({}, 0, looked.version);
    CHECK_FALSE(joined.flight);
    CHECK(entry.join({}, 0, entry.select({}).version).leads);
}
