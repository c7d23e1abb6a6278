// Where a follower stands in a Redis Stream, and whether anything between there and what the stream still
// holds can have been missed. Thread rule: values and pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost::redis {

// The id of an entry: Redis' clock in milliseconds and a number within it. {0, 0} is before all entries.
struct StreamId {
    std::uint64_t time = 0;
    std::uint64_t number = 0;
    auto operator<=>(const StreamId&) const = default;
};

std::optional<StreamId> parse_stream_id(std::string_view text);  // "1700000000000-0"
std::string to_text(const StreamId& id);

// What a stream holds at one moment. A stream that isn't there is all zeros.
struct StreamFacts {
    std::uint64_t length = 0;
    StreamId first;  // of the oldest entry; {0, 0} when there is none
    StreamId last;   // the newest id ever given, which outlives its entry
};

enum class Continuity {
    whole,    // nothing was missed
    trimmed,  // entries behind the position may have been removed before they were read
    reset,    // the stream is behind the position: it was lost, or an older copy came back
};

// `settled`: entries before it are accounted for already ({0, 0}: none). `keep`: how many entries every
// publisher leaves in the stream, so a shorter one that was empty at the position was never trimmed.
Continuity continuity(const StreamFacts& facts, StreamId position, StreamId settled, std::uint64_t keep);

}  // namespace outpost::redis
