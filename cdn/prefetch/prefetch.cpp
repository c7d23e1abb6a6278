#include "cdn/prefetch/prefetch.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace outpost::cdn {
namespace {

std::optional<policy::NextObject> said_by(const Request& request) {
    const auto hint = policy::next_hint(request.raw_query, request.fields);
    if (!hint) return std::nullopt;
    std::string text{request.scheme};
    text.append("://").append(request.host).append(request.raw_path);
    if (!request.raw_query.empty()) text.append("?").append(request.raw_query);
    const auto requested = parse_uri(text);
    return requested ? policy::next_object(*requested, *hint) : std::nullopt;
}

// One name for a playlist, whatever part of it was asked for (the delivery directives of RFC 8216bis).
std::string name_of(Uri at) {
    if (at.query) {
        std::string rest;
        for (const std::string_view part : split(*at.query, '&')) {
            if (!part.starts_with("_HLS_")) rest.append("&").append(part);
        }
        at.query = rest;
    }
    return to_text(at);
}

}  // namespace

std::vector<policy::NextObject> Prefetch::after(const Request& request, const KeyHash& key) {
    std::vector<policy::NextObject> next;
    if (auto said = said_by(request)) next.push_back(std::move(*said));
    for (std::string& target : successors_.after(key, options_.ahead)) {
        const bool said = !next.empty() && next.front().target == target;
        if (!said && next.size() < options_.ahead) next.push_back({std::move(target), std::nullopt});
    }
    return next;
}

std::vector<std::string> Prefetch::learn(ManifestKind kind, std::string_view text, const Uri& at,
                                         const KeyOf& key_of) {
    std::vector<std::string> come;
    const std::string manifest = name_of(at);
    for (const SegmentList& list : segment_lists(kind, text, at)) {
        std::vector<Successors::Item> items;
        items.reserve(list.segments.size());
        for (const Uri& segment : list.segments) {
            if (const auto key = key_of(segment)) items.push_back({*key, segment.target()});
        }
        const KeyHash name = key_hash(manifest + '\n' + list.name);
        for (std::string& target : successors_.learn(name, std::move(items), options_.ahead))
            come.push_back(std::move(target));
    }
    return come;
}

}  // namespace outpost::cdn
