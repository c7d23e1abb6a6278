// Text that is served whole and often (playlists, MPDs, pages): made once, with its compressed twin and
// strong ETags that depend on the bytes alone, so they survive restarts and are the same on every node.
// Thread rule: immutable once made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace outpost {

struct Document {
    std::shared_ptr<const std::string> text;
    std::shared_ptr<const std::string> gzip;  // null when it would not be smaller
    std::string etag;                         // quoted
    std::string gzip_etag;
};

// What is sent often is worth the effort; what is made for one reply is compressed quickly, or not at all.
enum class Compression { none, quick, best };

Document make_document(std::string text, Compression compression = Compression::best);

// RFC 1952; the same bytes for the same text and effort.
std::string gzip_compressed(std::string_view text, Compression compression = Compression::best);
// Nothing when it is not gzip, breaks off, or expands to more than `most` bytes.
std::optional<std::string> gzip_expanded(std::string_view bytes, std::size_t most);
std::string content_etag(std::string_view bytes);  // "…" of XXH3-64

}  // namespace outpost
