// ^C and SIGTERM as a wish to stop that a command's waits hear. Thread rule: one lives at a time.
#pragma once

#include <csignal>

#include "base/process.hpp"

namespace outpost {

class SignalsCancel {
  public:
    explicit SignalsCancel(Cancellation& cancellation);
    SignalsCancel(const SignalsCancel&) = delete;
    SignalsCancel& operator=(const SignalsCancel&) = delete;
    ~SignalsCancel();

  private:
    struct sigaction interrupt_before_ {
    }, terminate_before_{};
};

}  // namespace outpost
