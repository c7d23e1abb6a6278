#include <cstdint>
#include <mutex>
#include <optional>
#include <re2/re2.h>
#include <unordered_map>

#include "auth/uri_rule.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

// An expression names hosts and paths; none needs more. Every verified token keeps its own, so memory is
// small: two thirds of it are for the program, the rest for the states met while matching. When they outgrow
// it RE2 steps through the program's instructions for each byte, which takes some 10 ns each; so their
// product is bounded as well. It leaves room for an expression of 64 instructions on the longest URI, and for
// 700 bytes that say one URI to the letter.
constexpr std::size_t most_expression = 1024;   // bytes
constexpr std::int64_t most_memory = 64 << 10;  // bytes
constexpr int most_instructions = 1200;
constexpr std::size_t most_steps = 512 << 10;  // of a match

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// The length of the bracket expression at the front of `text`; 0 when it doesn't end, or names a collating
// element, which RE2 doesn't know.
std::size_t bracket_length(std::string_view text) {
    std::size_t i = 1;
    if (i < text.size() && text[i] == '^') ++i;
    if (i < text.size() && text[i] == ']') ++i;
    while (i < text.size() && text[i] != ']') {
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (text[i] == '[' && (next == '.' || next == '=')) return 0;
        if (text[i] == '[' && next == ':') {
            i = text.find(":]", i + 2);
            if (i == std::string_view::npos) return 0;
            ++i;
        }
        ++i;
    }
    return i < text.size() ? i + 1 : 0;
}

// A backslash in brackets is itself in POSIX, and an escape in RE2. Outside of them it must stand before what
// is not a letter or digit: the others have no meaning in POSIX, and \1 is a back reference to some.
std::optional<std::string> in_words_of_re2(std::string_view expression) {
    std::string out;
    for (std::size_t i = 0; i < expression.size();) {
        std::size_t length = 1;
        if (expression[i] == '\\') {
            if (i + 1 >= expression.size() || is_alphanumeric(expression[i + 1])) return std::nullopt;
            length = 2;
        } else if (expression[i] == '[') {
            length = bracket_length(expression.substr(i));
            if (length == 0) return std::nullopt;
            for (const char c : expression.substr(i, length))
                out.append(c == '\\' ? "\\\\" : std::string(1, c));
            i += length;
            continue;
        }
        out += expression.substr(i, length);
        i += length;
    }
    return out;
}

// Whether it matches at all is all that is asked, so the longest match and the groups don't matter.
RE2::Options options() {
    RE2::Options options;
    options.set_posix_syntax(true);
    options.set_one_line(true);  // ^ and $ are the ends of the text
    options.set_dot_nl(true);
    options.set_never_capture(true);
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Pattern::Compiled {
    explicit Compiled(std::string_view text) : expression{piece(text), options()} {}
    RE2 expression;
};

// Those in use, by their expression: the tokens of a film's viewers say the same, and share one.
struct Pattern::Shared {
    std::mutex mutex;
    std::unordered_map<std::string, std::weak_ptr<const Compiled>> by_expression;

    std::shared_ptr<const Compiled> find(const std::string& expression) {
        const std::lock_guard lock{mutex};
        const auto found = by_expression.find(expression);
        return found == by_expression.end() ? nullptr : found->second.lock();
    }
    void keep(const std::string& expression, const std::shared_ptr<const Compiled>& compiled) {
        const std::lock_guard lock{mutex};
        if (by_expression.size() >= sweep_at)
            std::erase_if(by_expression, [](const auto& each) { return each.second.expired(); });
        sweep_at = std::max<std::size_t>(1024, by_expression.size() * 2);
        by_expression[expression] = compiled;
    }
    std::size_t sweep_at = 1024;
};

Verdict<Pattern> Pattern::compile(std::string_view expression) {
    static Shared shared;
    if (expression.size() > most_expression) return Refusal{Reason::too_large, "its pattern is too long"};
    Pattern pattern;
    pattern.expression_ = std::make_shared<const std::string>(expression);
    pattern.compiled_ = shared.find(*pattern.expression_);
    if (pattern.compiled_) return pattern;
    const auto translated = in_words_of_re2(expression);
    if (!translated) return Refusal{Reason::unsupported, "its pattern has an escape that POSIX doesn't know"};
    auto compiled = std::make_shared<const Compiled>(*translated);
    if (compiled->expression.error_code() == RE2::ErrorPatternTooLarge)
        return Refusal{Reason::unsupported, "its pattern is too complex"};
    if (!compiled->expression.ok()) return Refusal{Reason::malformed, "its pattern can't be read"};
    if (compiled->expression.ProgramSize() > most_instructions)
        return Refusal{Reason::unsupported, "its pattern is too complex"};
    shared.keep(*pattern.expression_, compiled);
    pattern.compiled_ = std::move(compiled);
    return pattern;
}

bool Pattern::matches(std::string_view text) const {
    const RE2& expression = compiled_->expression;
    return text.size() <= most_steps / static_cast<std::size_t>(expression.ProgramSize() + 1) &&
           RE2::FullMatch(piece(text), expression);
}

}  // namespace outpost::auth
