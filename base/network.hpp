// Addresses and networks in CIDR notation (RFC 4632, RFC 4291 section 2.3). An IPv4-mapped IPv6 address is
// the IPv4 address that it maps. Thread rule: values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost {

struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};  // the first four for IPv4
    bool v6 = false;
    bool operator==(const IpAddress&) const = default;
};
// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; no zone, no brackets.
std::optional<IpAddress> parse_ip_address(std::string_view text);

struct Network {
    IpAddress address;  // bits behind the prefix are 0
    std::uint8_t prefix = 0;

    [[nodiscard]] bool contains(const IpAddress& address) const;
    bool operator==(const Network&) const = default;
};
// "192.0.2.0/24", "2001:db8::/32"; an address alone is itself. Bits behind the prefix must be 0.
std::optional<Network> parse_network(std::string_view text);
// From bytes, as in CBOR (RFC 9164): cut-off trailing zeros are allowed. Nothing when it makes no network.
std::optional<Network> network_of(std::string_view address_bytes, bool v6, unsigned prefix);
std::string to_text(const Network& network);

}  // namespace outpost
