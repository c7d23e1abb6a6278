#include "base/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost {
namespace {

constexpr unsigned mapped_prefix = 96;

unsigned bits(const IpAddress& address) { return address.v6 ? 128 : 32; }

// ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
bool is_mapped(const IpAddress& address) {
    const auto& bytes = address.bytes;
    return address.v6 && std::all_of(bytes.begin(), bytes.begin() + 10, [](auto b) { return b == 0; }) &&
           bytes[10] == 0xFF && bytes[11] == 0xFF;
}

IpAddress unmapped(const IpAddress& address) {
    IpAddress out;
    std::copy_n(address.bytes.begin() + 12, 4, out.bytes.begin());
    return out;
}

// As written, nothing unmapped.
std::optional<IpAddress> read_address(std::string_view text) {
    char room[INET6_ADDRSTRLEN + 1] = {};
    if (text.empty() || text.size() >= sizeof room || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::memcpy(room, text.data(), text.size());
    IpAddress address;
    address.v6 = text.find(':') != std::string_view::npos;
    if (::inet_pton(address.v6 ? AF_INET6 : AF_INET, room, address.bytes.data()) != 1) return std::nullopt;
    return address;
}

bool ends_in_zeros(const IpAddress& address, unsigned prefix) {
    for (unsigned bit = prefix; bit < bits(address); ++bit) {
        if ((address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
    }
    return true;
}

// Nothing when the prefix is too long or leaves bits behind it. A mapped network shorter than 96 bits would
// leave some.
std::optional<Network> make(IpAddress address, unsigned prefix) {
    if (prefix > bits(address) || !ends_in_zeros(address, prefix)) return std::nullopt;
    if (is_mapped(address)) {
        address = unmapped(address);
        prefix -= mapped_prefix;
    }
    return Network{address, static_cast<std::uint8_t>(prefix)};
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    const auto address = read_address(text);
    return address && is_mapped(*address) ? unmapped(*address) : address;
}

bool Network::contains(const IpAddress& other) const {
    if (address.v6 != other.v6) return false;
    const unsigned whole = prefix / 8, rest = prefix % 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) return false;
    return rest == 0 || ((address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest)) == 0;
}

std::optional<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = read_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return make(*address, bits(*address));
    const std::string_view digits = text.substr(slash + 1);
    const auto prefix = parse_unsigned(digits);
    if (!prefix || *prefix > 128 || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    return make(*address, static_cast<unsigned>(*prefix));
}

std::optional<Network> network_of(std::string_view address_bytes, bool v6, unsigned prefix) {
    IpAddress address;
    address.v6 = v6;
    if (address_bytes.size() > bits(address) / 8) return std::nullopt;
    std::copy(address_bytes.begin(), address_bytes.end(), address.bytes.begin());
    return make(address, prefix);
}

std::string to_text(const Network& network) {
    char room[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(network.address.v6 ? AF_INET6 : AF_INET, network.address.bytes.data(), room, sizeof room);
    if (network.prefix == bits(network.address)) return room;
    return fmt::format("{}/{}", room, network.prefix);
}

}  // namespace outpost
