#include "cdn/policy/list.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace outpost::cdn::policy {
namespace {

// The place behind the quoted string that begins at `begin`; npos when it never closes.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    for (std::size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

}  // namespace

bool is_tchar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

std::optional<std::string_view> Members::next() {
    while (!rest_.empty()) {
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != ',') {
            std::size_t behind = end + 1;
            if (quotes_ && rest_[end] == '"') behind = end_of_quoted(rest_, end);
            quotes_ = quotes_ && behind != std::string_view::npos;
            end = behind == std::string_view::npos ? end + 1 : behind;
        }
        const std::string_view member = trim_blanks(rest_.substr(0, end));
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (!member.empty()) return member;
    }
    return std::nullopt;
}

std::optional<std::string> unquote(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || end_of_quoted(text, 0) != text.size()) return std::nullopt;
    std::string out;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        out += text[i];
    }
    return out;
}

}  // namespace outpost::cdn::policy
