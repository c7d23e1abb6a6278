#include "auth/placement.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace outpost::auth {
namespace {

constexpr std::array<std::string_view, place_count> place_names{"path", "query", "cookie", "authorization",
                                                                "header"};
// A name and the format that it gives away. Those of more than one parameter are put together below.
struct Name {
    std::string_view name;
    Format format;
    bool whole = true;  // the value is the token
};

constexpr std::array query_names{
    Name{"URISigningPackage", Format::uri_signing},
    Name{"cat", Format::cat},
    Name{"hdnts", Format::edge_auth},
    Name{"hdntl", Format::edge_auth},
    Name{"hdnea", Format::edge_auth},
    Name{"Expires", Format::cloudfront, false},
    Name{"Policy", Format::cloudfront, false},
    Name{"Signature", Format::cloudfront, false},
    Name{"Key-Pair-Id", Format::cloudfront, false},
    Name{"Hash-Algorithm", Format::cloudfront, false},
    Name{"md5", Format::secure_link, false},
    Name{"expires", Format::secure_link, false},
};
constexpr std::array cookie_names{
    Name{"URISigningPackage", Format::uri_signing},
    Name{"CTA-Common-Access-Token", Format::cat},
    Name{"hdnts", Format::edge_auth},
    Name{"hdntl", Format::edge_auth},
    Name{"hdnea", Format::edge_auth},
    Name{"CloudFront-Expires", Format::cloudfront, false},
    Name{"CloudFront-Policy", Format::cloudfront, false},
    Name{"CloudFront-Signature", Format::cloudfront, false},
    Name{"CloudFront-Key-Pair-Id", Format::cloudfront, false},
    Name{"CloudFront-Hash-Algorithm", Format::cloudfront, false},
};
constexpr std::array path_names{
    Name{"URISigningPackage", Format::uri_signing},
    Name{"cat", Format::cat},
    Name{"CAT", Format::cat},
    Name{"hdnts", Format::edge_auth},
    Name{"hdntl", Format::edge_auth},
    Name{"hdnea", Format::edge_auth},
};
constexpr std::array header_names{Name{"URISigningPackage", Format::uri_signing},
                                  Name{"CTA-Common-Access-Token", Format::cat}};
constexpr std::string_view cloudfront_prefix = "CloudFront-";
constexpr std::string_view bearer = "Bearer ";

template <std::size_t size>
const Name* find(const std::array<Name, size>& names, std::string_view name, const Formats& formats) {
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const Name& each) { return each.name == name; });
    return found == names.end() || !formats[static_cast<std::size_t>(found->format)] ? nullptr : &*found;
}

// One request's head while tokens are taken out of it. What must be put together anew is appended to `room`,
// which is given all the space that it can need when it is first needed, so that views into it hold.
class Taking {
  public:
    Taking(http::RequestHead& head, const Formats& formats, std::string& room)
        : head_{head},
          formats_{formats},
          room_{room},
          most_{2 * (head.path.size() + head.query.size()) + 16} {}

    Taken run() {
        take_from_fields();
        take_from_query();
        take_from_path();
        return std::move(taken_);
    }

  private:
    void found(Format format, Place place, std::string_view token) {
        taken_.any = true;
        if (taken_.tokens.size() < most_presented && !token.empty())
            taken_.tokens.push_back({format, place, token});
    }
    std::string_view keep(std::string_view text) {
        if (room_.empty()) room_.reserve(most_);
        const std::size_t at = room_.size();
        room_ += text;
        return std::string_view{room_}.substr(at);
    }
    // The parts of `text` between separators that `take` does not take, as one view: into the text when what
    // is left stands together.
    template <class Take>
    std::string_view without(std::string_view text, char separator, Take&& take);

    void take_from_fields();
    bool take_field(const http::Field& field);
    std::string_view take_from_cookie(std::string_view value);
    void take_from_query();
    void take_from_path();

    http::RequestHead& head_;
    const Formats& formats_;
    std::string& room_;
    // All that could ever be put together: path, query and each cookie as they came, twice.
    std::size_t most_;
    Taken taken_;
};

