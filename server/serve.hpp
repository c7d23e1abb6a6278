// The way of a request, read downward: route → admit → resource → Reply. Nothing lower calls up.
// Thread rule: handle() runs in every worker's thread at once; what it reads is immutable or swapped whole.
#pragma once

#include <vector>

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
    // Each resource may be null: the node then has none.
    Site(LibraryResource* library, const Pages* pages, EdgeResource* edge, CorsPolicy cors);
    Task<Reply> handle(Request request) override;

  private:
    Task<Reply> resource(Request request);
    void allow_origin(const RequestHead& head, Headers& headers) const;
    [[nodiscard]] Reply preflight(const RequestHead& head) const;

    LibraryResource* library_;
    const Pages* pages_;
    EdgeResource* edge_;
    CorsPolicy cors_;
    bool every_origin_;
};

}  // namespace outpost::server
