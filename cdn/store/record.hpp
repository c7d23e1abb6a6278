// What the index of a disk knows of one stored response. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/http/field.hpp"
#include "base/units.hpp"

namespace outpost::cdn {

// 128 bits of a cache key's text. Who looks up by it compares the text too.
struct KeyHash {
    std::uint64_t high = 0, low = 0;
    bool operator==(const KeyHash&) const = default;
};

KeyHash key_hash(std::string_view key_text);  // XXH3-128
// XXH3-64, never 0, which stands for a block that is missing.
std::uint64_t block_checksum(std::span<const char> bytes);

struct ObjectRecord {
    std::uint64_t id = 0;  // Index::next_id() of its disk; two disks may have the same
    KeyHash key;
    std::string key_text;
    std::string vary_names;     // the request fields that Vary names, as the caller wrote them
    std::string selecting_key;  // their values in the request that this answers
    int status = 0;
    http::FieldList fields;
    WallTime request_time, response_time;
    std::optional<std::uint64_t> length;   // nothing while only the end will tell
    Bytes stored;                          // what it takes of the disk
    std::string blocks;                    // BlockMap::serialised()
    std::vector<std::uint64_t> checksums;  // block_checksum() of each block; 0, or past the end: missing
    std::string tags;                      // surrogate keys, one a line
    bool soft_purged = false;
    bool pinned = false;
    std::optional<std::string> body;  // a small one, whole; put() takes it, find() leaves it out
    bool has_body = false;            // set by find(): Index::body() has it, and there is no file
    std::uint64_t body_checksum = 0;  // block_checksum() of it; put() computes it
    std::uint64_t generation = 0;     // purges that it has seen
};

// What the table of all objects needs of one.
struct Stub {
    std::uint64_t id = 0;
    KeyHash key;
    Bytes weight;  // ObjectRecord::stored
    bool pinned = false;
};

// Header fields as the index keeps them ("Name:value" lines), and back. Lines without a colon are left out.
std::string serialise_fields(const http::FieldList& fields);
http::FieldList parse_fields(std::string_view serialised);

}  // namespace outpost::cdn

template <>
struct std::hash<outpost::cdn::KeyHash> {
    std::size_t operator()(const outpost::cdn::KeyHash& key) const noexcept {
        return static_cast<std::size_t>(key.low);
    }
};
