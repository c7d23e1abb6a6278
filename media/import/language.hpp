// Language tags: the three letters that media files hold (ISO 639-2) to what manifests want (BCP 47), and
// what a person calls the language. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>

namespace outpost::media {

// "eng" -> "en"; a well-formed tag stays; all else is "und".
std::string to_bcp47(std::string_view tag);
// "English" for "en" and "en-GB"; the tag itself when unknown.
std::string language_name(std::string_view tag);

}  // namespace outpost::media
