// outpost purge: has a running node forget cached responses, and tell the other nodes.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "server/commands/api_client.hpp"

namespace outpost::server {

struct PurgeWords {
    std::vector<std::string> urls;  // "-" once: from standard input, one a line
    std::string prefix, tag;
    bool all = false, soft = false;
};

// One thing to purge: its name for people ("url https://…", "everything") and what is sent.
struct PurgeAsked {
    std::string name;
    std::string json;
};

// `lines` is what "-" stands for; blank lines in it are left out. A Problem when there is not exactly one
// kind.
Outcome<std::vector<PurgeAsked>> purges_in(const PurgeWords& words, const std::vector<std::string>& lines);

// What became of it, as one line; a Problem when it failed.
Outcome<std::string> purge_result(const PurgeAsked& asked, bool soft, const ApiReply& reply);

}  // namespace outpost::server
