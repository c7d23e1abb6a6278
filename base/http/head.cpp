#include "base/http/head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace outpost::http {
namespace {

using Table = std::array<bool, 256>;

constexpr Table make_token_table() {
    Table table{};
    for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
    for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~"}) table[static_cast<unsigned char>(c)] = true;
    return table;
}

constexpr Table make_value_table() {
    Table table{};
    for (unsigned c = 0x20; c < 256; ++c) table[c] = c != 0x7F;
    table['\t'] = true;
    return table;
}

constexpr Table make_target_table() {
    Table table{};
    for (unsigned c = 0x21; c < 0x7F; ++c)
        table[c] = c != '"' && c != '<' && c != '>' && c != '\\' && c != '#';
    return table;
}

constexpr Table token_chars = make_token_table();
constexpr Table value_chars = make_value_table();
constexpr Table target_chars = make_target_table();

bool consists_of(std::string_view text, const Table& table) {
    for (const char c : text) {
        if (!table[static_cast<unsigned char>(c)]) return false;
    }
    return true;
}

Method method_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, Method>, 9> known{{{"GET", Method::get},
                                                                        {"HEAD", Method::head},
                                                                        {"OPTIONS", Method::options},
                                                                        {"POST", Method::post},
                                                                        {"PUT", Method::put},
                                                                        {"DELETE", Method::del},
                                                                        {"PATCH", Method::patch},
                                                                        {"TRACE", Method::trace},
                                                                        {"CONNECT", Method::connect}}};
    for (const auto& [name, method] : known) {
        if (text == name) return method;
    }
    return Method::unknown;
}

// host [ ":" port ], or nothing at all; letters, digits and what an address literal needs.
bool is_host(std::string_view text) {
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && std::string_view{"-._~:[]!$&'()*+,;=%"}.find(c) == std::string_view::npos) return false;
    }
    return true;
}

// origin-form, absolute-form or asterisk-form (RFC 9112 section 3.2).
Refusal parse_target(std::string_view target, RequestHead& head) {
    if (target.empty() || !consists_of(target, target_chars)) return Refusal::malformed;
    if (target == "*") {
        head.path = target;
        return head.method == Method::options ? Refusal::none : Refusal::malformed;
    }
    if (target.front() != '/') {
        const auto scheme_end = target.find("://");
        if (scheme_end == std::string_view::npos) return Refusal::malformed;
        const std::string_view scheme = target.substr(0, scheme_end);
        if (!iequals(scheme, "http") && !iequals(scheme, "https")) return Refusal::malformed;
        target.remove_prefix(scheme_end + 3);
        const auto authority_end = target.find_first_of("/?");
        head.host = target.substr(0, authority_end);
        if (head.host.empty() || !is_host(head.host)) return Refusal::malformed;
        target =
            authority_end == std::string_view::npos ? std::string_view{"/"} : target.substr(authority_end);
        if (target.front() != '/') return Refusal::malformed;
    }
    const auto question = target.find('?');
    head.path = target.substr(0, question);
    head.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    return Refusal::none;
}

Refusal parse_request_line(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    if (first == std::string_view::npos || first == 0) return Refusal::malformed;
    const auto second = line.find(' ', first + 1);
    if (second == std::string_view::npos) return Refusal::malformed;
    head.method_text = line.substr(0, first);
    const std::string_view version = line.substr(second + 1);
    if (!consists_of(head.method_text, token_chars)) return Refusal::malformed;
    if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') return Refusal::malformed;
    const char major = version[5], minor = version[7];
    if (major < '0' || major > '9' || minor < '0' || minor > '9') return Refusal::malformed;
    if (major != '1') return Refusal::version;
    head.minor_version = minor == '0' ? 0 : 1;
    head.method = method_of(head.method_text);
    return parse_target(line.substr(first + 1, second - first - 1), head);
}

// True when a comma-separated list holds the token.
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (iequals(trim_blanks(list.substr(0, comma)), token)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
    return false;
}

