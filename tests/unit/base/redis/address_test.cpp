#include <doctest/doctest.h>

#include "base/redis/connection.hpp"
#include "base/redis/stream.hpp"
#include "base/redis/stream_position.hpp"

using namespace outpost;
using namespace outpost::redis;

namespace {

std::string wrong_in(std::string_view url) {
    const auto parsed = parse_redis_url(url);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error().line();
}

}  // namespace

TEST_CASE("a Redis URL names host, port, database, user and password, each but the host with a default") {
    const RedisAddress least = parse_redis_url("redis://cache").value();
    CHECK(least.host == "cache");
    CHECK(least.port == 6379);
    CHECK(least.database == 0);
    CHECK(least.user == "");
    CHECK(least.password == "");

    const RedisAddress all = parse_redis_url("redis://edge:p%40s%2Fs:@x@10.0.0.1:6380/3").value();
    CHECK(all.user == "edge");
    CHECK(all.password == "p@s/s:@x");
    CHECK(all.host == "10.0.0.1");
    CHECK(all.port == 6380);
    CHECK(all.database == 3);

    const RedisAddress v6 = parse_redis_url("redis://:secret@[2001:db8::1]:7000/").value();
    CHECK(v6.host == "2001:db8::1");
    CHECK(v6.port == 7000);
    CHECK(v6.user == "");
    CHECK(v6.password == "secret");
}

TEST_CASE("a Redis address is shown to people without user and password") {
    CHECK(parse_redis_url("redis://edge:secret@cache:6380/3")->text() == "redis://cache:6380/3");
    CHECK(parse_redis_url("redis://:secret@[::1]")->text() == "redis://[::1]:6379");
}

TEST_CASE("a Redis URL that can't be read is refused without repeating what it holds") {
    for (const std::string_view url :
         {"", "redis:cache", "http://cache", "redis://", "redis://:6379", "redis://a b", "redis://cache:0",
          "redis://cache:65536", "redis://cache:x", "redis://cache:", "redis://cache/x",
          "redis://cache/65536", "redis://[::1", "redis://[::1]6379", "redis://user@cache",
          "redis://user:@cache", "redis://u:%zz@cache", "redis://u:%4@cache", "redis://cache/0/1"}) {
        CAPTURE(url);
        CHECK(wrong_in(url).find("write redis://[user:password@]host[:port][/database]") !=
              std::string::npos);
    }
    CHECK(wrong_in("rediss://:secret@cache").find("TLS to Redis is not spoken") != std::string::npos);
    CHECK(wrong_in("redis://edge:secret@cache:x").find("secret") == std::string::npos);
    CHECK(wrong_in("redis://" + std::string(1100, 'a')).find("aaa") == std::string::npos);
}

TEST_CASE("an entry's id is read whole or not at all, and ids are ordered by time, then number") {
    CHECK(parse_stream_id("1700000000000-7") == StreamId{1700000000000, 7});
    for (const std::string_view text :
         {"", "1", "1-", "-1", "1-2-3", "+1-0", "1-18446744073709551616", " 1-0"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_stream_id(text));
    }
    CHECK(to_text(StreamId{12, 3}) == "12-3");
    CHECK(StreamId{1, 9} < StreamId{2, 0});
    CHECK(StreamId{2, 0} < StreamId{2, 1});
}

TEST_CASE("whether entries can have been missed follows from what the stream still holds") {
    struct Case {
        const char* what;
        StreamFacts facts;
        StreamId position, settled;
        Continuity found;
    };
    const StreamId none;
    const std::vector<Case> table{
        {"nothing new", {3, {1, 0}, {3, 0}}, {3, 0}, none, Continuity::whole},
        {"new entries behind one that was read", {3, {1, 0}, {5, 0}}, {3, 0}, none, Continuity::whole},
        {"the oldest entry is the last that was read", {3, {3, 0}, {5, 0}}, {3, 0}, none, Continuity::whole},
        {"the oldest entry was never read", {3, {4, 0}, {5, 0}}, {3, 0}, none, Continuity::trimmed},
        {"the same, told before", {3, {4, 0}, {5, 0}}, {3, 0}, {4, 0}, Continuity::whole},
        {"trimmed further than was told", {3, {5, 0}, {9, 0}}, {3, 0}, {4, 0}, Continuity::trimmed},
        {"all that was new is gone", {0, none, {5, 0}}, {3, 0}, none, Continuity::trimmed},
        {"all is gone, and there was nothing new", {0, none, {3, 0}}, {3, 0}, none, Continuity::whole},
        {"there is no stream and never was", {0, none, none}, none, none, Continuity::whole},
        {"the stream is lost", {0, none, none}, {3, 0}, none, Continuity::reset},
        {"an older copy came back", {2, {1, 0}, {2, 0}}, {3, 0}, none, Continuity::reset},
        {"a new stream, too short to have been trimmed", {9, {4, 0}, {9, 0}}, none, none, Continuity::whole},
        {"a new stream that may have been trimmed", {10, {4, 0}, {99, 0}}, none, none, Continuity::trimmed},
    };
    for (const Case& c : table) {
        CAPTURE(c.what);
        CHECK(continuity(c.facts, c.position, c.settled, 10) == c.found);
    }
}

TEST_CASE("attempts come apart up to a bound, with a random part, and start over after success") {
    Backoff longest{Milliseconds{200}, Milliseconds{5000}}, shortest = longest;
    // What lies in [whole / 2, whole] for whole = 200, 400, 800, …: the largest remainder gives all of it.
    for (const int whole : {200, 400, 800, 1600, 3200, 5000, 5000}) {
        CHECK(longest.next(static_cast<std::uint32_t>(whole / 2)).count() == whole);
        CHECK(shortest.next(0).count() == std::max(200, whole / 2));
    }
    longest.reset();
    CHECK(longest.next(100).count() == 200);
}
