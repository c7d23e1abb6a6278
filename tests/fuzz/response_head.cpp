// Whatever an origin sends: its head gets the same verdict whole and in two parts, its views lie inside, and
// its body is the same however it arrives and however small the pieces are in which it is read. The first
// byte says where to cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/http/head.hpp"
#include "cdn/origin/framing.hpp"

namespace {

using namespace outpost;
using namespace outpost::http;

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr HeadLimits limits{512, 8};

struct Read {
    bool refused = false, whole = false;
    std::string body;
    std::size_t left = 0;
};

Read read_body(cdn::origin::BodyReader reader, std::string_view first, std::string_view second,
               std::size_t step) {
    Read out;
    std::string piece(step, '\0');
    std::string arrived;
    for (const std::string_view part : {first, second}) {
        arrived += part;
        std::string_view input = arrived;
        while (!out.refused && !reader.whole()) {
            const std::size_t before = input.size();
            const auto taken = reader.take(input, piece);
            out.refused = !taken;
            if (!taken) break;
            require(*taken <= step && input.size() <= before);
            out.body += piece.substr(0, *taken);
            if (*taken == 0 && input.size() == before) break;
        }
        arrived = std::string{input};
    }
    out.whole = !out.refused && reader.whole();
    out.left = arrived.size();
    return out;
}

void check_head(const ResponseHead& head, std::string_view text) {
    require(head.status >= 100 && head.status <= 599 && head.fields.size() <= limits.fields);
    require(!(head.chunked && head.length));
    for (const Field& field : head.fields) {
        require(!field.name.empty() && field.name.data() >= text.data());
        require(field.value.empty() || field.value.data() + field.value.size() <= text.data() + text.size());
        require(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t cut = data[0] * text.size() / 255;
    ResponseHead whole_head, split_head;
    std::size_t searched = 0;
    const ParsedHead whole = parse_response_head(text, limits, searched, whole_head);
    searched = 0;
    ParsedHead split = parse_response_head(text.substr(0, cut), limits, searched, split_head);
    if (split.state == ParsedHead::State::incomplete)
        split = parse_response_head(text, limits, searched, split_head);
    require(split.state == whole.state && split.refusal == whole.refusal && split.consumed == whole.consumed);
    if (whole.state != ParsedHead::State::complete) return 0;
    check_head(whole_head, text.substr(0, whole.consumed));
    const std::string_view body = text.substr(whole.consumed);
    const std::size_t middle = cut > whole.consumed ? cut - whole.consumed : 0;
    const cdn::origin::BodyReader reader{whole_head, false};
    const Read at_once = read_body(reader, body, {}, 1 << 16);
    const Read in_two = read_body(reader, body.substr(0, middle), body.substr(middle), 3);
    require(at_once.refused == in_two.refused && at_once.whole == in_two.whole);
    require(at_once.refused || (at_once.body == in_two.body && at_once.left == in_two.left));
    return 0;
}
