// How a load goes, while it does: one line that is written over on a terminal, elsewhere one now and then.
// Thread rule: one thread.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "bench/load/load.hpp"

namespace outpost::bench {

// "county  0:12/3:00  205 clients, 203 playing, 2 stalled  5.12 Gb/s  p99 12.3 ms  3 stalls  0 failed"
std::string progress_line(std::string_view what, const LoadProgress& progress);
// Several processes' as one; their p99 is the worst of them.
LoadProgress together(const LoadProgress& one, const LoadProgress& other);

class ProgressLine {
  public:
    explicit ProgressLine(std::FILE* out);
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void begin(std::string what);  // what the next lines are about
    void show(const LoadProgress& progress, SteadyTime now);
    void clear();                       // takes the line off the terminal
    void say(const std::string& text);  // a line that stays

  private:
    std::FILE* out_;
    bool terminal_;
    bool shown_ = false;
    std::string what_;
    SteadyTime next_{};  // not a terminal: when the next line is due
};

}  // namespace outpost::bench
