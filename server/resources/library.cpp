#include "server/resources/library.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::server {
namespace {

using media::OpenAsset;
using media::OpenTrack;

constexpr auto hls_type = "application/vnd.apple.mpegurl";
constexpr auto dash_type = "application/dash+xml";
constexpr auto segment_type = "video/iso.segment";
constexpr auto text_type = "text/vtt";
constexpr auto forever = "public, max-age=31536000, immutable";  // a track's id names its bytes

Reply missing() { return problem_reply(Status::not_found, "The library has nothing under this path."); }

std::string_view init_type(manifest::TrackKind kind) {
    return kind == manifest::TrackKind::audio ? "audio/mp4" : "video/mp4";
}

// "17.m4s" → 17; 0 when it is no such name. Only the one spelling counts, so that a segment has one URL.
std::uint64_t segment_number(std::string_view name, std::string_view extension) {
    if (!name.ends_with(extension)) return 0;
    name.remove_suffix(extension.size());
    if (name.empty() || name.front() == '0') return 0;
    return parse_unsigned(name).value_or(0);
}

// With CMSD-Static, unless it tells of a failure. A 304 has it too: it may be all that an edge keeps.
Reply described(Reply reply, std::string_view cmsd) {
    if (static_cast<int>(reply.status) < static_cast<int>(Status::bad_request))
        reply.headers.add("CMSD-Static", cmsd);
    return reply;
}

// Opens an asset in the pool; what it found is left in the coroutine that waits.
struct OpenInPool {
    media::Library* library;
    const std::string* id;
    std::shared_ptr<const OpenAsset>* into;
    boost::system::error_code operator()() const {
        auto opened = library->open(*id);
        if (!opened) return opened.error();
        *into = std::move(*opened);
        return {};
    }
};

}  // namespace

Reply document_reply(const Request& request, const Document& document, std::string_view content_type,
                     std::string_view cache_control, std::optional<WallTime> modified,
                     const DeliveryRules& rules) {
    Representation r;
    const bool compressible = rules.gzip && document.gzip && document.text->size() >= rules.gzip_min.count();
    const bool compressed = compressible && accepts_gzip(*request.head);
    r.body = Body::of(compressed ? document.gzip : document.text);
    r.etag = compressed ? document.gzip_etag : document.etag;
    r.content_encoding = compressed ? "gzip" : "";
    r.varies_by_encoding = compressible;
    r.content_type = content_type;
    r.cache_control = cache_control;
    r.modified = modified;
    return reply_with(request, std::move(r));
}

LibraryResource::LibraryResource(media::Library& library, BlockingPool& disk, DeliveryRules rules)
    : library_{library}, disk_{disk}, rules_{rules} {
    const auto age = std::chrono::duration_cast<Seconds>(rules.manifest_max_age).count();
    manifest_cache_control_ = fmt::format("public, max-age={}, stale-while-revalidate={}", age, age);
}

Task<Reply> LibraryResource::handle(Request request) {
    if (request.path == "index.json") {
        const auto catalogue = library_.catalogue();
        co_return document_reply(request, *catalogue, "application/json", "no-cache", std::nullopt, rules_);
    }
    const auto parts = split(request.path, '/');
    Address address;
    if (parts.size() == 2) {
        address = {std::string{parts[0]}, "", std::string{parts[1]}};
    } else if (parts.size() == 3 && !parts[1].empty()) {
        address = {std::string{parts[0]}, std::string{parts[1]}, std::string{parts[2]}};
    } else {
        co_return missing();
    }
    co_return co_await reply_for(request, std::move(address));
}

