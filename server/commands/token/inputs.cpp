#include "server/commands/token/inputs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "server/http/target.hpp"

namespace outpost::server {
namespace {

namespace fs = std::filesystem;

constexpr Bytes most_key_file{auth::most_jwk_bytes};
constexpr std::size_t most_word = 64 << 10;
constexpr auth::Formats every_format{true, true, true, true, true};

Outcome<auth::JwkSet> read_key_file(const fs::path& path) {
    auto text = read_file(path, most_key_file);
    if (!text) return text.error();
    auto set = auth::read_jwk_set(*text, path.string());
    auth::wipe(*text);
    return set;
}

std::string_view without_line_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.remove_suffix(1);
    return text;
}

}  // namespace

Outcome<auth::JwkSet> read_keys(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return read_key_file(path);
    auth::JwkSet all;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{path, error}) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        const std::string name = file.filename().string();
        if (name.starts_with('.') || !(name.ends_with(".json") || name.ends_with(".jwk"))) continue;
        auto set = read_key_file(file);
        if (!set) return set.error();
        for (auto& key : set->keys) all.keys.push_back(std::move(key));
    }
    if (error) return Problem{path.string(), "can't be read: " + error.message(), ""};
    if (all.keys.empty())
        return Problem{path.string(), "holds no key files", "outpost token keygen makes one"};
    return all;
}

Outcome<WallTime> read_time(std::string_view option, std::string_view text, WallTime now) {
    if (const auto time = parse_iso_time(text)) return *time;
    const bool ago = text.starts_with('-');
    if (const auto duration = parse_duration(ago ? text.substr(1) : text))
        return ago ? now - *duration : now + *duration;
    return Problem{fmt::format("{} {}", option, text.substr(0, 64)), "is not a time",
                   "write how long from now, such as 4h, or a time in UTC, such as 2026-12-01T08:00:00Z"};
}

Outcome<std::string> read_word(std::string_view option, const std::string& text) {
    if (text == "-") {
        std::string all;
        for (char c = 0; all.size() <= most_word && std::cin.get(c);) all += c;
        return std::string{without_line_end(all)};
    }
    std::error_code error;
    if (text.size() < 4096 && fs::is_regular_file(text, error)) {
        const auto content = read_file(text, Bytes{most_word});
        if (!content) return content.error();
        return std::string{without_line_end(*content)};
    }
    if (text.empty()) return Problem{std::string{option}, "is empty", "give it, a file that holds it, or -"};
    return text;
}

Outcome<void> write_new_file(const fs::path& path, std::string_view content, unsigned mode) {
    const auto problem = [&path](int error) {
        return Problem{
            path.string(),
            error == EEXIST ? "is there already" : fmt::format("can't be written: {}", std::strerror(error)),
            "name a new file"};
    };
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (!file) return problem(errno);
    while (!content.empty()) {
        const ssize_t n = ::write(file.get(), content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            const int error = errno;
            ::unlink(path.c_str());
            return problem(error);
        }
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(file.get()) != 0) return problem(errno);
    return {};
}

AskedUrl::AskedUrl(const Uri& asked) : uri{asked}, authority{asked.authority()} {
    head.method = http::Method::get;
    head.method_text = "GET";
    head.host = authority;
    head.path = uri.path;
    if (uri.query) head.query = *uri.query;
    taken = auth::take_tokens(head, every_format, room);
    path = clean_path(head.path).value_or("");
}

auth::RequestFacts AskedUrl::facts(WallTime now) const {
    auth::RequestFacts facts;
    facts.method = head.method_text;
    facts.scheme = uri.scheme;
    facts.host = authority;
    facts.raw_path = head.path;
    facts.path = path;
    facts.query = head.query;
    facts.client = "127.0.0.1";
    facts.protocol = "http/1.1";
    facts.now = now;
    return facts;
}

auth::Format format_by_looks(std::string_view token) {
    if (token.find("hmac=") != std::string_view::npos) return auth::Format::edge_auth;
    if (token.find("Signature=") != std::string_view::npos) return auth::Format::cloudfront;
    if (token.starts_with("md5=") || token.find("&md5=") != std::string_view::npos)
        return auth::Format::secure_link;
    return token.find('.') == std::string_view::npos ? auth::Format::cat : auth::Format::uri_signing;
}

int fail(const Problem& problem, int status) {
    fmt::print(stderr, "outpost: {}\n", problem.line());
    return status;
}

}  // namespace outpost::server
