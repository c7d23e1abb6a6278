// Plain TCP for threads that may wait: commands, and the edge's conversation with Redis. Every wait has an
// end and can be called off. Thread rule: pure functions; a socket belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost {

// A connected socket that does not block, without Nagle's delay. Each address that `host` (a name, an IPv4
// address, or an IPv6 one without brackets) stands for is tried in turn, all within `timeout`. Looking up a
// name takes as long as the system's resolver does, beside the timeout and not called off; addresses take no
// lookup. The Problem has no `where`: the caller knows whom it called.
Outcome<Fd> dial(const std::string& host, std::uint16_t port, Milliseconds timeout,
                 const Cancellation& cancellation);

enum class Waited { ready, timed_out, cancelled };

// Until `fd` has one of `events` (poll(2)), an error or its end; cancelled comes before ready.
Waited wait_for_socket(int fd, short events, SteadyTime deadline, const Cancellation& cancellation);

// Sends all of `bytes`, or says why not. Never raises SIGPIPE.
Outcome<void> send_all(int fd, std::string_view bytes, SteadyTime deadline, const Cancellation& cancellation);

// At most `buffer.size()` bytes of what has come, once something has; 0 is the other side's end.
Outcome<std::size_t> receive_some(int fd, std::span<char> buffer, SteadyTime deadline,
                                  const Cancellation& cancellation);

}  // namespace outpost
