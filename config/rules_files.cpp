#include "config/rules_files.hpp"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include <fmt/format.h>

namespace outpost::config {

Fault unreadable(const Option<std::filesystem::path>& option, int error) {
    return {option.at(), fmt::format("{} can't be read: {}", option().string(), std::strerror(error)),
            error == ENOENT ? "create it or correct the path, which counts from this file's directory"
                            : "let the user that outpost runs as read it"};
}

void check_file(const Option<std::filesystem::path>& option, std::vector<Fault>& faults) {
    if (!option.given() || option().empty()) return;
    if (std::error_code ignored; std::filesystem::is_directory(option(), ignored)) {
        faults.push_back({option.at(), fmt::format("{} is a directory", option().string()), "name a file"});
    } else if (::access(option().c_str(), R_OK) != 0) {
        faults.push_back(unreadable(option, errno));
    }
}

}  // namespace outpost::config
