#include "cdn/cache/purge_log.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace outpost::cdn;
using Kind = PurgeScope::Kind;

TEST_CASE("a purge covers what its kind names") {
    const std::vector<std::string> tags{"film-1", "uhd"};
    CHECK(PurgeScope{Kind::key, "http://a/b"}.covers("http://a/b", {}));
    CHECK_FALSE(PurgeScope{Kind::key, "http://a/b"}.covers("http://a/b?c", {}));
    CHECK(PurgeScope{Kind::prefix, "http://a/b"}.covers("http://a/bc", {}));
    CHECK_FALSE(PurgeScope{Kind::prefix, "http://a/b"}.covers("http://a/", {}));
    CHECK(PurgeScope{Kind::tag, "uhd"}.covers("http://a/b", tags));
    CHECK_FALSE(PurgeScope{Kind::tag, "film"}.covers("http://a/b", tags));
    CHECK(PurgeScope{}.covers("http://a/b", {}));
}

TEST_CASE("only what was asked for before a purge is covered by it") {
    PurgeLog log;
    const auto before = log.generation();
    log.add({Kind::key, "http://a/b"});
    const auto after = log.generation();
    CHECK(log.covers(before, "http://a/b", {}));
    CHECK_FALSE(log.covers(before, "http://a/c", {}));
    CHECK_FALSE(log.covers(after, "http://a/b", {}));
}

TEST_CASE("what has left the log counts as covering everything") {
    PurgeLog log{2};
    const auto before = log.generation();
    for (const char* key : {"http://a/1", "http://a/2", "http://a/3"}) log.add({Kind::key, key});
    CHECK(log.covers(before, "http://a/other", {}));
    CHECK_FALSE(log.covers(before + 1, "http://a/other", {}));
    CHECK(log.covers(before + 1, "http://a/2", {}));
}
