#include "media/library/open_asset.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "manifest/dash/writer.hpp"
#include "manifest/hls/writer.hpp"

namespace outpost::media {
namespace {

constexpr Bytes most_description = 64_MiB;
constexpr Bytes most_text = 16_MiB;
constexpr Bytes most_poster = 8_MiB;

bool is_missing(const boost::system::error_code& error) {
    return error.value() == ENOENT || error.value() == ENOTDIR || error.value() == ELOOP ||
           error.value() == EXDEV;
}

Result<Document> read_document(const Fd& directory, const std::string& name, Bytes most) {
    const auto file = open_beneath(directory, name);
    if (!file) return file.error();
    auto text = read_all(*file, most);
    if (!text) return text.error();
    return make_document(std::move(*text));
}

Outcome<OpenTrack> open_track(const Fd& directory, const TrackFile& described,
                              const manifest::Presentation& presentation, const std::string& where) {
    const auto broken = [&](std::string what) {
        return Problem{where, std::move(what), "import the film again"};
    };
    auto file = open_beneath(directory, described.file);
    if (!file) return broken(fmt::format("{} can't be opened: {}", described.file, file.error().message()));
    const auto facts = facts_of(*file);
    if (!facts) return broken(fmt::format("{} is no regular file", described.file));
    OpenTrack track;
    track.kind = described.track.kind;
    track.init_size = described.init_size;
    track.cmsd = cmsd_of(described.track);
    std::uint64_t end = described.init_size;
    for (std::size_t i = 0; i < described.offsets.size(); ++i) {
        track.segments.push_back({described.offsets[i], described.track.segments[i].size});
        end = std::max(end, track.segments.back().end());
    }
    if (facts->size < end) {
        return broken(
            fmt::format("{} is {} bytes long but its index needs {}", described.file, facts->size, end));
    }
    if (!described.full_file.empty()) {
        auto text = read_document(directory, described.full_file, most_text);
        if (!text)
            return broken(fmt::format("{} can't be read: {}", described.full_file, text.error().message()));
        track.full_text = std::move(*text);
    }
    track.file = std::move(*file);
    track.playlist = make_document(manifest::hls::media_playlist(presentation, described.track.id).text());
    if (described.track.kind == manifest::TrackKind::video) {
        track.iframes =
            make_document(manifest::hls::iframe_playlist(presentation, described.track.id).text());
    }
    return track;
}

}  // namespace

Outcome<Asset> read_servable(const std::string& id, std::string_view json, const std::string& where) {
    auto asset = read_asset(json, where);
    if (!asset) return asset.error();
    if (asset->id != id) {
        return Problem{where, fmt::format("its \"id\" is {} but its directory's name is {}", asset->id, id),
                       "rename the directory or import the film again"};
    }
    if (const auto good = manifest::check(asset->presentation()); !good) {
        const Problem& problem = good.error();
        return Problem{where, fmt::format("{}: {}", problem.where, problem.what), problem.remedy};
    }
    return asset;
}

Result<std::shared_ptr<const OpenAsset>> open_asset(const Fd& library, const std::string& id,
                                                    std::string& why) {
    const std::string where = id + "/asset.json";
    // The directory is held, so that all files are of one revision even when it is replaced meanwhile.
    const auto directory = open_beneath(library, id);
    const auto description =
        directory ? open_beneath(*directory, "asset.json") : Result<Fd>{directory.error()};
    if (!description) {
        if (is_missing(description.error())) return Errc::not_found;
        why = Problem{where, "can't be opened: " + description.error().message(), ""}.line();
        return Errc::broken_asset;
    }
    const auto failed = [&why](const Problem& problem) {
        why = problem.line();
        return make_error_code(Errc::broken_asset);
    };
    const auto facts = facts_of(*description);
    const auto json = read_all(*description, most_description);
    if (!facts || !json) return failed({where, "can't be read", "import the film again"});
    auto asset = read_servable(id, *json, where);
    if (!asset) return failed(asset.error());

    auto open = std::make_shared<OpenAsset>();
    open->id = id;
    open->facts = *facts;
    open->added = asset->added;
    const manifest::Presentation presentation = asset->presentation();
    for (const TrackFile& described : asset->tracks) {
        auto track = open_track(*directory, described, presentation, where);
        if (!track) return failed(track.error());
        open->tracks.emplace(described.track.id, std::move(*track));
    }
    if (asset->has_poster) {
        auto poster = read_document(*directory, "poster.jpg", most_poster);
        if (!poster) return failed({where, "poster.jpg can't be read", "import the film again"});
        open->poster = std::move(*poster);
    }
    open->multivariant = make_document(manifest::hls::multivariant_playlist(presentation).text());
    open->mpd = make_document(manifest::dash::mpd(presentation).text());
    return std::shared_ptr<const OpenAsset>{std::move(open)};
}

}  // namespace outpost::media
