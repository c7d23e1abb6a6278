// Whatever a request holds: all views of its head stay within what they may point into, and taking tokens out
// a second time finds none.
#include "auth/placement.hpp"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/text.hpp"

using namespace outpost;
using namespace outpost::auth;

namespace {

bool is_within(std::string_view part, std::string_view whole) {
    return part.empty() || (!std::less<>{}(part.data(), whole.data()) &&
                            !std::less<>{}(whole.data() + whole.size(), part.data() + part.size()));
}

}  // namespace

// A line each: path, query, then fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto lines = split(text, '\n');
    const std::string path = "/" + std::string{lines[0]};
    http::RequestHead head;
    head.path = path;
    if (lines.size() > 1) head.query = lines[1];
    for (std::size_t i = 2; i < lines.size(); ++i) {
        const auto colon = lines[i].find(':');
        if (colon == std::string_view::npos) continue;
        head.fields.push_back({lines[i].substr(0, colon), trim_blanks(lines[i].substr(colon + 1))});
    }
    const Formats formats{true, true, true, true, true};
    std::string room, second_room;
    const Taken taken = take_tokens(head, formats, room);
    drop_bearer(head);
    const auto is_ours = [&](std::string_view part) {
        return is_within(part, text) || is_within(part, path) || is_within(part, room);
    };
    const bool root = head.path == "/";
    if (!head.path.starts_with('/') || !(root || is_ours(head.path)) || !is_ours(head.query)) std::abort();
    for (const http::Field& field : head.fields) {
        if (!is_ours(field.name) || !is_ours(field.value)) std::abort();
    }
    for (const Presented& each : taken.tokens) {
        if (!is_ours(each.token)) std::abort();
    }
    if (taken.tokens.size() < most_presented && !take_tokens(head, formats, second_room).tokens.empty())
        std::abort();
    return 0;
}
