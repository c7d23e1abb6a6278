// Absolute http and https URIs (RFC 3986, RFC 9110 section 4.2), read strictly and kept normalised: scheme
// and host in lower case, the default port left out of the text, no dot segments, escapes in upper case and
// none for unreserved characters. Two URIs name the same thing here when their texts are equal. Thread rule:
// values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost {

struct Uri {
    std::string scheme;                // "http" or "https"
    std::string host;                  // a name, an IPv4 address, or an IPv6 address in its brackets
    std::uint16_t port = 0;            // the scheme's own when the text names none; never 0
    std::string path;                  // begins with '/'
    std::optional<std::string> query;  // without '?'; "/a" and "/a?" are different URIs

    // Path and query: what a request line asks for.
    [[nodiscard]] std::string target() const;
    // Host, and the port unless it is the scheme's own: the Host field.
    [[nodiscard]] std::string authority() const;
    bool operator==(const Uri&) const = default;
};

// Nothing for other schemes, user information (RFC 9110 section 4.2.4), an empty host, port 0, a malformed
// escape or a byte that no URI may hold. A fragment is cut off. At most 8 KiB.
std::optional<Uri> parse_uri(std::string_view text);
// What `reference`, as it stands in Location or in a playlist, means in a document at `base` (RFC 3986
// section 5.2). Nothing when the result is no http or https URI.
std::optional<Uri> resolve(const Uri& base, std::string_view reference);
std::string to_text(const Uri& uri);
bool same_origin(const Uri& a, const Uri& b);  // scheme, host and port (RFC 6454)

// Escapes in upper case, none for unreserved characters. A text with a malformed escape stays as it is,
// whole, so that it equals no normalised one. Normalising twice changes nothing.
std::string normalise_escapes(std::string_view text);
// RFC 3986 section 5.2.4, for a path that begins with '/'.
std::string remove_dot_segments(std::string_view path);
// 80 for http, 443 for https.
std::uint16_t default_port(std::string_view scheme);

}  // namespace outpost
