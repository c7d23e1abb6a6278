#include "server/http/target.hpp"

#include <doctest/doctest.h>

using namespace outpost::server;

TEST_CASE("a path is decoded once and never hides a slash, NUL or dot segment") {
    CHECK(clean_path("/a%20b/%41") == "/a b/A");
    CHECK(clean_path("/%2541") == "/%41");
    CHECK(clean_path("/.a/..b/...") == "/.a/..b/...");
    for (const std::string_view bad :
         {"/%", "/%4", "/%zz", "/%00", "/%2f", "/%5C", "/\\", "/..", "/a/.", "/%2e%2E/"}) {
        CAPTURE(bad);
        CHECK_FALSE(clean_path(bad));
    }
}
