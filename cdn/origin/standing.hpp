// What is known of one origin from how it behaved: whether it may be asked, its figures, its last error.
// Thread rule: any thread; each call takes a lock for a moment.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <boost/system/error_code.hpp>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cdn/origin/pool.hpp"
#include "cdn/policy/breaker.hpp"

namespace outpost::cdn::origin {

class Standing : public std::enable_shared_from_this<Standing> {
  public:
    // `name` is the origin's, for the log.
    Standing(std::string name, policy::BreakerRules rules) : name_{std::move(name)}, breaker_{rules} {}

    [[nodiscard]] bool may_try(SteadyTime now) const;
    [[nodiscard]] double share(SteadyTime now) const;

    // A call under way. Its end says what it tells of the origin; without a word it tells nothing.
    class Trial {
      public:
        explicit Trial(std::shared_ptr<Standing> of);
        Trial(Trial&& other) noexcept = default;
        Trial& operator=(Trial&&) = delete;
        ~Trial();
        // A head has arrived that is no failure: enough for a probe.
        void answered();
        void succeed();
        void fail(const boost::system::error_code& error);
        void fail_with_status(int status);

      private:
        void fail(std::string what);
        std::shared_ptr<Standing> of_;  // null once all is said
        bool probe_ = false;
    };

    void note_first_byte(Milliseconds after);
    void note_bytes(std::uint64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
    void note_check(bool healthy, const std::string& what);

    void show(OriginStatus& status, SteadyTime now) const;

  private:
    void note_ejections(std::uint64_t before);

    std::string name_;
    mutable std::mutex mutex_;
    policy::Breaker breaker_;
    std::uint64_t requests_ = 0, failures_ = 0;
    std::atomic<std::uint64_t> bytes_{0};
    std::string last_error_;
    WallTime last_failure_;
    static constexpr std::size_t kept_times = 256;
    std::array<std::uint32_t, kept_times> first_bytes_{};  // milliseconds, the latest
    std::uint64_t first_byte_count_ = 0;
};

}  // namespace outpost::cdn::origin
