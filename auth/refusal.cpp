#include "auth/refusal.hpp"

#include <array>
#include <stdexcept>

namespace outpost::auth {
namespace {

struct Words {
    std::string_view name, sentence;
};

constexpr std::array<Words, reason_count> words{{
    {"missing", "there is no token"},
    {"format", "tokens of this format are not taken here"},
    {"malformed", "the token is malformed"},
    {"too_large", "the token is too large"},
    {"unsupported", "the token demands what can't be checked here"},
    {"algorithm", "its algorithm is not its key's"},
    {"unknown_key", "its key is not known"},
    {"key_time", "its key is not valid at this time"},
    {"signature", "its signature is not its key's"},
    {"expired", "the token has expired"},
    {"not_yet", "the token is not valid yet"},
    {"issuer", "its issuer is not its key's"},
    {"audience", "it is for another audience"},
    {"uri", "it is for other URLs"},
    {"method", "it is for other methods"},
    {"address", "it is for other addresses"},
    {"claims", "it lacks a claim that is required here"},
    {"protocol", "it is for other protocols"},
    {"header", "a header field that it demands is missing or other"},
    {"device", "it is bound to another device's certificate"},
    {"replayed", "it may be used once, and was used before"},
    {"revoked", "it was revoked"},
    {"closed", "nobody is let in here now"},
    {"rendition", "it does not reach to this rendition"},
    {"streams", "as many streams as it allows are playing already"},
    {"rate", "requests come faster than is allowed"},
}};

}  // namespace

std::string_view to_text(Reason reason) { return words[static_cast<std::size_t>(reason)].name; }
std::string_view in_words(Reason reason) { return words[static_cast<std::size_t>(reason)].sentence; }

std::string Refusal::line() const {
    std::string text{in_words(reason)};
    if (!detail.empty()) text.append(" (").append(detail).append(")");
    return text;
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::logic_error{refusal.line()};
}

}  // namespace outpost::auth
