// What the token commands are given: keys, tokens, URLs and times, from arguments and files. Every Problem
// names the option. Thread rule: one thread; reads files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "auth/keys/jwk.hpp"
#include "auth/keys/ring.hpp"
#include "auth/placement.hpp"
#include "base/uri.hpp"

namespace outpost::server {

// Of a file of keys, or of all *.json and *.jwk in a directory.
Outcome<auth::JwkSet> read_keys(const std::filesystem::path& path);
// "4h" from now, or "2026-12-01T08:00:00Z". `option` is named in the Problem.
Outcome<WallTime> read_time(std::string_view option, std::string_view text, WallTime now);
// The text, what stands in the file, or for "-" standard input; without the line's end.
Outcome<std::string> read_word(std::string_view option, const std::string& text);
// A new file of this mode, on the disk when it returns; one that is there is left alone.
Outcome<void> write_new_file(const std::filesystem::path& path, std::string_view content, unsigned mode);

// A request as a token would come with it: the URL without its token.
struct AskedUrl {
    explicit AskedUrl(const Uri& asked);
    AskedUrl(const AskedUrl&) = delete;
    AskedUrl& operator=(const AskedUrl&) = delete;

    Uri uri;
    std::string authority, room, path;  // path: decoded
    http::RequestHead head;
    auth::Taken taken;  // tokens that were in it

    [[nodiscard]] auth::RequestFacts facts(WallTime now) const;
};

// By its looks: a JWT has two dots, EdgeAuth an hmac, and so on. What is nothing else is taken for a CAT.
auth::Format format_by_looks(std::string_view token);

// Prints a Problem on standard error and gives the exit status.
int fail(const Problem& problem, int status = 1);

}  // namespace outpost::server
