// Where tokens sit in a request, and how they are taken out of it before anything else (cache key, log,
// origin) sees it. Thread rule: pure functions.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include "auth/claims.hpp"
#include "base/http/head.hpp"

namespace outpost::auth {

enum class Place { path, query, cookie, authorization, header };
inline constexpr std::size_t place_count = 5;
std::string_view to_text(Place place);
std::optional<Place> parse_place(std::string_view text);

struct Presented {
    Format format = Format::uri_signing;
    Place place = Place::query;
    std::string_view token;
};

// What was found, in the order in which it should be tried: a cookie and a header may hold a token that was
// renewed since the URL got its own, so they come first. Further ones than 4 are taken out and dropped.
inline constexpr std::size_t most_presented = 4;
struct Taken {
    boost::container::static_vector<Presented, most_presented> tokens;
    bool any = false;
    // Of the path as it was sent: up to and with the segment that held a token. "" when none did.
    std::string_view path_scope;
};

// Names under which tokens are looked for: those of the formats that the node takes anywhere.
using Formats = std::array<bool, format_count>;

// Takes out of `head` (path, query, fields) every token of `formats`; `room` holds what had to be put
// together anew and outlives the head. The names, by format:
//   uri-signing  URISigningPackage as a query parameter, cookie, header or path parameter; Bearer
//   cat          cat as a query parameter, CTA-Common-Access-Token as a header or cookie, cat or CAT in the
//                path; Bearer; renewed by header in the same field
//   edge-auth    hdnts, hdntl, hdnea as a query parameter, cookie or in the path
//   cloudfront   Expires or Policy, Signature, Key-Pair-Id in the query; CloudFront-… as cookies
//   secure-link  md5 and expires in the query
// In a path a token is a segment of its own, "/name=token/", or ";name=token" at the end of one. A Bearer
// with two dots is a JWT; another is a CAT. A Bearer stays in its field, since it may be for the origin: that
// is known when the rule is.
Taken take_tokens(http::RequestHead& head, const Formats& formats, std::string& room);

// Takes the field away that a Bearer came in.
void drop_bearer(http::RequestHead& head);

// The query parameter that a format's token is in when it is the one parameter: for what is written into
// manifests. "" for formats that have more than one.
std::string_view query_name(Format format);
std::string_view cookie_name(Format format);

}  // namespace outpost::auth
