// Running another program: arguments as a vector (never a shell), its outputs streamed to sinks, its
// complaints kept in a bounded tail, and an end to it when the caller cancels. A child runs in a process
// group of its own, so ^C in a terminal reaches us first and we decide. Thread rule: run_process() may run
// in any thread; Cancellation::request() may be called from any thread and from a signal handler.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost {

// A wish to stop that can be waited for: a flag and an eventfd.
class Cancellation {
  public:
    Cancellation();
    // Async-signal-safe. `reason` (a signal's number, say) is kept from the first call; it is not 0.
    void request(int reason) noexcept;
    [[nodiscard]] bool requested() const noexcept { return reason_.load() != 0; }
    [[nodiscard]] int reason() const noexcept { return reason_.load(); }
    [[nodiscard]] int event() const noexcept { return event_.get(); }  // readable once requested; -1 if none

  private:
    std::atomic<int> reason_{0};
    Fd event_;
};

// Takes what the child wrote, in order. Returning false ends the child: the sink knows why.
using OutputSink = std::function<bool(std::string_view bytes)>;

struct Command {
    std::vector<std::string> words;   // words[0] is looked up in PATH
    std::vector<OutputSink> outputs;  // outputs[0] reads its descriptor 1, outputs[k] its descriptor 2 + k
    OutputSink errors;                // descriptor 2, also while it runs; may be empty
    Bytes most_kept{16 << 10};        // how much of the end of descriptor 2 is kept
};

struct ProcessEnd {
    int exit_status = 0;  // 128 + signal when a signal ended it
    bool cancelled = false;
    bool stopped_by_sink = false;
    std::string complaint;  // the end of what it wrote to descriptor 2

    [[nodiscard]] bool succeeded() const { return exit_status == 0 && !cancelled && !stopped_by_sink; }
};

// Runs to the end. A Problem only when the program can't be started ("ffmpeg: not found").
Outcome<ProcessEnd> run_process(const Command& command, const Cancellation& cancellation);

// The same for short answers: standard output as a string of at most `most`.
struct Captured {
    ProcessEnd end;
    std::string output;
    bool too_long = false;
};
Outcome<Captured> capture_process(std::vector<std::string> words, Bytes most,
                                  const Cancellation& cancellation);

}  // namespace outpost
