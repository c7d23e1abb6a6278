// The tokens of a crowd, minted before it comes: for all URLs of the target, each with a subject of its own.
// Thread rule: immutable once made.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/uri.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

class Tokens {
  public:
    Tokens() = default;  // none
    // With the first key of `crowd.token_key` that can sign. A Problem: no such file or key, or one whose
    // tokens are not a single parameter (CloudFront, SecureLink).
    static Outcome<Tokens> mint(const Crowd& crowd, const Uri& target, WallTime now);

    // "GET <target> HTTP/1.1" and the Cookie field, with the `number`-th token (or none). A URL that holds
    // a token already, as a playlist of an edge may, gets no second one.
    void append_request(std::string_view path_and_query, std::uint64_t number, std::string& out) const;

  private:
    TokenPlace place_ = TokenPlace::none;
    std::string name_;  // "URISigningPackage="
    std::vector<std::string> tokens_;
};

}  // namespace outpost::bench
