// What a listener serves: a handler of requests. Two exist: the site (server/serve.hpp) and the admin
// (server/admin.hpp).
#pragma once

#include "base/async.hpp"
#include "server/http/message.hpp"

namespace outpost::server {

class Service {
  public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;
    // Never throws; a failure is a reply. Called in many threads at once.
    virtual Eventual<Reply> handle(Request request) = 0;
    // Takes out of a head what no log may hold, when the request is answered without handle().
    virtual void hide_secrets(http::RequestHead&, std::string&) const {}
};

}  // namespace outpost::server
