// A question to the origins that is under way, and those who wait for its answer: however many ask for the
// same thing, one asks the origin. A flight belongs to no client. It lands once the answer's head is there;
// the body goes on arriving in the object.
// Thread rule: any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/async_wait.hpp"
#include "cdn/cache/object.hpp"
#include "cdn/cache/passage.hpp"

namespace outpost::cdn {

struct Landing {
    enum class Kind {
        stored,     // `object` answers all who waited and whom its Vary matches
        validated,  // the object that was asked about holds again, for all whom its Vary matches, or, with
                    // `only_first`, for the one who asked first
        passed,     // the answer is for the one who asked first: `passage`; the others ask for themselves,
                    // unless `error` says that the origin fails
        failed,     // `error`
        again,      // it was asked for ahead of everybody, and there is nothing to give: look again
    };
    Kind kind = Kind::failed;
    std::shared_ptr<Object> object;
    std::shared_ptr<Passage> passage;
    boost::system::error_code error;
    bool only_first = false;
};

class Flight {
  public:
    // `selecting` names the variant that is asked for, as far as it is known; `generation` is PurgeLog's.
    Flight(std::string selecting, std::uint64_t generation)
        : selecting_{std::move(selecting)}, generation_{generation} {}

    [[nodiscard]] const std::string& selecting() const { return selecting_; }
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

    void land(Landing landing);
    // Nothing when the deadline passes first, the client leaves, or too many wait already.
    Task<std::optional<Landing>> wait(SteadyTime deadline, std::size_t most_waiters, Presence* client);
    [[nodiscard]] std::size_t waiters() const;

  private:
    const std::string selecting_;
    const std::uint64_t generation_;
    mutable std::mutex mutex_;
    WaitList waiters_;
    std::optional<Landing> landing_;
};

}  // namespace outpost::cdn
