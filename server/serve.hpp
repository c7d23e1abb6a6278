// The way of a request, read downward: route → admit → resource → Reply. Nothing lower calls up.
// Thread rule: handle() runs in every worker's thread at once; what it reads is immutable or swapped whole.
#pragma once

#include <vector>

#include "server/admission/admission.hpp"
#include "server/admission/manifest_view.hpp"
#include "server/resources/edge.hpp"
#include "server/resources/library.hpp"
#include "server/resources/pages.hpp"
#include "server/service.hpp"

namespace outpost::server {

struct CorsPolicy {
    std::vector<std::string> origins{"*"};  // "*" is every one
};

// What listeners serve to players and browsers.
class Site final : public Service {
  public:
    // What a site consists of. Each may be null: the node then has none, and without admission all is public.
    struct Parts {
        Admission* admission = nullptr;
        ManifestViews* views = nullptr;  // there when admission is
        LibraryResource* library = nullptr;
        const Pages* pages = nullptr;
        EdgeResource* edge = nullptr;
    };
    Site(Parts parts, CorsPolicy cors);
    Eventual<Reply> handle(Request request) override;
    void hide_secrets(http::RequestHead& head, std::string& room) const override;

  private:
    using Pass = std::optional<Admission::Pass>;  // nothing: all is public
    Task<Reply> viewed(Request request, manifest::ViewOptions view);
    Eventual<Reply> resource(Request request);
    [[nodiscard]] Reply finished(const Request& request, const Pass& pass, Reply reply) const;
    Task<Reply> finish_later(Request request, Pass pass, Task<Reply> reply) const;
    void allow_origin(const RequestHead& head, Headers& headers) const;
    [[nodiscard]] Reply preflight(const RequestHead& head) const;

    Parts parts_;
    CorsPolicy cors_;
    std::string open_lines_;  // the CORS fields where every site may read; "" where not every one may
};

}  // namespace outpost::server
