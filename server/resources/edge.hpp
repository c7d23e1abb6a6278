// What the edge serves: hands requests to cdn::Edge and its replies back. Thread rule: as Service.
#pragma once

#include "cdn/edge.hpp"
#include "server/http/message.hpp"

namespace outpost::server {

class EdgeResource {
  public:
    explicit EdgeResource(cdn::Edge& edge) : edge_{edge} {}
    Eventual<Reply> handle(Request request);

  private:
    cdn::Edge& edge_;
};

}  // namespace outpost::server
