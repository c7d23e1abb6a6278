#include "manifest/carrier.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/uri.hpp"

namespace outpost::manifest {
namespace {

// "" when it is none.
std::string normal_authority(std::string_view scheme, std::string_view authority) {
    if (authority.empty()) return {};
    const auto uri = parse_uri(fmt::format("{}://{}/", scheme, authority));
    return uri && uri->path == "/" && !uri->query ? uri->authority() : std::string{};
}

bool is_scheme(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

// Browsers read a backslash as a slash and leave out tabs: what looks relative to us may be absolute to them.
bool is_ambiguous(std::string_view uri) {
    return std::any_of(uri.begin(), uri.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7F || c == '\\';
    });
}

std::string_view authority_of(std::string_view behind_slashes) {
    return behind_slashes.substr(0, behind_slashes.find_first_of("/?#"));
}

}  // namespace

Carrier::Carrier(const ViewOptions& options, std::string_view value)
    : name_{query_escaped(options.query_name)},
      parameter_{fmt::format("{}={}", name_, value)},
      plain_{normal_authority("http", options.authority)},
      secure_{normal_authority("https", options.authority)} {}

bool Carrier::is_ours(std::string_view uri, bool base_is_ours) const {
    if (is_ambiguous(uri)) return false;
    const auto is_plain = [&](std::string_view authority) {
        return !plain_.empty() && normal_authority("http", authority) == plain_;
    };
    const auto is_secure = [&](std::string_view authority) {
        return !secure_.empty() && normal_authority("https", authority) == secure_;
    };
    if (uri.starts_with("//")) {
        const std::string_view authority = authority_of(uri.substr(2));
        return is_plain(authority) || is_secure(authority);
    }
    const auto colon = uri.find_first_of(":/?#");
    if (colon == std::string_view::npos || uri[colon] != ':') return base_is_ours;
    const std::string_view scheme = uri.substr(0, colon);
    const bool has_authority = uri.substr(colon).starts_with("://");
    if (!is_scheme(scheme)) return base_is_ours && !has_authority;  // a template or variable may make one
    if (!has_authority) return false;
    const std::string_view authority = authority_of(uri.substr(colon + 3));
    return (iequals(scheme, "http") && is_plain(authority)) ||
           (iequals(scheme, "https") && is_secure(authority));
}

std::string Carrier::without_parameter(std::string_view query) const {
    const auto parts = split(query, '&');
    const auto is_it = [&](std::string_view part) { return part.substr(0, part.find('=')) == name_; };
    if (std::none_of(parts.begin(), parts.end(), is_it)) return std::string{query};
    std::string out;
    bool first = true;
    for (const std::string_view part : parts) {
        if (is_it(part)) continue;
        if (!std::exchange(first, false)) out += '&';
        out += part;
    }
    return out;
}

std::string Carrier::carried(std::string_view uri, bool base_is_ours) {
    if (uri.empty() || too_much() || !is_ours(uri, base_is_ours)) return std::string{uri};
    added_ += parameter_.size() + 1;
    if (too_much()) return std::string{uri};
    const std::string_view bare = uri.substr(0, uri.find('#'));
    const std::string_view fragment = uri.substr(bare.size());
    const auto mark = std::min(bare.find('?'), bare.size());
    std::string query;
    if (mark < bare.size()) query = without_parameter(bare.substr(mark + 1));
    if (!query.empty()) query += '&';
    return fmt::format("{}?{}{}{}", bare.substr(0, mark), query, parameter_, fragment);
}

Problem too_long_view(std::string_view where) {
    return {std::string{where},
            fmt::format("with its token in every URI it is longer than {} bytes", most_view_bytes),
            "give shorter tokens, or shorter playlists"};
}

}  // namespace outpost::manifest
