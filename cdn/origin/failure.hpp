// What counts as an origin's failure, and how failures are named to others. Thread rule: pure functions.
#pragma once

#include <string_view>

#include <boost/system/error_code.hpp>

namespace outpost::cdn::origin {

// The error type of Proxy-Status (RFC 9209 section 2.3) for what ended a call; empty for what is not about an
// origin.
std::string_view proxy_error(const boost::system::error_code& error);

// RFC 9110 section 9.2.2: may be sent again when nobody knows what became of it.
bool is_idempotent(std::string_view method);
// Statuses by which an origin, or what is before it, says that it can't answer now.
bool is_failure(int status);
// The request did not reach the origin: no harm in asking another, whatever the method.
bool is_before_sending(const boost::system::error_code& error);

}  // namespace outpost::cdn::origin
