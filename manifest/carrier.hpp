// Puts a query parameter into the URIs of a manifest, where they lead back to us. Inside of view(). Thread
// rule: belongs to one call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "manifest/view.hpp"

namespace outpost::manifest {

class Carrier {
  public:
    // `value` stands behind "name=" as it is.
    Carrier(const ViewOptions& options, std::string_view value);

    // The URI with the parameter, which it has once then, whatever it had before; or as it is, when it leads
    // to others or is none for HTTP. A reference without authority leads where its base does.
    std::string carried(std::string_view uri, bool base_is_ours = true);
    // Whether a reference at a base that is ours, or is not, leads to us.
    [[nodiscard]] bool is_ours(std::string_view uri, bool base_is_ours = true) const;
    // Bytes that were put in, or would have been: past most_view_bytes it puts in no more.
    [[nodiscard]] bool too_much() const { return added_ > most_view_bytes; }

  private:
    [[nodiscard]] std::string without_parameter(std::string_view query) const;

    std::string name_;
    std::string parameter_;       // "name=value"
    std::string plain_, secure_;  // our authority by the default port of http and of https; "" for none
    std::size_t added_ = 0;
};

Problem too_long_view(std::string_view where);

}  // namespace outpost::manifest