// What the fields say about the message itself, gathered in one pass.
struct Facts {
    int hosts = 0;
    std::string_view host;
    std::optional<std::uint64_t> length;
    bool has_transfer_encoding = false;
    int transfer_codings = 0;
    bool chunked = false;
    bool close = false;
    bool keep_alive = false;
    bool expects_continue = false;
    Refusal refusal = Refusal::none;
};

void note_field(const Field& field, Facts& facts) {
    if (iequals(field.name, "host")) {
        ++facts.hosts;
        facts.host = field.value;
    } else if (iequals(field.name, "content-length")) {
        const auto length = parse_unsigned(field.value);
        if (!length || (facts.length && *facts.length != *length)) facts.refusal = Refusal::malformed;
        facts.length = length;
    } else if (iequals(field.name, "transfer-encoding")) {
        facts.has_transfer_encoding = true;
        for (const std::string_view coding : split(field.value, ',')) {
            ++facts.transfer_codings;
            facts.chunked = iequals(trim_blanks(coding), "chunked");
        }
    } else if (iequals(field.name, "connection")) {
        facts.close |= lists(field.value, "close");
        facts.keep_alive |= lists(field.value, "keep-alive");
    } else if (iequals(field.name, "expect")) {
        facts.expects_continue |= iequals(field.value, "100-continue");
    }
}

// RFC 9112 section 6.3, with every ambiguity refused.
Refusal apply(const Facts& facts, RequestHead& head) {
    if (facts.refusal != Refusal::none) return facts.refusal;
    if (facts.hosts > 1 || (facts.hosts == 0 && head.minor_version == 1)) return Refusal::malformed;
    if (!is_host(facts.host)) return Refusal::malformed;
    if (facts.has_transfer_encoding) {
        if (facts.length || head.minor_version == 0 || !facts.chunked) return Refusal::malformed;
        if (facts.transfer_codings != 1) return Refusal::not_implemented;
    }
    if (head.host.empty()) head.host = facts.host;
    head.framing = {facts.chunked, facts.length.value_or(0)};
    head.keep_alive = !facts.close && (head.minor_version == 1 || facts.keep_alive);
    head.expects_continue = facts.expects_continue && head.minor_version == 1;
    return Refusal::none;
}

Refusal add_field(const Field& field, const HeadLimits& limits, std::vector<Field>& fields) {
    if (!consists_of(field.name, token_chars) || !consists_of(field.value, value_chars))
        return Refusal::malformed;
    if (fields.size() == limits.fields) return Refusal::too_large;
    fields.push_back(field);
    return Refusal::none;
}

Refusal parse_fields(std::string_view lines, const HeadLimits& limits, RequestHead& head) {
    Facts facts;
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return Refusal::malformed;
        const Field field{line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
        if (const Refusal wrong = add_field(field, limits, head.fields); wrong != Refusal::none) return wrong;
        note_field(field, facts);
    }
    return apply(facts, head);
}

Refusal parse_status_line(std::string_view line, ResponseHead& head) {
    // HTTP/1.x SP 3DIGIT [SP reason]
    if (line.size() < 12 || !line.starts_with("HTTP/") || line[6] != '.' || line[8] != ' ')
        return Refusal::malformed;
    if (line[5] != '1') return line[5] >= '0' && line[5] <= '9' ? Refusal::version : Refusal::malformed;
    if (line[7] < '0' || line[7] > '9') return Refusal::malformed;
    const auto status = parse_unsigned(line.substr(9, 3));
    if (!status || *status < 100 || *status > 599) return Refusal::malformed;
    if (line.size() > 12 && line[12] != ' ') return Refusal::malformed;
    if (!consists_of(line.substr(12), value_chars)) return Refusal::malformed;
    head.minor_version = line[7] == '0' ? 0 : 1;
    head.status = static_cast<int>(*status);
    return Refusal::none;
}