template <class Take>
std::string_view Taking::without(std::string_view text, char separator, Take&& take) {
    std::size_t first = std::string_view::npos, end = 0;  // of what is kept, as long as it stands together
    std::string apart;
    bool is_apart = false;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t stop = std::min(text.find(separator, at), text.size());
        const std::string_view part = text.substr(at, stop - at);
        if (!take(part)) {
            if (first == std::string_view::npos) {
                first = at;
            } else if (end + 1 != at && !is_apart) {
                is_apart = true;
                apart = text.substr(first, end - first);
            }
            if (is_apart) apart.append(1, separator).append(part);
            end = stop;
        }
        at = stop + 1;
    }
    if (first == std::string_view::npos) return {};
    return is_apart ? keep(apart) : text.substr(first, end - first);
}

std::string_view name_of(std::string_view part) { return part.substr(0, part.find('=')); }
std::string_view value_of(std::string_view part) {
    const auto equals = part.find('=');
    return equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
}

// Most requests have no field that could hold a token.
bool may_hold_token(const http::Field& field) {
    switch (field.name.size()) {
        case 6: return iequals(field.name, "Cookie");
        case 13: return iequals(field.name, "Authorization");
        case 17:
        case 23: return true;
        default: return false;
    }
}

void Taking::take_from_fields() {
    if (std::none_of(head_.fields.begin(), head_.fields.end(), may_hold_token)) return;
    for (const http::Field& field : head_.fields) {
        if (iequals(field.name, "Cookie")) most_ += 2 * field.value.size() + 1;
    }
    const std::size_t before = head_.fields.size();
    for (http::Field& field : head_.fields) {
        if (iequals(field.name, "Cookie") && !field.value.empty()) {
            field.value = take_from_cookie(field.value);
            if (field.value.empty()) field.name = {};
        }
    }
    std::erase_if(head_.fields,
                  [&](const http::Field& field) { return field.name.empty() || take_field(field); });
    taken_.any |= before != head_.fields.size();
}

bool Taking::take_field(const http::Field& field) {
    if (iequals(field.name, "Authorization")) {
        if (field.value.size() < bearer.size() || !iequals(field.value.substr(0, bearer.size()), bearer))
            return false;
        const std::string_view token = trim_blanks(field.value.substr(bearer.size()));
        const Format format = token.find('.') == std::string_view::npos ? Format::cat : Format::uri_signing;
        if (!formats_[static_cast<std::size_t>(format)]) return false;
        found(format, Place::authorization, token);
        return false;  // it may be the origin's own affair: drop_bearer()
    }
    for (const Name& name : header_names) {
        if (!formats_[static_cast<std::size_t>(name.format)] || !iequals(field.name, name.name)) continue;
        found(name.format, Place::header, field.value);
        return true;
    }
    return false;
}

std::string_view Taking::take_from_cookie(std::string_view value) {
    std::string signed_cookies;
    const std::string_view rest = without(value, ';', [&](std::string_view part) {
        part = trim_blanks(part);
        const Name* name = find(cookie_names, name_of(part), formats_);
        if (name == nullptr) return false;
        taken_.any = true;
        if (name->whole) {
            found(name->format, Place::cookie, value_of(part));
        } else {
            if (!signed_cookies.empty()) signed_cookies += '&';
            signed_cookies += part.substr(cloudfront_prefix.size());
        }
        return true;
    });
    if (!signed_cookies.empty()) found(Format::cloudfront, Place::cookie, keep(signed_cookies));
    return trim_blanks(rest);
}

