#include "server/http/target.hpp"

#include "base/text.hpp"

namespace outpost::server {

std::optional<std::string> clean_path(std::string_view raw) {
    // Most have nothing to decode and no segment that begins with a dot.
    if (raw.find_first_of("%\\") == std::string_view::npos && raw.find("/.") == std::string_view::npos &&
        raw.find('\0') == std::string_view::npos)
        return std::string{raw};
    auto path = decode_path(raw);
    if (!path || path->find('\\') != std::string::npos) return std::nullopt;
    for (const std::string_view segment : split(*path, '/')) {
        // Some servers take "..;x" for "..".
        const std::string_view name = segment.substr(0, segment.find(';'));
        if (name == "." || name == "..") return std::nullopt;
    }
    return path;
}

Reply unclean_path() {
    return problem_reply(Status::bad_request, "The path has a malformed escape or a dot segment.");
}

}  // namespace outpost::server
