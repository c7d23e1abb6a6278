// A manifest as the holder of one token may see it: without the renditions above a cap, and with URIs that
// carry the token's query parameter on. Made from the one text that is cached for all; HLS and DASH are told
// apart by their content. What is unknown in it stays. The same text and options give the same bytes.
// Thread rule: pure functions, values. Time and memory are linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::manifest {

struct ViewOptions {
    std::uint32_t max_height = 0;  // lines; 0: any
    BitRate max_bandwidth;         // of BANDWIDTH or @bandwidth; 0: any

    // How URIs carry the parameter on:
    //  - define: by variable substitution (EXT-X-DEFINE:QUERYPARAM, RFC 8216bis section 4.4.2.3), so that the
    //    bytes are the same for every token. Players refuse the playlist when its own URL lacks the
    //    parameter, and put in what the percent-decoded value is: it is for values that need no escapes. DASH
    //    has no such thing, and a name of other letters than A-Z, a-z, 0-9,
    //    "-" and "_" is no variable's: both are then appended to.
    //  - append: the value itself.
    enum class Query { none, define, append } query = Query::none;
    std::string query_name;
    std::string query_value;  // as it stands in a query; view() escapes what can't stand there

    // As in the Host field of the request. An absolute URI of another authority never gets the parameter, nor
    // does any that is absolute while this is empty.
    std::string authority;

    bool operator==(const ViewOptions&) const = default;
};

// Whether they ask for anything but the text as it is.
bool changes(const ViewOptions& options);

struct View {
    std::string text;           // empty when nothing is left
    bool nothing_left = false;  // all that could be played lies above the cap: to be answered with 403
    bool holds_value = false;   // the text is for this one query_value
};

// A text that is neither playlist nor MPD, or is beyond the readers' bounds, is a Problem; so is a view of
// more than `most_view_bytes`, and a playlist that gives the variable's name another meaning.
Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options);

inline constexpr std::size_t most_view_bytes = 16 << 20;

// For a value in a query that may stand in a playlist, an XML attribute and a SegmentTemplate as it is:
// letters, digits, -._~!*,=:/@ and escapes that are there stay, every other byte becomes an escape.
std::string query_escaped(std::string_view text);

}  // namespace outpost::manifest
