// Sends manifests as one token may see them. The resource is asked for the whole manifest, as everybody's;
// what it answers is read, changed (manifest/view.hpp) and sent in its place, with validators of its own.
// Views are remembered by what they were made of, so that tokens of the same cap share the work. Thread rule:
// show() in every worker's thread at once; reading files, making views and compressing happen in the pool.
#pragma once

#include <memory>
#include <string>

#include "base/async.hpp"
#include "manifest/view.hpp"
#include "server/admission/made_view.hpp"
#include "server/http/message.hpp"
#include "server/resources/library.hpp"

namespace outpost::server {

struct ManifestViewLimits {
    Bytes source = 4_MiB;         // of a manifest
    Bytes memory = 64_MiB;        // of views that are remembered
    Milliseconds patience{5000};  // how long a full pool is asked again, before the answer is 503
};

class ManifestViews {
  public:
    // The pool outlives it.
    ManifestViews(BlockingPool& pool, ManifestViewLimits limits, DeliveryRules rules);

    // The head with which to ask a resource for the whole manifest in place of the client's: GET, without
    // ranges, conditions and codings. Its views live as long as those of `head`.
    static RequestHead whole(const RequestHead& head);

    // What to send for `request`, the client's own, when the resource has answered `reply` to whole().
    // Another status than 200 passes as it is. Else the view: its type, lifetime and other fields are the
    // source's, its ETag is its own, and conditions, ranges and gzip are those of `request`. What is for one
    // client alone says Cache-Control: private; that is a view that holds the token's value, and one with a
    // cap that is under the same URL for others. 403 when the cap leaves nothing; 502 when the source is no
    // manifest, or can't be read; 414 when the token is too long for so many URIs.
    Task<Reply> show(Request request, Reply reply, manifest::ViewOptions options);

  private:
    using MadePtr = std::shared_ptr<const MadeView>;

    Task<Result<std::string>> collect(Body body, Presence* presence);
    Task<Result<MadePtr>> made_of(std::string source, std::string where, manifest::ViewOptions options,
                                  Presence* presence);
    template <class Work>
    Task<boost::system::error_code> in_pool(Work work, Presence* presence);
    [[nodiscard]] std::string key_of(std::string_view source, std::string_view where,
                                     const manifest::ViewOptions& options) const;

    BlockingPool& pool_;
    const ManifestViewLimits limits_;
    const DeliveryRules rules_;
    const std::string stand_in_;
    const std::uint64_t seed_;
    ViewMemory memory_;
};

}  // namespace outpost::server
