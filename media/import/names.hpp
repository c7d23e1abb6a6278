// What an import calls things: titles and track names that the server takes, ids made of files' names.
// Thread rule: pure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace outpost::media {

inline constexpr std::size_t most_title = 1024, most_track_name = 200;  // bytes

// A name that somebody typed is taken as it is or refused: UTF-8, no control characters, not blanks alone,
// at most `most` bytes. `where` is the option.
Outcome<void> check_name(const std::string& where, std::string_view name, std::size_t most);
// A name that a file brings along is made one that check_name() takes, or empty: what is not UTF-8 and
// control characters go, blanks around it too, and it is cut between two characters.
std::string clean_name(std::string_view name, std::size_t most);

// "My Film (2024).mp4" -> "my-film-2024". A name that is not all ASCII is told apart from others by a hash of
// it: "第1集.mp4" -> "1-…" and eight hex digits, the same each time. Always an asset's id.
std::string id_from_name(const std::filesystem::path& path);

}  // namespace outpost::media