void Taking::take_from_query() {
    if (head_.query.empty()) return;
    std::string cloudfront, secure_link;
    // Their parameters have everyday names: they are a token's only beside its signature.
    const auto has = [this](std::string_view name) {
        for (std::string_view part : split(head_.query, '&')) {
            if (name_of(part) == name) return true;
        }
        return false;
    };
    Formats formats = formats_;
    auto& takes_cloudfront = formats[static_cast<std::size_t>(Format::cloudfront)];
    auto& takes_secure_link = formats[static_cast<std::size_t>(Format::secure_link)];
    takes_cloudfront = takes_cloudfront && has("Signature");
    takes_secure_link = takes_secure_link && has("md5");
    head_.query = without(head_.query, '&', [&](std::string_view part) {
        const Name* name = find(query_names, name_of(part), formats);
        if (name == nullptr) return false;
        taken_.any = true;
        if (name->whole) {
            found(name->format, Place::query, value_of(part));
        } else {
            std::string& whole = name->format == Format::cloudfront ? cloudfront : secure_link;
            if (!whole.empty()) whole += '&';
            whole += part;
        }
        return true;
    });
    if (!cloudfront.empty()) found(Format::cloudfront, Place::query, keep(cloudfront));
    if (!secure_link.empty()) found(Format::secure_link, Place::query, keep(secure_link));
}

// "/name=token/rest" and "/segment;name=token/rest".
void Taking::take_from_path() {
    if (head_.path.find('=') == std::string_view::npos) return;
    const std::string_view whole_path = head_.path;
    bool cut_parameter = false;
    std::string rest;
    const auto take = [&](std::string_view segment) {
        const Name* name = find(path_names, name_of(segment), formats_);
        // "/cat/1.m4s" is about a cat.
        if (name == nullptr || segment.size() == name->name.size()) return false;
        found(name->format, Place::path, value_of(segment));
        // Only once: a path has one way to its token, and what stands behind it are names.
        const auto at = whole_path.find(segment);
        if (at != std::string_view::npos) taken_.path_scope = whole_path.substr(0, at + segment.size());
        return true;
    };
    const std::string_view behind = head_.path.substr(1);
    std::string_view kept = without(behind, '/', take);
    const auto semicolon = kept.find(';');
    if (semicolon != std::string_view::npos) {
        for (const std::string_view segment : split(kept, '/')) {
            rest += '/';
            bool first = true;
            for (const std::string_view part : split(segment, ';')) {
                if (!first && take(part)) {
                    cut_parameter = true;
                    continue;
                }
                if (!first) rest += ';';
                rest += part;
                first = false;
            }
        }
    }
    if (cut_parameter) {
        head_.path = keep(rest);
    } else if (kept.size() == behind.size()) {
        return;  // nothing was taken
    } else if (kept.empty()) {
        head_.path = "/";
    } else if (kept.data() > head_.path.data() &&
               kept.data() + kept.size() <= head_.path.data() + head_.path.size()) {
        head_.path = {kept.data() - 1, kept.size() + 1};  // the slash before it
    } else {
        std::string whole = "/";
        whole += kept;
        head_.path = keep(whole);
    }
}

}  // namespace

std::string_view to_text(Place place) { return place_names[static_cast<std::size_t>(place)]; }

std::optional<Place> parse_place(std::string_view text) {
    const auto* const found = std::find(place_names.begin(), place_names.end(), text);
    if (found == place_names.end()) return std::nullopt;
    return static_cast<Place>(found - place_names.begin());
}

Taken take_tokens(http::RequestHead& head, const Formats& formats, std::string& room) {
    room.clear();
    return Taking{head, formats, room}.run();
}

void drop_bearer(http::RequestHead& head) {
    std::erase_if(head.fields, [](const http::Field& field) {
        return iequals(field.name, "Authorization") && field.value.size() >= bearer.size() &&
               iequals(field.value.substr(0, bearer.size()), bearer);
    });
}

std::string_view query_name(Format format) {
    switch (format) {
        case Format::uri_signing: return "URISigningPackage";
        case Format::cat: return "cat";
        case Format::edge_auth: return "hdnts";
        case Format::cloudfront:
        case Format::secure_link: break;
    }
    return {};
}

std::string_view cookie_name(Format format) {
    switch (format) {
        case Format::uri_signing: return "URISigningPackage";
        case Format::cat: return "CTA-Common-Access-Token";
        case Format::edge_auth: return "hdntl";
        case Format::cloudfront:
        case Format::secure_link: break;
    }
    return {};
}

}  // namespace outpost::auth