Task<Reply> LibraryResource::reply_for(const Request& request, Address address) {
    Address wanted = address;
    const auto asset = co_await asset_for(std::move(wanted));
    if (asset) {
        if (address.track.empty()) co_return asset_reply(request, **asset, address.name);
        co_return track_reply(request, *asset, address.track, address.name);
    }
    if (asset.error() == Errc::not_found) co_return missing();
    if (asset.error() == Errc::overloaded) {
        Reply reply = problem_reply(Status::unavailable, "The disk is busy.");
        reply.headers.add("Retry-After", "1");
        co_return reply;
    }
    co_return problem_reply(Status::internal_error, "The asset is broken; the server's log says how.");
}

Task<Result<std::shared_ptr<const OpenAsset>>> LibraryResource::asset_for(Address address) {
    using Found = media::Library::Found;
    const auto look = [&] {
        return address.track.empty() ? library_.find(address.asset)
                                     : library_.find_track(address.asset, address.track);
    };
    Found found = look();
    if (found.state == Found::State::must_open) {
        std::shared_ptr<const OpenAsset> opened;
        const OpenInPool work{&library_, &address.asset, &opened};
        const auto error = co_await disk_.run(work);
        if (error) co_return error;
        found = look();
        if (!found.asset) found.asset = std::move(opened);
    }
    if (!found.asset) co_return Errc::not_found;
    co_return std::move(found.asset);
}

Reply LibraryResource::asset_reply(const Request& request, const OpenAsset& asset,
                                   std::string_view name) const {
    if (name == "index.m3u8") {
        return document_reply(request, asset.multivariant, hls_type, manifest_cache_control_, asset.added,
                              rules_);
    }
    if (name == "index.mpd") {
        return document_reply(request, asset.mpd, dash_type, manifest_cache_control_, asset.added, rules_);
    }
    if (name == "poster.jpg" && asset.poster.text) {
        DeliveryRules as_it_is = rules_;
        as_it_is.gzip = false;
        return document_reply(request, asset.poster, "image/jpeg", manifest_cache_control_, asset.added,
                              as_it_is);
    }
    return missing();
}

Reply LibraryResource::track_reply(const Request& request, const std::shared_ptr<const OpenAsset>& asset,
                                   const std::string& track_id, std::string_view name) const {
    const auto found = asset->tracks.find(track_id);
    if (found == asset->tracks.end()) return missing();
    const OpenTrack& track = found->second;
    const auto document = [&](const Document& text, std::string_view type, std::string_view cache_control) {
        return document_reply(request, text, type, cache_control, asset->added, rules_);
    };
    if (name == "index.m3u8")
        return described(document(track.playlist, hls_type, manifest_cache_control_), track.cmsd.playlist);
    if (name == "iframes.m3u8" && track.iframes.text)
        return described(document(track.iframes, hls_type, manifest_cache_control_), track.cmsd.playlist);
    if (name == "full.vtt" && track.full_text.text)
        return described(document(track.full_text, text_type, forever), track.cmsd.segment);
    return media_reply(request, asset, found->first, name);
}

// An init segment or a media segment.
Reply LibraryResource::media_reply(const Request& request, const std::shared_ptr<const OpenAsset>& asset,
                                   const std::string& track_id, std::string_view name) {
    const OpenTrack& track = asset->tracks.at(track_id);
    const bool is_text = track.kind == manifest::TrackKind::text;
    const bool is_init = name == "init.mp4" && track.init_size > 0;
    Representation r;
    ByteRange range;
    if (is_init) {
        range = {0, track.init_size};
        r.content_type = init_type(track.kind);
    } else {
        const std::uint64_t number = segment_number(name, is_text ? ".vtt" : ".m4s");
        if (number == 0 || number > track.segments.size()) return missing();
        range = track.segments[number - 1];
        r.content_type = is_text ? text_type : segment_type;
    }
    // The file stays open for as long as the body does.
    r.body = Body::of(SharedFile{asset, &track.file}, range);
    r.etag = fmt::format("\"{}/{}\"", track_id, name);
    r.modified = asset->added;
    r.cache_control = forever;
    return described(reply_with(request, std::move(r)), is_init ? track.cmsd.init : track.cmsd.segment);
}

}  // namespace outpost::server
