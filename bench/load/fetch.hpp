// One file of a server, waited for. Thread rule: any thread that may wait.
#pragma once

#include <string>

#include "base/process.hpp"
#include "bench/load/endpoint.hpp"

namespace outpost::bench {

// The body of a 200. A Problem: anything else, or more than 16 MiB.
Outcome<std::string> fetch(const Endpoint& endpoint, const std::string& ca_file, const std::string& path);

}  // namespace outpost::bench
