// The other processes of a load: each runs the same scenario for its share of the clients, says on its
// standard output how it goes, and leaves its recording in a file. Thread rule: the main thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "bench/commands/shared.hpp"
#include "bench/load/load.hpp"

namespace outpost::bench {

class Shares {
  public:
    // Processes for the shares 1… of options.shares; this one keeps share 0.
    static Outcome<Shares> start(const Scenario& scenario, const LoadOptions& options,
                                 const Cancellation& cancellation);
    Shares(Shares&&) noexcept = default;
    Shares& operator=(Shares&&) = delete;
    ~Shares();  // what still runs is ended

    // This process's progress and, as far as they have told it, theirs.
    LoadProgress with(const LoadProgress& own);
    // Waits for their end (asks for it when cancelled), and adds what they saw.
    Outcome<void> merge_into(Recording& recording);

  private:
    struct Share {
        pid_t process = 0;
        Fd output;
        std::string unread;
        LoadProgress last;
        std::filesystem::path recording;
    };
    explicit Shares(const Cancellation& cancellation) : cancellation_{&cancellation} {}
    static void take(Share& share);  // what it has said so far
    Outcome<void> wait_for(Share& share, SteadyTime deadline);

    const Cancellation* cancellation_;
    Folder folder_;
    std::vector<Share> shares_;
};

// A line of a share's output, and back; nothing when it can't be one.
std::string told(const LoadProgress& progress);
std::optional<LoadProgress> understood(std::string_view line);

}  // namespace outpost::bench
