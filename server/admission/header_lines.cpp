#include "server/admission/header_lines.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cdn/policy/list.hpp"

namespace outpost::server {
namespace {

constexpr std::array<std::string_view, 15> of_the_bytes{
    "Content-Type",      "Content-Length", "Content-Encoding", "Content-Range",
    "Content-MD5",       "Content-Digest", "Repr-Digest",      "Digest",
    "Accept-Ranges",     "ETag",           "Last-Modified",    "Cache-Control",
    "Transfer-Encoding", "Trailer",        "Connection"};
constexpr std::array<std::string_view, 2> for_shared_caches{"CDN-Cache-Control", "Surrogate-Control"};
constexpr std::array<std::string_view, 4> not_when_private{"public", "private", "s-maxage",
                                                           "proxy-revalidate"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view each) { return iequals(each, name); });
}

// Takes the next line off the front, without its end.
std::string_view take_line(std::string_view& lines) {
    const auto end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    return line;
}

std::string_view name_of(std::string_view line) { return line.substr(0, line.find(':')); }

std::string_view value_of(std::string_view line) {
    const auto colon = line.find(':');
    return colon == std::string_view::npos ? std::string_view{} : trim_blanks(line.substr(colon + 1));
}

}  // namespace

std::string joined_lines(std::string_view lines, std::string_view name) {
    std::string out;
    bool first = true;
    while (!lines.empty()) {
        const std::string_view line = take_line(lines);
        if (!iequals(name_of(line), name)) continue;
        if (!first) out += ", ";
        first = false;
        out += value_of(line);
    }
    return out;
}

std::string lines_for_other_bytes(std::string_view lines, bool is_private) {
    std::string out;
    while (!lines.empty()) {
        const std::string_view line = take_line(lines);
        const std::string_view name = name_of(line);
        if (among(of_the_bytes, name) || (is_private && among(for_shared_caches, name))) continue;
        // Said anew where it is still true.
        if (iequals(name, "Vary") && iequals(value_of(line), "Accept-Encoding")) continue;
        out.append(line).append("\r\n");
    }
    return out;
}

std::string private_cache_control(std::string_view value) {
    std::string out = "private";
    cdn::policy::Members members{value};
    while (const auto member = members.next()) {
        const std::string_view name = trim_blanks(member->substr(0, member->find('=')));
        if (!among(not_when_private, name)) out.append(", ").append(*member);
    }
    return out;
}

}  // namespace outpost::server
