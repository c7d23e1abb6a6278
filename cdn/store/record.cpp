#include "cdn/store/record.hpp"

#include <xxhash.h>

#include "base/text.hpp"

namespace outpost::cdn {

KeyHash key_hash(std::string_view key_text) {
    const XXH128_hash_t hash = XXH3_128bits(key_text.data(), key_text.size());
    return {hash.high64, hash.low64};
}

std::uint64_t block_checksum(std::span<const char> bytes) {
    const std::uint64_t sum = XXH3_64bits(bytes.data(), bytes.size());
    return sum == 0 ? 1 : sum;
}

std::string serialise_fields(const http::FieldList& fields) {
    std::string text;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const http::Field field = fields[i];
        text.append(field.name).append(":").append(field.value).append("\n");
    }
    return text;
}

http::FieldList parse_fields(std::string_view serialised) {
    std::vector<http::Field> fields;
    for (const std::string_view line : split(serialised, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos)
            fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
    return http::FieldList{fields};
}

}  // namespace outpost::cdn
