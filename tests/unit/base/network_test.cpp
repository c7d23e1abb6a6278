#include "base/network.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace outpost;

namespace {

std::string text_of(std::string_view text) {
    const auto network = parse_network(text);
    return network ? to_text(*network) : "-";
}

bool holds(std::string_view network, std::string_view address) {
    return parse_network(network).value().contains(parse_ip_address(address).value());
}

}  // namespace

TEST_CASE("a network is read whole or not at all, and written in its one way") {
    struct Row {
        std::string_view text, wanted;
    };
    const std::vector<Row> table{
        {"192.0.2.0/24", "192.0.2.0/24"},
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1/32", "192.0.2.1"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"2001:DB8::/32", "2001:db8::/32"},
        {"2001:db8:0:0::1", "2001:db8::1"},
        {"::/0", "::/0"},
        {"::ffff:192.0.2.0/120", "192.0.2.0/24"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"::ffff:0:0/96", "0.0.0.0/0"},
        {"::ffff:0:0/95", "-"},
        {"192.0.2.1/24", "-"},
        {"192.0.2.128/24", "-"},
        {"2001:db8::1/64", "-"},
        {"192.0.2.0/33", "-"},
        {"2001:db8::/129", "-"},
        {"192.0.2.0/", "-"},
        {"192.0.2.0/024", "-"},
        {"192.0.2.0/+24", "-"},
        {"192.0.2.0/24/24", "-"},
        {"192.0.2.0/18446744073709551640", "-"},
        {"192.0.2", "-"},
        {"192.0.2.01", "-"},
        {"192.0.2.256", "-"},
        {"0x7f.0.0.1", "-"},
        {" 192.0.2.1", "-"},
        {"192.0.2.1 ", "-"},
        {"[2001:db8::1]", "-"},
        {"fe80::1%eth0", "-"},
        {"", "-"},
        {"/24", "-"},
        {"1:2:3:4:5:6:7:8:9", "-"},
        {std::string_view{"192.0.2.1\0", 10}, "-"},
        {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "-"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(text_of(row.text) == row.wanted);
    }
}

TEST_CASE("a network holds the addresses that share its prefix") {
    CHECK(holds("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
    CHECK(holds("192.0.2.128/25", "192.0.2.200"));
    CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    CHECK(holds("192.0.2.4/31", "192.0.2.5"));
    CHECK_FALSE(holds("192.0.2.4/31", "192.0.2.6"));
    CHECK(holds("192.0.2.1", "192.0.2.1"));
    CHECK_FALSE(holds("192.0.2.1", "192.0.2.2"));
    CHECK(holds("0.0.0.0/0", "255.255.255.255"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(holds("::1", "::1"));
}

TEST_CASE("an IPv4 address that came in the clothes of IPv6 is the IPv4 address") {
    CHECK(parse_ip_address("::ffff:192.0.2.1") == parse_ip_address("192.0.2.1"));
    CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
    CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.7"));
    CHECK_FALSE(holds("::/0", "192.0.2.1"));
    CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
    CHECK_FALSE(holds("192.0.2.0/24", "::192.0.2.7"));
}

TEST_CASE("a network from bytes may leave out trailing zeros, and nothing else") {
    const auto bytes = [](std::string_view text, bool v6, unsigned prefix) {
        const auto network = network_of(text, v6, prefix);
        return network ? to_text(*network) : "-";
    };
    CHECK(bytes("\xC0\xA8", false, 16) == "192.168.0.0/16");
    CHECK(bytes(std::string_view{"\xC0\xA8\0\0", 4}, false, 16) == "192.168.0.0/16");
    CHECK(bytes("", false, 0) == "0.0.0.0/0");
    CHECK(bytes("\x20\x01\x0D\xB8", true, 32) == "2001:db8::/32");
    CHECK(bytes(std::string_view{"\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\0\x02\x01", 16}, true, 128) ==
          "192.0.2.1");
    CHECK(bytes("\xC0\xA8", false, 8) == "-");
    CHECK(bytes("\xC0\xA8", false, 33) == "-");
    CHECK(bytes("\xC0\xA8", true, 129) == "-");
    CHECK(bytes("\xC0\xA8", false, 4294967295U) == "-");
    CHECK(bytes("12345", false, 32) == "-");
    CHECK(bytes("12345678901234567", true, 128) == "-");
}
