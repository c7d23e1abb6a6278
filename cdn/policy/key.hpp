// Cache keys, and the query that goes upstream with them. Two rules keep a key honest: what the origin may
// see of a request is in the key, and what says who asks (tokens, CMCD) is in neither. Thread rule: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outpost::cdn::policy {

struct KeyRules {
    enum class Query { all, none, listed };
    Query query = Query::all;
    std::vector<std::string> query_allow{};  // names, when listed
    bool hls_directives = true;              // _HLS_msn, _HLS_part and _HLS_skip count whatever `query` says
    std::optional<std::string> host{};  // in the key in place of the client's, for routes with many names
};

// "https://host/path?query": host in lower case without the scheme's own port, escapes normalised, parameters
// filtered and sorted by name (namesakes keep their order). The path is taken as it comes but for escapes:
// dot segments are refused before.
// Never in it: CMCD, URISigningPackage, cat, hdnts, hdntl, hdnea, Policy, Signature, Key-Pair-Id, Expires
// beside Signature, md5, expires beside md5. Numbers of _HLS_msn and _HLS_part are canonical; what is no
// number, _HLS_skip other than YES and v2, repeated and unknown _HLS_ parameters are dropped.
std::string cache_key(std::string_view scheme, std::string_view host, std::string_view raw_path,
                      std::string_view raw_query, const KeyRules& rules);

// The key's query, without '?': all that the origin may see of the client's.
std::string upstream_query(std::string_view raw_query, const KeyRules& rules);

}  // namespace outpost::cdn::policy
