#include "media/import/webvtt.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::media {
namespace {

constexpr std::size_t most_bytes = 16 << 20;
constexpr std::size_t most_cues = 200'000;
constexpr std::size_t most_cue_bytes = 16 << 10;
constexpr std::size_t most_style_bytes = 256 << 10;
constexpr std::uint64_t most_hours = 1000;

constexpr std::string_view arrow = "-->";

// A document's lines, whichever of the three line ends it has.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_{text} {}

    std::optional<std::string_view> next() {
        if (rest_.empty()) return std::nullopt;
        const std::size_t end = rest_.find_first_of("\r\n");
        const std::string_view line = rest_.substr(0, end);
        if (end == std::string_view::npos) {
            rest_ = {};
        } else {
            rest_.remove_prefix(rest_.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
        }
        ++number_;
        return line;
    }
    [[nodiscard]] std::size_t number() const { return number_; }

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

// "[HH:]MM:SS.mmm".
std::optional<Milliseconds> parse_time(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || text.size() - dot != 4) return std::nullopt;
    const auto fraction = parse_unsigned(text.substr(dot + 1));
    const auto parts = split(text.substr(0, dot), ':');
    if (!fraction || parts.size() < 2 || parts.size() > 3) return std::nullopt;
    std::array<std::uint64_t, 3> units{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool hours = parts.size() == 3 && i == 0;
        const auto value = parse_unsigned(parts[i]);
        if (!value || (!hours && (parts[i].size() != 2 || *value > 59)) || *value > most_hours)
            return std::nullopt;
        units[i + 3 - parts.size()] = *value;
    }
    return Milliseconds{((units[0] * 60 + units[1]) * 60 + units[2]) * 1000 + *fraction};
}

// "start --> end settings".
std::optional<Cue> parse_timing(std::string_view line) {
    const std::size_t at = line.find(arrow);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view behind = trim_blanks(line.substr(at + arrow.size()));
    const std::size_t blank = behind.find_first_of(" \t");
    const auto start = parse_time(trim_blanks(line.substr(0, at)));
    const auto end = parse_time(behind.substr(0, blank));
    if (!start || !end) return std::nullopt;
    Cue cue;
    cue.start = *start;
    cue.end = *end;
    if (blank != std::string_view::npos) cue.settings = trim_blanks(behind.substr(blank));
    return cue;
}

bool starts_block(std::string_view line, std::string_view word) {
    return line.starts_with(word) && trim_blanks(line.substr(word.size())).empty();
}

class Parser {
  public:
    Parser(std::string_view document, const std::string& where) : lines_{document}, where_{where} {}

    Outcome<Subtitles> run() {
        if (auto header = take_header(); !header) return header.error();
        while (auto line = next_used_line()) {
            if (auto taken = take_block(*line); !taken) return taken.error();
        }
        std::stable_sort(result_.cues.begin(), result_.cues.end(),
                         [](const Cue& a, const Cue& b) { return a.start < b.start; });
        return std::move(result_);
    }

  private:
    Problem problem(std::string_view what) const {
        return {fmt::format("{}:{}", where_, std::max<std::size_t>(lines_.number(), 1)), std::string{what},
                "subtitles are taken as WebVTT"};
    }

