#include "manifest/view.hpp"

#include <fmt/format.h>

#include "manifest/carrier.hpp"
#include "manifest/dash/view.hpp"
#include "manifest/hls/view.hpp"

namespace outpost::manifest {

bool changes(const ViewOptions& options) {
    return options.max_height != 0 || options.max_bandwidth != BitRate{} ||
           options.query != ViewOptions::Query::none;
}

Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options) {
    const bool playlist = text.starts_with("#EXTM3U");
    Outcome<View> made = playlist ? hls::view(text, where, options) : dash::view(text, where, options);
    if (made && made->text.size() > most_view_bytes) return too_long_view(where);
    return made;
}

std::string query_escaped(std::string_view text) {
    constexpr std::string_view bare = "-._~!*,=:/@";
    std::string out;
    out.reserve(text.size());
    const auto is_hex = [text](std::size_t at) {
        constexpr std::string_view digits = "0123456789abcdefABCDEF";
        return at < text.size() && digits.find(text[at]) != std::string_view::npos;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool escape = c == '%' && is_hex(i + 1) && is_hex(i + 2);
        if (alphanumeric || escape || bare.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}  // namespace outpost::manifest
