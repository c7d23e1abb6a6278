// An HLS playlist as the lines it is made of (RFC 8216bis section 4.1): what the reader reads into, what the
// writer writes through, and what a rewriter changes. Nothing is lost: unknown tags, comments, attributes and
// their order stay; only line ends become LF. Thread rule: values.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace outpost::manifest::hls {

struct Limits {
    std::size_t bytes = 4 << 20;
    std::size_t lines = 400'000;
    std::size_t line_bytes = 16 << 10;
    std::size_t attributes = 64;     // of one tag
    std::size_t segments = 100'000;  // of one media playlist
    std::size_t renditions = 1000;   // variants, I-frame variants and renditions together
};

enum class LineKind { blank, comment, tag, uri };

// One line, without its end. A tag is "#EXT…", perhaps with a colon and a value.
struct Line {
    LineKind kind = LineKind::blank;
    std::string text;

    [[nodiscard]] std::string_view name() const;   // of a tag: "EXT-X-MAP"; otherwise ""
    [[nodiscard]] std::string_view value() const;  // of a tag: what follows its colon
    bool operator==(const Line&) const = default;
};

struct Document {
    std::vector<Line> lines;

    void tag(std::string_view name) { lines.push_back({LineKind::tag, "#" + std::string{name}}); }
    void tag(std::string_view name, std::string_view value);
    void uri(std::string_view uri) { lines.push_back({LineKind::uri, std::string{uri}}); }
    // The playlist's bytes; every line ends in LF.
    [[nodiscard]] std::string text() const;
    bool operator==(const Document&) const = default;
};

// NAME=VALUE, NAME="VALUE". A quoted value is held without its quotes.
struct Attribute {
    std::string name;
    std::string value;
    bool quoted = false;
    bool operator==(const Attribute&) const = default;
};

// The attribute list of a tag (RFC 8216bis section 4.2), in order.
class Attributes {
  public:
    // Appends, or replaces the value where it stands.
    Attributes& set(std::string_view name, std::string_view value);
    // The same as a quoted string, which can't hold quotes or control characters: they become ' and blanks.
    Attributes& quote(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    [[nodiscard]] const Attribute* find(std::string_view name) const;
    [[nodiscard]] std::string_view get(std::string_view name) const;  // "" when it isn't there
    [[nodiscard]] const std::vector<Attribute>& all() const { return all_; }
    [[nodiscard]] std::string text() const;
    bool operator==(const Attributes&) const = default;

    // Nothing but a list by the letter: names of A-Z, 0-9 and "-", none twice, no blanks between. The Problem
    // has no `where`.
    static Outcome<Attributes> parse(std::string_view text, std::size_t most);

  private:
    Attribute& place(std::string_view name);
    std::vector<Attribute> all_;
};

// Splits text into lines: strict about UTF-8, control characters, "#EXTM3U" first, and the limits. `where`
// names the playlist in the Problem, which says where:line.
Outcome<Document> parse(std::string_view text, std::string_view where, const Limits& limits = {});

// Every URI of the playlist (URI lines and URI attributes) becomes what `change` makes of it. The change must
// give a URI: no blanks, quotes or line ends. A tag whose value is no attribute list, or one of more than
// `attributes`, stays as it is: no tag with a URI that players know is like that.
void rewrite_uris(Document& document, const std::function<std::string(std::string_view)>& change,
                  std::size_t attributes = Limits{}.attributes);

}  // namespace outpost::manifest::hls
