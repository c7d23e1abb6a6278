// Records for the tests of the store.
#pragma once

#include <string>

#include "cdn/store/blocks.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

// With every field set, and each to something of its own.
inline ObjectRecord full_record(std::uint64_t id, const std::string& key_text) {
    ObjectRecord record;
    record.id = id;
    record.key = key_hash(key_text);
    record.key_text = key_text;
    record.vary_names = "accept-encoding";
    record.selecting_key = "gzip";
    record.status = 203;
    record.fields.add("Content-Type", "video/mp4");
    record.fields.add("X-Empty", "");
    record.fields.add("Link", "<a:b>; rel=\"c\"");
    record.request_time = WallTime{Milliseconds{1'700'000'000'123 + static_cast<std::int64_t>(id & 0xff)}};
    record.response_time = record.request_time + Milliseconds{45};
    record.length = block_size.count() * 3 - 7;
    record.stored = Bytes{block_size.count() * 2};
    record.blocks = std::string{"\x03\x00\x01", 3};
    record.checksums = {1, UINT64_MAX, 0, id};
    record.tags = "film-7\nseries/3";
    record.soft_purged = true;
    record.pinned = true;
    record.generation = UINT64_MAX - 1;
    return record;
}

inline ObjectRecord small_record(std::uint64_t id, const std::string& key_text, std::string body) {
    ObjectRecord record;
    record.id = id;
    record.key = key_hash(key_text);
    record.key_text = key_text;
    record.status = 200;
    record.length = body.size();
    record.stored = Bytes{body.size()};
    record.body = std::move(body);
    return record;
}

}  // namespace outpost::cdn
