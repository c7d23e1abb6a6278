// The limits that hold for connections and bodies, as plain values; server/node fills them from the settings.
#pragma once

#include "base/http/head.hpp"
#include "base/units.hpp"

namespace outpost::server {

struct Limits {
    std::size_t connections = 100'000;
    std::size_t connections_per_address = 10'000;
    http::HeadLimits head;
    Milliseconds head_time{10'000};   // from a request's first byte to its head's last
    Milliseconds first_byte{10'000};  // from accept to the first request's first byte
    Milliseconds idle{60'000};        // between requests
    Bytes request_body{64 << 10};
    BitRate send_rate_min{64'000};    // over all the time in which a connection's bodies were being sent
    Milliseconds send_grace{20'000};  // before that rate is asked for
    Milliseconds send_stall{60'000};  // without any progress inside a body
    Bytes turn{1 << 20};              // most bytes of one body before the loop serves others
};

}  // namespace outpost::server
