// outpost check: what is wrong with a configuration file, or what it makes of this node.
// Thread rule: any thread; reads files, and binds sockets for an instant when it tries ports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace outpost::server {

struct CheckReport {
    bool good = false;
    std::vector<std::string> lines;
};

CheckReport check_file(const std::filesystem::path& path, bool try_ports);

}  // namespace outpost::server
