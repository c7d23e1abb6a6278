// Where a URL's server is: its address, looked up once. Thread rule: values; reach() waits.
#pragma once

#include <string>
#include <sys/socket.h>

#include "base/process.hpp"
#include "base/result.hpp"
#include "base/uri.hpp"

namespace outpost::bench {

struct Endpoint {
    bool tls = false;
    std::string host;       // a name or an address, without brackets
    std::string authority;  // the Host field
    sockaddr_storage address{};
    socklen_t address_size = 0;
};

// By connecting once. A Problem when nobody takes the connection.
Outcome<Endpoint> reach(const Uri& uri, Milliseconds timeout, const Cancellation& cancellation);

}  // namespace outpost::bench
