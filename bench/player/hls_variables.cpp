#include "bench/player/hls_variables.hpp"

#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::bench {
namespace {

std::optional<unsigned> hex(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    c = ascii_lower(c);
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

// Escapes resolved, whatever they stand for; what is no escape stays.
std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '%' && i + 2 < text.size() ? hex(text[i + 1]) : std::nullopt;
        const auto low = high ? hex(text[i + 2]) : std::nullopt;
        if (low) {
            out += static_cast<char>(*high * 16 + *low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::optional<std::string> query_parameter(const Uri& url, std::string_view name) {
    if (!url.query) return std::nullopt;
    for (const std::string_view part : split(*url.query, '&')) {
        const auto equals = part.find('=');
        if (part.substr(0, equals) == name && equals != std::string_view::npos)
            return unescaped(part.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace

Outcome<HlsVariables> HlsVariables::read(const manifest::hls::Document& playlist, const Uri& url) {
    HlsVariables out;
    out.where_ = to_text(url);
    const auto problem = [&](std::string what) {
        return Problem{out.where_, std::move(what), "give an HLS playlist as in RFC 8216"};
    };
    for (const manifest::hls::Line& line : playlist.lines) {
        if (line.name() != "EXT-X-DEFINE") continue;
        const auto list = manifest::hls::Attributes::parse(line.value(), 8);
        if (!list) return problem("EXT-X-DEFINE that can't be read");
        if (list->find("NAME")) {
            out.values_.insert_or_assign(std::string{list->get("NAME")}, std::string{list->get("VALUE")});
        } else if (list->find("QUERYPARAM")) {
            const std::string name{list->get("QUERYPARAM")};
            auto value = query_parameter(url, name);
            if (!value)
                return problem(fmt::format("EXT-X-DEFINE wants the query parameter {} in its URL", name));
            out.values_.insert_or_assign(name, std::move(*value));
        } else {
            return problem("EXT-X-DEFINE with IMPORT, which a simulated player doesn't follow");
        }
    }
    return out;
}

Outcome<std::string> HlsVariables::substituted(std::string_view text) const {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find("{$", at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text.substr(at));
        const auto name = text.substr(open + 2, close - open - 2);
        const auto value = values_.find(name);
        if (value == values_.end())
            return Problem{where_, fmt::format("the variable {} is not defined", name),
                           "define it with EXT-X-DEFINE"};
        out.append(text.substr(at, open - at)).append(value->second);
        at = close + 1;
    }
    return out;
}

}  // namespace outpost::bench
