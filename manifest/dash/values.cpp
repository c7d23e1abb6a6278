#include "manifest/dash/values.hpp"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::manifest::dash {
namespace {

constexpr std::uint64_t most_milliseconds = std::uint64_t{100} * 366 * 86'400 * 1000;
constexpr std::uint64_t widest_number = 32;  // of %0Nd

struct Unit {
    char letter;
    bool time;  // stands behind the T
    std::uint64_t milliseconds;
};
constexpr std::array<Unit, 4> units{
    {{'D', false, 86'400'000}, {'H', true, 3'600'000}, {'M', true, 60'000}, {'S', true, 1000}}};

// "12.345" in milliseconds, rounded up.
std::optional<std::uint64_t> parse_seconds(std::string_view text) {
    const auto point = text.find('.');
    const auto whole = parse_unsigned(text.substr(0, point));
    if (!whole || *whole > most_milliseconds / 1000) return std::nullopt;
    std::uint64_t value = *whole * 1000;
    if (point == std::string_view::npos) return value;
    const std::string_view fraction = text.substr(point + 1);
    if (fraction.empty()) return std::nullopt;
    std::uint64_t place = 100;
    bool rest = false;
    for (const char c : fraction) {
        if (c < '0' || c > '9') return std::nullopt;
        value += place * static_cast<unsigned>(c - '0');
        rest = rest || (place == 0 && c != '0');
        place /= 10;
    }
    return value + (rest ? 1 : 0);
}

// The text of one identifier, without its dollar signs; nothing when it is unknown.
std::optional<std::string> identifier_text(std::string_view name, const TemplateValues& values) {
    if (name.empty()) return "$";
    if (name == "RepresentationID") return std::string{values.representation};
    const auto percent = name.find('%');
    const std::string_view word = name.substr(0, percent);
    std::uint64_t value = 0;
    if (word == "Number") {
        value = values.number;
    } else if (word == "Time") {
        value = values.time;
    } else if (word == "Bandwidth") {
        value = values.bandwidth;
    } else {
        return std::nullopt;
    }
    if (percent == std::string_view::npos) return fmt::format("{}", value);
    std::string_view width = name.substr(percent + 1);
    if (!width.starts_with('0') || !width.ends_with('d')) return std::nullopt;
    width.remove_suffix(1);
    const auto digits = parse_unsigned(width);
    if (!digits || *digits > widest_number) return std::nullopt;
    return fmt::format("{:0{}}", value, *digits);
}

}  // namespace

std::optional<Milliseconds> parse_xs_duration(std::string_view text) {
    if (!text.starts_with('P') || text.size() < 3 || text.back() == 'T') return std::nullopt;
    text.remove_prefix(1);
    std::uint64_t sum = 0;
    bool time = false;
    std::size_t next = 0;  // units come in their order, each once
    while (!text.empty()) {
        if (text.front() == 'T' && !time) {
            time = true;
            text.remove_prefix(1);
        }
        const auto end = text.find_first_not_of("0123456789.");
        if (end == std::string_view::npos) return std::nullopt;
        while (next < units.size() && (units[next].letter != text[end] || units[next].time != time)) ++next;
        if (next == units.size()) return std::nullopt;
        const std::string_view number = text.substr(0, end);
        const bool seconds = units[next].letter == 'S';
        const auto value = seconds ? parse_seconds(number) : parse_unsigned(number);
        const std::uint64_t factor = seconds ? 1 : units[next].milliseconds;
        if (!value || *value > most_milliseconds / factor) return std::nullopt;
        sum += *value * factor;
        ++next;
        text.remove_prefix(end + 1);
    }
    if (sum > most_milliseconds) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>(sum)};
}

std::string xs_duration(Milliseconds duration) {
    const std::int64_t rest = duration.count() % 1000;
    std::string out = fmt::format("PT{}", duration.count() / 1000);
    if (rest != 0) {
        out += fmt::format(".{:03}", rest);
        while (out.back() == '0') out.pop_back();
    }
    return out + "S";
}

std::optional<Ratio> parse_frame_rate(std::string_view text) {
    const auto slash = text.find('/');
    const auto numerator = parse_unsigned(text.substr(0, slash));
    const auto denominator = slash == std::string_view::npos ? std::optional<std::uint64_t>{1}
                                                             : parse_unsigned(text.substr(slash + 1));
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (!numerator || !denominator || *numerator > most || *denominator > most || *denominator == 0)
        return std::nullopt;
    return Ratio{static_cast<std::uint32_t>(*numerator), static_cast<std::uint32_t>(*denominator)};
}

std::string expand_template(std::string_view text, const TemplateValues& values) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find('$');
        out += text.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = text.find('$', open + 1);
        if (close == std::string_view::npos) {
            out += text.substr(open);
            break;
        }
        const auto word = identifier_text(text.substr(open + 1, close - open - 1), values);
        out += word ? *word : std::string{text.substr(open, close - open + 1)};
        text.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace outpost::manifest::dash
