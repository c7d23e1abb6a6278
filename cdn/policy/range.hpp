// Range requests, RFC 9110 section 14: a pure function of the header and the representation's size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.hpp"

namespace outpost::cdn::policy {

enum class RangeVerdict {
    whole,          // no usable Range: send all of it with 200
    part,           // send `range` with 206
    unsatisfiable,  // 416
};

struct RangeDecision {
    RangeVerdict verdict = RangeVerdict::whole;
    ByteRange range;
};

// `header` is the Range field's value, empty when there is none. Units other than bytes, malformed values and
// sets of more than one range are ignored (RFC 9110 section 14.2 lets a server do so): the answer is the
// whole.
RangeDecision decide_range(std::string_view header, std::uint64_t size);

// The Range to ask an origin for so that whole blocks arrive, of a representation whose size is not known
// yet; empty when `header` is no single range: all of it is asked for then.
std::string range_to_fill(std::string_view header, Bytes block);

std::string content_range(const ByteRange& range, std::uint64_t size);  // "bytes 0-99/1234"
std::string content_range_unsatisfied(std::uint64_t size);              // "bytes */1234"

}  // namespace outpost::cdn::policy
