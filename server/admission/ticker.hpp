// A thread that does one thing at regular intervals, for what may wait for a disk or for Redis. Thread rule:
// `work` is called from that thread alone, the first time after one interval; stop() belongs to the owner,
// outside of `work`.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/units.hpp"

namespace outpost::server {

class Ticker {
  public:
    Ticker(Milliseconds interval, std::function<void()> work);
    ~Ticker() { stop(); }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    // Waits for a call under way; there is none after it. Once is enough; more do no harm.
    void stop();

  private:
    void run();

    const Milliseconds interval_;
    const std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace outpost::server
