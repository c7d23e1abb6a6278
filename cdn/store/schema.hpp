// The database file of an index: its tables, its version, what happens when it is broken or of another time.
// Thread rule: called once, by who opens the index.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"

namespace outpost::cdn {

// Objects have four tables: `stub` holds what is needed of all of them at start and is small, `object` the
// rest, `body` the small bodies, `tag` the surrogate keys.
inline constexpr std::int64_t index_version = 1;
namespace stub_flags {
inline constexpr std::int64_t soft_purged = 1, pinned = 2, has_body = 4;
}

struct OpenedIndex {
    sqlite::Database database;
    std::int64_t version = 0;
    std::uint32_t run = 0;  // greater than that of any earlier opening; never 0
};

std::filesystem::path index_path(const std::filesystem::path& directory);
// Has the next opening begin anew: the database was found broken while it was in use.
void mark_index_broken(const std::filesystem::path& directory);
// A broken database is moved aside, with a warning; a newer one than we know is a Problem and left alone.
Outcome<OpenedIndex> open_index_database(const std::filesystem::path& directory, WallTime now);

}  // namespace outpost::cdn
