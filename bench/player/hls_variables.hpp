// Variable substitution of HLS (RFC 8216bis sections 4.3 and 4.4.2.3): "{$token}" in URIs, by what
// EXT-X-DEFINE says. Thread rule: values.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/uri.hpp"
#include "manifest/hls/document.hpp"

namespace outpost::bench {

class HlsVariables {
  public:
    // A playlist's own, by NAME and VALUE or by QUERYPARAM from its URL's query; IMPORT is refused, since the
    // multivariant playlist isn't known here.
    static Outcome<HlsVariables> read(const manifest::hls::Document& playlist, const Uri& url);
    // A name that is not defined is a Problem, as the standard wants it.
    [[nodiscard]] Outcome<std::string> substituted(std::string_view text) const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
    std::string where_;
};

}  // namespace outpost::bench
