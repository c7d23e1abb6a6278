#include "cdn/policy/content_range.hpp"

#include "base/text.hpp"

namespace outpost::cdn::policy {

std::optional<ContentRange> parse_content_range(std::string_view value) {
    constexpr std::string_view unit = "bytes ";
    if (value.size() < unit.size() || !iequals(value.substr(0, unit.size()), unit)) return std::nullopt;
    value.remove_prefix(unit.size());
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view range = value.substr(0, slash), size = value.substr(slash + 1);

    ContentRange out;
    if (size != "*") {
        out.size = parse_unsigned(size);
        if (!out.size) return std::nullopt;
    }
    if (range == "*") {
        out.unsatisfied = true;
        return out.size ? std::optional{out} : std::nullopt;
    }
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_unsigned(range.substr(0, dash)), last = parse_unsigned(range.substr(dash + 1));
    if (!first || !last || *last < *first || *last == UINT64_MAX) return std::nullopt;
    if (out.size && *last >= *out.size) return std::nullopt;
    out.range = {*first, *last - *first + 1};
    return out;
}

}  // namespace outpost::cdn::policy
