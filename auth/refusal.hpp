// Why a request is not let through. The reason goes to the log and the metrics, never to the client, who is
// told 401, 403 or 429 and no more. Thread rule: values.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace outpost::auth {

enum class Reason {
    missing,      // no token where the rule looks for one
    format,       // a token of a format that the rule does not take
    malformed,    // not what its format says, to the byte
    too_large,    // longer than the limit
    unsupported,  // it demands what can't be checked here, so it can't be honoured
    algorithm,    // not the key's algorithm, or none
    unknown_key,  // signed with a key that is not in the ring
    key_time,     // the key is not valid now
    signature,    // the signature is not this key's over these bytes
    expired,
    not_yet,  // before its nbf
    issuer,
    audience,
    uri,  // for another URI
    method,
    address,   // from another address
    claims,    // a claim that the rule asks for is missing or other
    protocol,  // over another protocol (catalpn)
    header,    // a header field is missing or other (cath)
    device,    // another device's certificate, or none
    replayed,
    revoked,
    closed,     // the rule lets nobody in, or not at this time
    rendition,  // above the height or the bit rate that the token allows
    streams,    // too many at once
    rate,       // too often
};
inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::rate) + 1;

std::string_view to_text(Reason reason);   // "signature", as in metrics
std::string_view in_words(Reason reason);  // "its signature is not its key's", for people

struct Refusal {
    Refusal() = default;  // result::error() of Boost 1.81 names it, for the case that there is none
    Refusal(Reason why, std::string more = {}) : reason{why}, detail{std::move(more)} {}

    Reason reason = Reason::missing;
    std::string detail;  // what exactly; holds no token, key or query. May be empty

    [[nodiscard]] std::string line() const;  // in_words, and the detail in brackets
};

// What Verdict<T>::value() throws on misuse.
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

template <class T>
using Verdict = boost::system::result<T, Refusal>;

}  // namespace outpost::auth
