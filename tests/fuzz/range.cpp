// Whatever arrives as Range or Content-Range: a range lies inside, and what we write of it reads back. The
// first two bytes are the size.
#include "cdn/policy/range.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cdn/policy/content_range.hpp"

namespace {

using namespace outpost;
using namespace outpost::cdn::policy;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_range(std::string_view text, std::uint64_t size) {
    const RangeDecision decision = decide_range(text, size);
    if (decision.verdict != RangeVerdict::part) return;
    const ByteRange range = decision.range;
    require(range.length > 0 && range.offset < size && range.length <= size - range.offset);
    require(parse_content_range(content_range(range, size)) == ContentRange{range, size});
}

void check_content_range(std::string_view text) {
    const auto parsed = parse_content_range(text);
    if (!parsed) return;
    require(parsed->unsatisfied == (parsed->range.length == 0));
    require(!parsed->size || parsed->range.end() <= *parsed->size);
    if (!parsed->size) return;
    const std::string again = parsed->unsatisfied ? content_range_unsatisfied(*parsed->size)
                                                  : content_range(parsed->range, *parsed->size);
    require(parse_content_range(again) == parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
    const std::uint64_t length = data[0] | static_cast<std::uint64_t>(data[1]) << 8;
    for (const std::uint64_t whole : {length, UINT64_MAX - length}) check_range(text, whole);
    check_content_range(text);
    return 0;
}
