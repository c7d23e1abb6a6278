#include "media/import/language.hpp"

#include <array>

#include "base/text.hpp"

namespace outpost::media {
namespace {

struct Language {
    std::string_view two, three, other, name;  // ISO 639-1, 639-2/T, 639-2/B
};

constexpr std::array<Language, 36> languages{{
    {"ar", "ara", "", "العربية"},     {"bg", "bul", "", "Български"},     {"bn", "ben", "", "বাংলা"},
    {"bo", "bod", "tib", "བོད་སྐད་"},   {"cs", "ces", "cze", "Čeština"},    {"da", "dan", "", "Dansk"},
    {"de", "deu", "ger", "Deutsch"},  {"el", "ell", "gre", "Ελληνικά"},   {"en", "eng", "", "English"},
    {"es", "spa", "", "Español"},     {"fa", "fas", "per", "فارسی"},      {"fi", "fin", "", "Suomi"},
    {"fr", "fra", "fre", "Français"}, {"he", "heb", "", "עברית"},         {"hi", "hin", "", "हिन्दी"},
    {"hu", "hun", "", "Magyar"},      {"id", "ind", "", "Indonesia"},     {"it", "ita", "", "Italiano"},
    {"ja", "jpn", "", "日本語"},      {"kk", "kaz", "", "Қазақ"},         {"ko", "kor", "", "한국어"},
    {"mn", "mon", "", "Монгол"},      {"nl", "nld", "dut", "Nederlands"}, {"no", "nor", "", "Norsk"},
    {"pl", "pol", "", "Polski"},      {"pt", "por", "", "Português"},     {"ro", "ron", "rum", "Română"},
    {"ru", "rus", "", "Русский"},     {"sv", "swe", "", "Svenska"},       {"th", "tha", "", "ไทย"},
    {"tr", "tur", "", "Türkçe"},      {"ug", "uig", "", "ئۇيغۇرچە"},      {"uk", "ukr", "", "Українська"},
    {"vi", "vie", "", "Tiếng Việt"},  {"za", "zha", "", "Vahcuengh"},     {"zh", "zho", "chi", "中文"},
}};

// Letters and digits in groups of 1 to 8 between hyphens, the first of 2 or 3 letters (RFC 5646, loosely).
bool well_formed(std::string_view tag) {
    if (tag.size() > 35) return false;
    bool first = true;
    for (const std::string_view group : split(tag, '-')) {
        if (group.empty() || group.size() > (first ? 3U : 8U) || (first && group.size() < 2)) return false;
        for (const char c : group) {
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && (first || c < '0' || c > '9')) return false;
        }
        first = false;
    }
    return true;
}

}  // namespace

std::string to_bcp47(std::string_view tag) {
    const std::string lower = ascii_lower(tag);
    for (const Language& language : languages) {
        if (lower == language.three || (!language.other.empty() && lower == language.other)) {
            return std::string{language.two};
        }
    }
    return well_formed(tag) ? std::string{tag} : "und";
}

std::string language_name(std::string_view tag) {
    const std::string primary = ascii_lower(tag.substr(0, tag.find('-')));
    for (const Language& language : languages) {
        if (primary == language.two) return std::string{language.name};
    }
    return tag == "und" ? "" : std::string{tag};
}

}  // namespace outpost::media
