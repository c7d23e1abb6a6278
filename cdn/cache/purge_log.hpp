// What has been purged lately, so that what was asked for before a purge and arrives after it is not kept.
// A purge counts up the generation; whoever asks an origin or reads an index notes the generation before, and
// asks covers() when the answer is there. Bounded: what has left the log counts as covering everything.
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace outpost::cdn {

// What a purge names. Texts of keys are as policy::cache_key() writes them.
struct PurgeScope {
    enum class Kind { key, prefix, tag, all };
    Kind kind = Kind::all;
    std::string value;

    [[nodiscard]] bool covers(std::string_view key, std::span<const std::string> tags) const;
};

class PurgeLog {
  public:
    explicit PurgeLog(std::size_t most = 4096) : most_{most} {}
    void add(PurgeScope scope);
    [[nodiscard]] std::uint64_t generation() const;
    [[nodiscard]] bool covers(std::uint64_t since, std::string_view key,
                              std::span<const std::string> tags) const;

  private:
    mutable std::mutex mutex_;
    std::deque<PurgeScope> scopes_;  // the latest
    std::uint64_t generation_ = 0;
    std::size_t most_;
};

}  // namespace outpost::cdn
