// A TCP connection to whichever of several addresses answers first (RFC 8305 in small): each is begun when
// the one before has failed or was silent for a while. Thread rule: the loop's thread.
#pragma once

#include <memory>
#include <vector>

#include "base/async_group.hpp"
#include "cdn/origin/stream.hpp"

namespace outpost::cdn::origin {

// Non-blocking, without Nagle's delay. Errc::origin_unreachable (all refused), origin_connect_timeout,
// origin_reset (the group has ended).
Task<Result<Socket>> connect(Executor executor, std::vector<Endpoint> addresses, SteadyTime deadline,
                             std::shared_ptr<TaskGroup> group);

}  // namespace outpost::cdn::origin
