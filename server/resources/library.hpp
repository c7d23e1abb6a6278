// The library under /vod/: playlists, MPDs, init and media segments of assets, their posters, and the
// catalogue. Thread rule: handle() from every worker's thread at once.
#pragma once

#include <memory>
#include <optional>

#include "base/async.hpp"
#include "media/library/library.hpp"
#include "server/http/message.hpp"

namespace outpost::server {

struct DeliveryRules {
    Milliseconds manifest_max_age{60'000};
    bool gzip = true;
    Bytes gzip_min{1 << 10};
};

// A Document as a reply: compressed when the client takes it and that is worth it.
Reply document_reply(const Request& request, const Document& document, std::string_view content_type,
                     std::string_view cache_control, std::optional<WallTime> modified,
                     const DeliveryRules& rules);

class LibraryResource {
  public:
    // Both outlive it. Opening an asset waits for the disk, which `disk` does.
    LibraryResource(media::Library& library, BlockingPool& disk, DeliveryRules rules);

    // `request.path` is what stands behind /vod/.
    Task<Reply> handle(Request request);

  private:
    struct Address {  // of a resource: <asset>/<name> or <asset>/<track>/<name>
        std::string asset, track, name;
    };
    Task<Reply> reply_for(const Request& request, Address address);
    Task<Result<std::shared_ptr<const media::OpenAsset>>> asset_for(Address address);
    Reply asset_reply(const Request& request, const media::OpenAsset& asset, std::string_view name) const;
    Reply track_reply(const Request& request, const std::shared_ptr<const media::OpenAsset>& asset,
                      const std::string& track, std::string_view name) const;
    static Reply media_reply(const Request& request, const std::shared_ptr<const media::OpenAsset>& asset,
                             const std::string& track, std::string_view name);

    media::Library& library_;
    BlockingPool& disk_;
    DeliveryRules rules_;
    std::string manifest_cache_control_;
};

}  // namespace outpost::server