    Outcome<void> take_header() {
        const auto first = lines_.next();
        const bool signed_ = first && first->starts_with("WEBVTT") &&
                             (first->size() == 6 || (*first)[6] == ' ' || (*first)[6] == '\t');
        if (!signed_) return problem("does not begin with WEBVTT");
        while (auto line = lines_.next()) {
            if (line->empty()) break;
            if (line->find(arrow) != std::string_view::npos) return problem("has a cue in its header");
        }
        return {};
    }
    std::optional<std::string_view> next_used_line() {
        auto line = lines_.next();
        while (line && line->empty()) line = lines_.next();
        return line;
    }
    // The lines up to an empty one, joined. Nothing when they are too many bytes.
    std::optional<std::string> rest_of_block(std::size_t most) {
        std::string text;
        while (auto line = lines_.next()) {
            if (line->empty()) break;
            if (text.size() + line->size() + 1 > most) return std::nullopt;
            if (!text.empty()) text += '\n';
            text += *line;
        }
        return text;
    }
    Outcome<void> take_block(std::string_view first) {
        const bool style = starts_block(first, "STYLE") || starts_block(first, "REGION");
        const bool note =
            starts_block(first, "NOTE") || first.starts_with("NOTE ") || first.starts_with("NOTE\t");
        if ((style || note) && first.find(arrow) == std::string_view::npos) {
            const auto body = rest_of_block(most_style_bytes);
            if (!body) return problem("a block is too long");
            style_bytes_ += style ? body->size() : 0;
            if (style_bytes_ > most_style_bytes) return problem("the styles are too long");
            if (style) result_.styles.push_back(fmt::format("{}\n{}", trim_blanks(first), *body));
            return {};
        }
        return take_cue(first);
    }
    Outcome<void> take_cue(std::string_view first) {
        std::string identifier;
        if (first.find(arrow) == std::string_view::npos) {
            identifier = first.substr(0, 256);
            const auto second = lines_.next();
            if (!second || second->find(arrow) == std::string_view::npos)
                return problem("is neither a cue nor a block");
            first = *second;
        }
        auto cue = parse_timing(first);
        if (!cue) return problem("these are no cue times");
        auto text = rest_of_block(most_cue_bytes);
        if (!text) return problem("a cue is too long");
        if (text->find(arrow) != std::string::npos) return problem("a cue's text holds \"-->\"");
        cue->identifier = std::move(identifier);
        cue->text = std::move(*text);
        if (cue->end <= cue->start) return {};  // never shown (section 6.1 leaves it to the reader)
        if (result_.cues.size() == most_cues) return problem("too many cues");
        result_.cues.push_back(std::move(*cue));
        return {};
    }

    Lines lines_;
    const std::string& where_;
    Subtitles result_;
    std::size_t style_bytes_ = 0;
};

void append_cue(std::string& out, const Cue& cue) {
    if (!cue.identifier.empty()) out += cue.identifier + '\n';
    out += fmt::format("{} --> {}{}{}\n", webvtt_time(cue.start), webvtt_time(cue.end),
                       cue.settings.empty() ? "" : " ", cue.settings);
    if (!cue.text.empty()) out += cue.text + '\n';
    out += '\n';
}

}  // namespace

Outcome<Subtitles> parse_webvtt(std::string_view document, const std::string& where) {
    if (document.size() > most_bytes) return Problem{where, "is larger than 16 MiB", ""};
    if (document.find('\0') != std::string_view::npos) {
        return Problem{where, "is not text: it holds zero bytes", "subtitles are taken as WebVTT"};
    }
    if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
    return Parser{document, where}.run();
}

std::string webvtt_time(Milliseconds time) {
    const std::int64_t all = time.count();
    return fmt::format("{:02}:{:02}:{:02}.{:03}", all / 3'600'000, all / 60'000 % 60, all / 1000 % 60,
                       all % 1000);
}

std::string write_webvtt(const Subtitles& subtitles) {
    std::string out = "WEBVTT\n\n";
    for (const std::string& style : subtitles.styles) out += style + "\n\n";
    for (const Cue& cue : subtitles.cues) append_cue(out, cue);
    return out;
}

std::string write_webvtt_segment(const Subtitles& subtitles, Milliseconds from, Milliseconds to) {
    std::string out = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n";
    for (const std::string& style : subtitles.styles) out += style + "\n\n";
    for (const Cue& cue : subtitles.cues) {
        if (cue.start >= to) break;
        if (cue.end > from) append_cue(out, cue);
    }
    return out;
}

}  // namespace outpost::media
