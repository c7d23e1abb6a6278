#include "server/admission/rendition.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "cdn/policy/structured.hpp"
#include "media/library/cmsd.hpp"
#include "server/admission/header_lines.hpp"

namespace outpost::server {
namespace {

namespace structured = cdn::policy::structured;

constexpr std::string_view field = "CMSD-Static";
constexpr std::string_view bit_rate_key = "br";  // kbit/s

std::uint64_t number(const structured::Dictionary& dictionary, std::string_view key) {
    const structured::Member* member = structured::find(dictionary, key);
    const auto* item = member ? std::get_if<structured::Item>(member) : nullptr;
    const auto* value = item ? std::get_if<std::int64_t>(&item->value) : nullptr;
    return value && *value > 0 ? static_cast<std::uint64_t>(*value) : 0;
}

}  // namespace

std::optional<RenditionFacts> rendition_of(std::string_view header_lines) {
    const std::string value = joined_lines(header_lines, field);
    if (value.empty()) return std::nullopt;
    const auto dictionary = structured::parse_dictionary(value);
    if (!dictionary) return std::nullopt;
    constexpr std::uint64_t most_lines = std::numeric_limits<std::uint32_t>::max();
    RenditionFacts facts;
    facts.height =
        static_cast<std::uint32_t>(std::min(number(*dictionary, media::cmsd_height_key), most_lines));
    facts.bandwidth = BitRate{number(*dictionary, bit_rate_key) * 1000};  // 15 digits at most: it fits
    if (facts == RenditionFacts{}) return std::nullopt;
    return facts;
}

}  // namespace outpost::server
