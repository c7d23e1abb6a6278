#include "config/address.hpp"

#include <arpa/inet.h>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::config {
namespace {

// The address as the system writes it, so that "[0::0]" and "[::]" are equal; nothing when it is none.
std::optional<std::string> usual_form(int family, const std::string& host) {
    in6_addr bytes{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_pton(family, host.c_str(), &bytes) != 1) return std::nullopt;
    if (::inet_ntop(family, &bytes, text.data(), text.size()) == nullptr) return std::nullopt;
    return std::string{text.data()};
}

}  // namespace

bool Address::is_v6() const { return host.find(':') != std::string::npos; }
bool Address::is_any() const { return host == "0.0.0.0" || host == "::"; }

std::optional<Address> parse_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto usual = usual_form(bracketed ? AF_INET6 : AF_INET, std::string{host});
    const auto port = parse_unsigned(text.substr(colon + 1));
    if (!usual || !port || *port > 65535) return std::nullopt;
    return Address{*usual, static_cast<std::uint16_t>(*port)};
}

std::string to_text(const Address& address) {
    return address.is_v6() ? fmt::format("[{}]:{}", address.host, address.port)
                           : fmt::format("{}:{}", address.host, address.port);
}

bool clash(const Address& a, const Address& b) {
    if (a.port == 0 || a.port != b.port || a.is_v6() != b.is_v6()) return false;
    return a.host == b.host || a.is_any() || b.is_any();
}

}  // namespace outpost::config
