#include "base/http/route_match.hpp"

#include <doctest/doctest.h>

using namespace outpost::http;

TEST_CASE("a star stays within its segment, two stars cross segments") {
    CHECK(matches_pattern("/vod/*/index.m3u8", "/vod/film/index.m3u8"));
    CHECK_FALSE(matches_pattern("/vod/*/index.m3u8", "/vod/film/v1/index.m3u8"));
    CHECK(matches_pattern("/vod/**/index.m3u8", "/vod/film/v1/index.m3u8"));
    CHECK(matches_pattern("/**", "/"));
    CHECK(matches_pattern("**.m4s", "/a/b.m4s"));
    CHECK_FALSE(matches_pattern("*.m4s", "/a/b.m4s"));
    CHECK(matches_pattern("/*/b*d", "/a/bcd"));
    CHECK(matches_pattern("/*/b*d", "/a/bdd"));
    CHECK_FALSE(matches_pattern("/*/b*d", "/a/bd/"));
    CHECK(matches_pattern("", ""));
    CHECK_FALSE(matches_pattern("/a", "/ab"));
}

TEST_CASE("a pattern of many stars is decided in reasonable time") {
    std::string pattern, path;
    for (int i = 0; i < 2000; ++i) pattern += "*a", path += "aa";
    CHECK_FALSE(matches_pattern(pattern + "b", path));
}

TEST_CASE("a route matches when all of its parts do") {
    const RouteMatch route{"films.example", "/vod/", ".m4s", ""};
    CHECK(matches(route, "films.example", "/vod/1.m4s"));
    CHECK(matches(route, "FILMS.example:8080", "/vod/1.m4s"));
    CHECK_FALSE(matches(route, "other.example", "/vod/1.m4s"));
    CHECK_FALSE(matches(route, "films.example", "/live/1.m4s"));
    CHECK_FALSE(matches(route, "films.example", "/vod/1.mp4"));
    CHECK(matches({"[::1]", "", "", ""}, "[::1]:80", "/"));
    CHECK(matches({}, "", "/"));
}
