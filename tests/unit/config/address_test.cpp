#include "config/address.hpp"

#include <doctest/doctest.h>

using namespace outpost::config;

TEST_CASE("an address is an IP address with a port, and is written back in its usual form") {
    CHECK(parse_address("0.0.0.0:8080") == Address{"0.0.0.0", 8080});
    CHECK(parse_address("[::]:443") == Address{"::", 443});
    CHECK(parse_address("[2001:DB8:0::1]:65535") == Address{"2001:db8::1", 65535});
    CHECK(parse_address("127.0.0.1:0") == Address{"127.0.0.1", 0});
    CHECK(outpost::config::to_text(Address{"::1", 80}) == "[::1]:80");
    CHECK(outpost::config::to_text(Address{"10.0.0.1", 80}) == "10.0.0.1:80");
}

TEST_CASE("what is not quite an address is none") {
    for (const char* text : {"",
                             ":",
                             ":80",
                             "0.0.0.0",
                             "0.0.0.0:",
                             "0.0.0.0:65536",
                             "0.0.0.0:-1",
                             "0.0.0.0:+1",
                             "0.0.0.0: 80",
                             " 0.0.0.0:80",
                             "0.0.0.0:80 ",
                             "::1:80",
                             "[::1]",
                             "[::1]80",
                             "[]:80",
                             "[127.0.0.1]:80",
                             "[::1:80",
                             "::1]:80",
                             "localhost:80",
                             "256.0.0.1:80",
                             "1.2.3:80",
                             "0.0.0.0:99999999999999999999",
                             "[fe80::1%eth0]:80"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text));
    }
    CHECK_FALSE(parse_address(std::string_view{"0.0.0.0\0:80", 11}));
}

TEST_CASE("two addresses clash when one listens on what the other does") {
    const auto clashes = [](const char* a, const char* b) {
        const bool one_way = clash(*parse_address(a), *parse_address(b));
        CHECK(one_way == clash(*parse_address(b), *parse_address(a)));
        return one_way;
    };
    CHECK(clashes("127.0.0.1:80", "127.0.0.1:80"));
    CHECK(clashes("0.0.0.0:80", "127.0.0.1:80"));
    CHECK(clashes("[::]:80", "[::1]:80"));
    CHECK_FALSE(clashes("127.0.0.1:80", "127.0.0.1:81"));
    CHECK_FALSE(clashes("127.0.0.1:80", "127.0.0.2:80"));
    CHECK_FALSE(clashes("0.0.0.0:80", "[::]:80"));
    CHECK_FALSE(clashes("0.0.0.0:0", "0.0.0.0:0"));
}
