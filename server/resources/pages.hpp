// The web pages and their libraries, from the program itself. Thread rule: immutable once made.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "server/resources/library.hpp"

namespace outpost::server {

class Pages {
  public:
    explicit Pages(DeliveryRules rules);
    // Nothing when there is no such page.
    [[nodiscard]] std::optional<Reply> find(const Request& request) const;

  private:
    struct Page {
        Document document;
        std::string_view content_type;
    };
    DeliveryRules rules_;
    std::unordered_map<std::string, Page> pages_;
};

}  // namespace outpost::server