Refusal parse_response_fields(std::string_view lines, const HeadLimits& limits, ResponseHead& head) {
    Facts facts;
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' || line.front() == '\t')
            return Refusal::malformed;
        const Field field{trim_blanks(line.substr(0, colon)), trim_blanks(line.substr(colon + 1))};
        if (const Refusal wrong = add_field(field, limits, head.fields); wrong != Refusal::none) return wrong;
        note_field(field, facts);
    }
    if (facts.refusal != Refusal::none) return facts.refusal;
    if (facts.has_transfer_encoding) {
        if (facts.length || head.minor_version == 0 || !facts.chunked) return Refusal::malformed;
        if (facts.transfer_codings != 1) return Refusal::not_implemented;
    }
    head.chunked = facts.chunked;
    head.length = facts.length;
    head.keep_alive = !facts.close && (head.minor_version == 1 || facts.keep_alive);
    return Refusal::none;
}

ParsedHead refused(Refusal why) { return {ParsedHead::State::refused, why, 0}; }

// Where the head that begins behind `skipped` ends: complete with the offset of its last CRLFCRLF.
ParsedHead find_end(std::string_view buffer, std::size_t skipped, const HeadLimits& limits,
                    std::size_t& searched) {
    const std::size_t from = std::max(skipped, searched > 3 ? searched - 3 : 0);
    const auto end = buffer.find("\r\n\r\n", from);
    searched = buffer.size();
    // Only what the limit lets in is looked at, so that the verdict does not depend on how much came at once.
    const auto first_end = buffer.substr(0, limits.bytes + skipped).find('\n', skipped);
    // A head that can't become valid is refused before it is whole: garbage gets its answer at once.
    if (first_end != std::string_view::npos && (first_end == skipped || buffer[first_end - 1] != '\r')) {
        return refused(Refusal::malformed);
    }
    if (end == std::string_view::npos || end + 4 - skipped > limits.bytes) {
        if (buffer.size() < limits.bytes + skipped) return {};
        return refused(first_end == std::string_view::npos ? Refusal::uri_too_long : Refusal::too_large);
    }
    return {ParsedHead::State::complete, Refusal::none, end + 4};
}

}  // namespace

std::string_view RequestHead::field(std::string_view name) const { return find_field(fields, name); }

void RequestHead::clear() {
    std::vector<Field> room = std::move(fields);
    room.clear();
    *this = RequestHead{};
    fields = std::move(room);
}

ParsedHead parse_head(std::string_view buffer, const HeadLimits& limits, std::size_t& searched,
                      RequestHead& head) {
    // RFC 9112 section 2.2: one empty line before a request is forgiven.
    const std::size_t skipped = buffer.starts_with("\r\n") ? 2 : 0;
    const ParsedHead found = find_end(buffer, skipped, limits, searched);
    if (found.state != ParsedHead::State::complete) return found;
    head.clear();
    // With the last line's CRLF, without the empty line.
    const std::string_view text = buffer.substr(skipped, found.consumed - 2 - skipped);
    const auto line_end = text.find("\r\n");
    Refusal refusal = parse_request_line(text.substr(0, line_end), head);
    if (refusal == Refusal::none) refusal = parse_fields(text.substr(line_end + 2), limits, head);
    return refusal == Refusal::none ? found : refused(refusal);
}

ParsedHead parse_response_head(std::string_view buffer, const HeadLimits& limits, std::size_t& searched,
                               ResponseHead& head) {
    const ParsedHead found = find_end(buffer, 0, limits, searched);
    if (found.state != ParsedHead::State::complete) return found;
    head = ResponseHead{};
    const std::string_view text = buffer.substr(0, found.consumed - 2);
    const auto line_end = text.find("\r\n");
    Refusal refusal = parse_status_line(text.substr(0, line_end), head);
    if (refusal == Refusal::none) refusal = parse_response_fields(text.substr(line_end + 2), limits, head);
    return refusal == Refusal::none ? found : refused(refusal);
}

}  // namespace outpost::http
