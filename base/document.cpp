#include "base/document.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <xxhash.h>
#include <zlib.h>

#include "base/text.hpp"

namespace outpost {
namespace {
constexpr int gzip_window = 15 + 16;
}

Document make_document(std::string text, Compression compression) {
    Document document;
    document.etag = content_etag(text);
    document.gzip_etag = document.etag.substr(0, document.etag.size() - 1) + "-gz\"";
    if (compression != Compression::none) {
        std::string compressed = gzip_compressed(text, compression);
        if (compressed.size() < text.size())
            document.gzip = std::make_shared<const std::string>(std::move(compressed));
    }
    document.text = std::make_shared<const std::string>(std::move(text));
    return document;
}

std::string gzip_compressed(std::string_view text, Compression compression) {
    const int level = compression == Compression::best    ? Z_BEST_COMPRESSION
                      : compression == Compression::quick ? Z_BEST_SPEED
                                                          : Z_NO_COMPRESSION;
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc{};
    }
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::logic_error{"deflate did not end within its own bound"};
    return out;
}

std::optional<std::string> gzip_expanded(std::string_view bytes, std::size_t most) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc{};
    std::string out(most + 1, '\0');  // one byte more tells that it is too long
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    if (result != Z_STREAM_END || out.size() > most) return std::nullopt;
    return out;
}

std::string content_etag(std::string_view bytes) {
    return fmt::format("\"{}\"", to_hex(XXH3_64bits(bytes.data(), bytes.size())));
}

}  // namespace outpost
