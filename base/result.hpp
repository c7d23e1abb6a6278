// What a fallible call returns. Two shapes, for two readers:
//  - Result<T>: an error code, for the way of a request (cheap, compared, counted);
//  - Outcome<T>: a Problem in words, for people who typed a command or a file (what, where, what to do).
// Thread rule: values; no shared state.
#pragma once

#include <string>
#include <utility>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace outpost {

// Why the way of a request ended early. Grouped by who is at fault; party_at_fault() knows the group.
enum class Errc {
    // the client
    bad_request = 1,  // the head is not what RFC 9112 allows, or is ambiguous
    body_too_large,   // a request body above its limit
    not_found,        // nothing has this name
    // us
    file_truncated,  // a file is shorter than its index says
    disk_failed,     // the file system answered with an error
    overloaded,      // a bounded queue is full
    broken_asset,    // an asset directory that can't be what import wrote
    disk_full,       // no room left on a file system
    corrupt,         // stored bytes are not those that were written
    abandoned,       // nobody wants it any more
    database,        // a database refused a statement
    // the origin
    origin_unreachable,      // it refused the connection
    origin_connect_timeout,  // it did not take the connection in time
    origin_dns,              // its name has no address
    origin_tls,              // no handshake
    origin_certificate,      // its certificate is not one that we trust for its name
    origin_timeout,          // a reply's head, its next byte or its end came too late
    origin_reset,            // the connection broke before the reply was whole
    origin_malformed,        // a head or framing that RFC 9112 does not allow
    origin_truncated,        // the body ended before the length that was told
    origin_busy,             // its connections are all in use, and none became free in time
    origin_none,             // no origin is usable: all are taken out, or there is none
    origin_failed,           // it answered that it has failed (5xx)
    origin_changed,          // asked for the rest of a body, it had another one
    retry_refused,           // another try would be against the rules for retries
};

enum class Party { client, origin, internal };

const boost::system::error_category& outpost_category() noexcept;
boost::system::error_code make_error_code(Errc e) noexcept;

// Whom to blame in logs and metrics. Codes of the operating system on a socket count as the client's.
Party party_at_fault(const boost::system::error_code& error) noexcept;

template <class T>
using Result = boost::system::result<T>;

// One clear line for a person.
struct Problem {
    Problem() = default;  // result::error() of Boost 1.81 names it, for the case that there is none
    Problem(std::string at, std::string wrong, std::string mend)
        : where{std::move(at)}, what{std::move(wrong)}, remedy{std::move(mend)} {}

    std::string where;   // file, file:line:column, option, URL; may be empty
    std::string what;    // what is wrong, without a full stop
    std::string remedy;  // what to do; may be empty

    // "where: what; remedy"
    [[nodiscard]] std::string line() const;
};

// What Outcome<T>::value() throws on misuse.
[[noreturn]] void throw_exception_from_error(const Problem& problem, const boost::source_location& where);

template <class T>
using Outcome = boost::system::result<T, Problem>;

}  // namespace outpost

template <>
struct boost::system::is_error_code_enum<outpost::Errc> : std::true_type {};
