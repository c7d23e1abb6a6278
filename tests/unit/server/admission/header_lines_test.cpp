#include "server/admission/header_lines.hpp"

#include <doctest/doctest.h>

using namespace outpost::server;

TEST_CASE("a field's lines are joined in order, whatever the case of its name") {
    const std::string_view lines = "A: 1\r\nVary:  Origin \r\nB: 2\r\nVARY: Accept\r\nA:\r\n";
    CHECK_EQ(joined_lines(lines, "vary"), "Origin, Accept");
    CHECK_EQ(joined_lines(lines, "A"), "1, ");
    CHECK_EQ(joined_lines(lines, "AA"), "");
    CHECK_EQ(joined_lines("", "A"), "");
    CHECK_EQ(joined_lines("A: 1", "A"), "1");
}

TEST_CASE("what described the bytes does not outlive them, all else does") {
    CHECK_EQ(
        lines_for_other_bytes("Date: d\r\nETag: \"x\"\r\ncontent-type: t\r\nLast-Modified: d\r\nAge: 3\r\n"
                              "Content-Digest: sha-256=:AA==:\r\nCache-Control: public\r\nVary: Origin\r\n"
                              "Vary: accept-encoding\r\nCDN-Cache-Control: max-age=9\r\nX: y\r\n",
                              false),
        "Date: d\r\nAge: 3\r\nVary: Origin\r\nCDN-Cache-Control: max-age=9\r\nX: y\r\n");
    CHECK_EQ(lines_for_other_bytes("CDN-Cache-Control: max-age=9\r\nX: y\r\nsurrogate-control: a\r\n", true),
             "X: y\r\n");
}

TEST_CASE("for one client alone, lifetimes stay and leave for shared caches goes") {
    CHECK_EQ(private_cache_control("public, max-age=60, stale-while-revalidate=60"),
             "private, max-age=60, stale-while-revalidate=60");
    CHECK_EQ(private_cache_control(""), "private");
    CHECK_EQ(private_cache_control("S-MaxAge=9, Public,no-cache=\"a, public\" , private=\"b\", no-store"),
             "private, no-cache=\"a, public\", no-store");
}
