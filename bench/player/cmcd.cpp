#include "bench/player/cmcd.hpp"

#include <fmt/format.h>

namespace outpost::bench {
namespace {

constexpr std::size_t most_session = 64, most_content = 128;

std::uint64_t kilobits(BitRate rate) { return (rate.bits_per_second() + 500) / 1000; }

std::uint64_t to_hundreds(std::uint64_t value) { return (value + 50) / 100 * 100; }

std::uint64_t milliseconds(Nanoseconds time) {
    return static_cast<std::uint64_t>(std::chrono::round<Milliseconds>(time).count());
}

// A string of structured fields (RFC 8941): quotes and backslashes escaped, printable ASCII only.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c < ' ' || c > '~') continue;
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::string_view token(CmcdObject object) {
    switch (object) {
        case CmcdObject::manifest: return "m";
        case CmcdObject::init: return "i";
        case CmcdObject::video: return "v";
        case CmcdObject::audio: return "a";
        case CmcdObject::muxed: return "av";
    }
    return "o";
}

}  // namespace

std::string cmcd_list(const CmcdFacts& facts) {
    std::string out;
    const auto add = [&](std::string_view item) {
        if (!out.empty()) out += ',';
        out += item;
    };
    const auto bl = facts.buffered ? to_hundreds(milliseconds(*facts.buffered)) : 0;
    if (facts.buffered) add(fmt::format("bl={}", bl));
    if (facts.encoded > BitRate{}) add(fmt::format("br={}", kilobits(facts.encoded)));
    if (facts.starved) add("bs");
    if (!facts.content.empty()) add("cid=" + quoted(std::string_view{facts.content}.substr(0, most_content)));
    if (facts.duration > Nanoseconds{0}) add(fmt::format("d={}", milliseconds(facts.duration)));
    if (facts.buffered) add(fmt::format("dl={}", bl));
    if (facts.throughput > BitRate{}) add(fmt::format("mtp={}", to_hundreds(kilobits(facts.throughput))));
    if (!facts.next.empty()) add("nor=" + quoted(percent_encoded(facts.next)));
    add(fmt::format("ot={}", token(facts.object)));
    add(facts.dash ? "sf=d" : "sf=h");
    if (!facts.session.empty()) add("sid=" + quoted(std::string_view{facts.session}.substr(0, most_session)));
    add(facts.live ? "st=l" : "st=v");
    if (facts.starting) add("su");
    if (facts.top > BitRate{}) add(fmt::format("tb={}", kilobits(facts.top)));
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '-' || c == '.' || c == '_' || c == '~';
        if (bare) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace outpost::bench
