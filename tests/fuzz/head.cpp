// Whatever arrives: a head gets the same verdict whole and in two parts, a cleaned path is clean, a range
// lies inside, a chunked body ends where it ends however it is cut, and nothing crashes. The first byte says
// where to cut.
#include "base/http/head.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/http/chunked.hpp"
#include "cdn/policy/conditional.hpp"
#include "cdn/policy/range.hpp"
#include "server/http/target.hpp"

namespace {

using namespace outpost;
using namespace outpost::http;

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr HeadLimits limits{512, 8};

void check_fields(const RequestHead& head, std::string_view text) {
    const auto lies_inside = [text](std::string_view view) {
        return view.empty() ||
               (view.data() >= text.data() && view.data() + view.size() <= text.data() + text.size());
    };
    require(head.fields.size() <= limits.fields && (head.path == "/" || lies_inside(head.path)) &&
            lies_inside(head.host));
    for (const Field& field : head.fields) {
        require(lies_inside(field.name) && lies_inside(field.value) && !field.name.empty());
        require(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    }
    require(head.method == Method::options || head.path.starts_with('/'));
    require(!head.framing.chunked || head.minor_version == 1);
    if (const auto path = server::clean_path(head.path)) {
        require(path->find('\0') == std::string::npos &&
                ("/" + *path + "/").find("/../") == std::string::npos);
    }
}

void check_policy(const RequestHead& head, std::uint64_t size) {
    const auto range = cdn::policy::decide_range(head.field("Range"), size);
    if (range.verdict == cdn::policy::RangeVerdict::part)
        require(range.range.length > 0 && range.range.offset < size &&
                range.range.length <= size - range.range.offset);
    const cdn::policy::Conditions conditions{head.field("If-Match"), head.field("If-None-Match"),
                                             head.field("If-Modified-Since"),
                                             head.field("If-Unmodified-Since"), head.field("If-Range")};
    const cdn::policy::Validators validators{"\"a\"", WallTime{std::chrono::seconds{784'111'777}}};
    static_cast<void>(cdn::policy::evaluate(conditions, validators));
    static_cast<void>(cdn::policy::range_applies(conditions, validators));
}

struct Decoded {
    int verdict = 0;  // 0 partial, 1 whole, 2 refused
    std::string body, left;
};

Decoded decode(std::string_view first, std::string_view second) {
    ChunkedDecoder decoder{1000};
    Decoded out;
    for (std::string_view part : {first, second}) {
        if (out.verdict == 0) {
            const auto progress = decoder.decode(part, out.body);
            out.verdict = !progress ? 2 : *progress == ChunkedDecoder::Progress::whole ? 1 : 0;
        }
        out.left += part;
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t cut = data[0] * text.size() / 255;

    RequestHead whole_head, split_head;
    std::size_t searched = 0;
    const ParsedHead whole = parse_head(text, limits, searched, whole_head);
    searched = 0;
    ParsedHead split = parse_head(text.substr(0, cut), limits, searched, split_head);
    if (split.state == ParsedHead::State::incomplete) split = parse_head(text, limits, searched, split_head);
    require(split.state == whole.state && split.refusal == whole.refusal && split.consumed == whole.consumed);
    if (whole.state == ParsedHead::State::complete) {
        require(whole.consumed <= text.size() && whole_head.fields.size() == split_head.fields.size());
        check_fields(whole_head, text);
        check_policy(whole_head, size * 3);
    }
    const Decoded at_once = decode(text, {}), in_two = decode(text.substr(0, cut), text.substr(cut));
    require(at_once.verdict == in_two.verdict);
    require(at_once.body.size() <= 1000 &&
            (at_once.verdict != 1 || (at_once.body == in_two.body && at_once.left == in_two.left)));
    static_cast<void>(cdn::policy::parse_http_date(text, WallTime{}));
    return 0;
}
