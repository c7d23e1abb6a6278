#include "base/signals_cancel.hpp"

namespace outpost {
namespace {
Cancellation* cancellation_of_signals = nullptr;
}

SignalsCancel::SignalsCancel(Cancellation& cancellation) {
    cancellation_of_signals = &cancellation;
    struct sigaction action {};
    action.sa_handler = [](int signal) { cancellation_of_signals->request(signal); };
    ::sigaction(SIGINT, &action, &interrupt_before_);
    ::sigaction(SIGTERM, &action, &terminate_before_);
}

SignalsCancel::~SignalsCancel() {
    ::sigaction(SIGINT, &interrupt_before_, nullptr);
    ::sigaction(SIGTERM, &terminate_before_, nullptr);
}

}  // namespace outpost
