// What an earlier outpost fill has done: a file of URLs, one a line, to which lines are only ever appended.
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <unordered_set>

#include "base/file.hpp"
#include "base/result.hpp"

namespace outpost::server {

class FillState {
  public:
    // Made when it isn't there. A last line without its end was cut short, and is taken away.
    static Outcome<FillState> open(const std::string& path);

    [[nodiscard]] bool has(const std::string& url) const { return done_.contains(url); }
    Outcome<void> add(const std::string& url);

  private:
    std::string path_;
    Fd file_;
    std::unordered_set<std::string> done_;
};

}  // namespace outpost::server
