#include "server/admission/revocation_hello.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"

namespace outpost::server {
namespace {

constexpr std::int64_t hello_version = 1;
constexpr std::size_t most_hello = 512;
constexpr std::size_t digits = 16;  // of a 64-bit number

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    if (text.size() != digits) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
        value = value << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    }
    return value;
}

}  // namespace

// The digest is text: readers of JSON may not keep 64 bits of a number.
std::string to_payload(const RevocationHello& hello) {
    return fmt::format(R"({{"version":{},"hello":"{}","asks":{},"count":{},"digest":"{}"}})", hello_version,
                       hello.from, hello.asks, hello.digest.count, to_hex(hello.digest.sum));
}

std::optional<RevocationHello> parse_revocation_hello(std::string_view payload) {
    if (payload.size() > most_hello) return std::nullopt;
    const auto value = parse_json(payload, 1);
    if (!value || !value->is_object() || value->get_object().size() != 5) return std::nullopt;
    const auto& object = value->get_object();
    const auto* version = object.if_contains("version");
    const auto* from = object.if_contains("hello");
    const auto* asks = object.if_contains("asks");
    const auto* count = object.if_contains("count");
    const auto* digest = object.if_contains("digest");
    if (!version || !version->is_int64() || version->get_int64() != hello_version) return std::nullopt;
    if (!from || !from->is_string() || !asks || !asks->is_bool() || !digest || !digest->is_string())
        return std::nullopt;
    if (!count || !count->is_int64() || count->get_int64() < 0) return std::nullopt;
    const auto& name = from->get_string();
    const std::string_view first = std::string_view{name.data(), name.size()}.substr(0, digits);
    if (name.size() != 2 * digits || !parse_hex(first) ||
        !parse_hex(std::string_view{name.data(), name.size()}.substr(digits)))
        return std::nullopt;
    const auto& sum_text = digest->get_string();
    const auto sum = parse_hex({sum_text.data(), sum_text.size()});
    if (!sum) return std::nullopt;
    return RevocationHello{std::string{name.data(), name.size()},
                           asks->get_bool(),
                           {static_cast<std::uint64_t>(count->get_int64()), *sum}};
}

}  // namespace outpost::server
