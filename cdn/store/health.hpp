// Whether a disk is in service: what errors do to it, when it is tried again, when it returns. Pure: time and
// the results of probes are arguments. Thread rule: a value; its owner locks.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::cdn {

enum class DiskState {
    good,    // reads and new fills
    full,    // reads; no new fills until the reserve of free space can be had
    failed,  // nothing, until a probe works again or, when the index is broken, until a restart
};
std::string_view to_text(DiskState state);

enum class DiskFault { none, full, failed, broken_index };
// What an error says of the disk that it came from. Out of descriptors, not found, truncated: nothing.
DiskFault disk_fault(const boost::system::error_code& error);

class DiskHealth {
  public:
    explicit DiskHealth(Milliseconds probe_every) : probe_every_{probe_every} {}

    [[nodiscard]] DiskState state() const { return state_; }
    [[nodiscard]] const std::string& reason() const { return reason_; }  // empty when good
    // Whether a state other than good is more than a moment's: the disk failed, or the reserve was not to be
    // had. What is not is not worth a line in the log.
    [[nodiscard]] bool lasting() const { return lasting_; }

    // True when this changed the state. A fault never makes the state better.
    bool fault(DiskFault kind, std::string reason, SteadyTime now);
    // When it shall be probed: a full disk at once, then every probe_every; a failed one after probe_every,
    // twice as long (up to 16 times) each time that it fails again soon after it came back.
    [[nodiscard]] std::optional<SteadyTime> next_probe() const { return next_probe_; }
    // True when this changed the state or made it lasting. `none` is a probe that worked.
    bool probed(DiskFault result, std::string reason, SteadyTime now);

  private:
    void fail(std::string reason, SteadyTime now);

    Milliseconds probe_every_;
    DiskState state_ = DiskState::good;
    std::string reason_;
    bool lasting_ = false;
    std::optional<SteadyTime> next_probe_;
    Milliseconds wait_{0};  // before the next probe of a failed disk
    std::optional<SteadyTime> returned_;
};

}  // namespace outpost::cdn
