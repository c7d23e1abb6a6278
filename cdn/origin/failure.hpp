// How errors of origins are named to others. Thread rule: pure functions.
#pragma once

#include <string_view>

#include <boost/system/error_code.hpp>

namespace outpost::cdn::origin {

// The error type of Proxy-Status (RFC 9209 section 2.3) for what ended a call; empty for what is not about an
// origin.
std::string_view proxy_error(const boost::system::error_code& error);

}  // namespace outpost::cdn::origin
