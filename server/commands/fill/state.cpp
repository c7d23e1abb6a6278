#include "server/commands/fill/state.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace outpost::server {
namespace {

constexpr Bytes most{512 << 20};

Problem failed(const std::string& path, const char* doing) {
    return {path, std::string{doing} + ": " + std::strerror(errno), "name another file with --state"};
}

}  // namespace

Outcome<FillState> FillState::open(const std::string& path) {
    FillState state;
    state.path_ = path;
    state.file_ = Fd{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (!state.file_) return failed(path, "can't be opened");
    const auto text = read_all(state.file_, most);
    if (!text)
        return Problem{path, "can't be read: " + text.error().message(), "name another file with --state"};
    std::size_t begin = 0;
    for (auto end = text->find('\n'); end != std::string::npos; end = text->find('\n', begin)) {
        if (end > begin) state.done_.insert(text->substr(begin, end - begin));
        begin = end + 1;
    }
    if (begin < text->size() && ::ftruncate(state.file_.get(), static_cast<off_t>(begin)) != 0)
        return failed(path, "can't be written");
    return state;
}

Outcome<void> FillState::add(const std::string& url) {
    if (!done_.insert(url).second) return {};
    const std::string line = url + "\n";
    if (::write(file_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return failed(path_, "can't be written");
    return {};
}

}  // namespace outpost::server
