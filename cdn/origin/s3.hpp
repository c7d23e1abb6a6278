// AWS Signature Version 4 for reading from a bucket of S3 or one that speaks like it. Thread rule: pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/http/field.hpp"

namespace outpost::cdn::origin {

struct S3Keys {
    std::string key, secret, region;
};

// Path and query as S3 wants them in the canonical request, which is also how they go on the wire.
struct S3Target {
    std::string path;   // begins with '/'
    std::string query;  // without '?'; sorted
};

// Decodes once, then escapes all that is not unreserved. Nothing when an escape is malformed.
std::optional<S3Target> s3_target(std::string_view path, std::string_view query);

// The fields that sign a request without a body: x-amz-date, x-amz-content-sha256, Authorization. `range` is
// signed too when it is not empty.
http::FieldList sign(const S3Keys& keys, std::string_view method, std::string_view host,
                     const S3Target& target, std::string_view range, WallTime now);

}  // namespace outpost::cdn::origin
