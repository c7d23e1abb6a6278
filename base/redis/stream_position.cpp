#include "base/redis/stream_position.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::redis {

std::optional<StreamId> parse_stream_id(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto time = parse_unsigned(text.substr(0, dash)), number = parse_unsigned(text.substr(dash + 1));
    if (!time || !number) return std::nullopt;
    return StreamId{*time, *number};
}

std::string to_text(const StreamId& id) { return fmt::format("{}-{}", id.time, id.number); }

Continuity continuity(const StreamFacts& facts, StreamId position, StreamId settled, std::uint64_t keep) {
    if (facts.last == position) return Continuity::whole;
    if (facts.last < position) return Continuity::reset;
    if (facts.length == 0) return Continuity::trimmed;
    if (facts.first <= std::max(position, settled)) return Continuity::whole;
    const bool never_trimmed = position == StreamId{} && facts.length < keep;
    return never_trimmed ? Continuity::whole : Continuity::trimmed;
}

}  // namespace outpost::redis
