// Where a listener listens: an IP address and a port. Names are not looked up: a listener that depends on DNS
// is one that may not start. Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.hpp"

namespace outpost::config {

struct Address {
    std::string host;        // an IPv4 or IPv6 address in its usual form, without brackets: "0.0.0.0", "::1"
    std::uint16_t port = 0;  // 0: one that the system chooses

    [[nodiscard]] bool is_v6() const;
    // Every address of its family ("0.0.0.0" or "::").
    [[nodiscard]] bool is_any() const;
    bool operator==(const Address&) const = default;
};

using outpost::to_text;

// "192.0.2.1:8080", "0.0.0.0:8080", "[::]:8080".
std::optional<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);

// Whether both can't be listened on at once: the same port of the same family, and the same address or one of
// them is every address. IPv6 listeners take IPv6 only, so "0.0.0.0:80" and "[::]:80" live side by side.
bool clash(const Address& a, const Address& b);

}  // namespace outpost::config
