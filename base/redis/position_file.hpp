// A small file that holds how far a stream in Redis has been dealt with, so that who was down or killed goes
// on where it stood. A position means something for one stream of one Redis only, so the file names both.
// Thread rule: one thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/redis/connection.hpp"
#include "base/redis/stream_position.hpp"

namespace outpost::redis {

class PositionFile {
  public:
    // Its directory exists. An empty path: nothing is ever kept. `entries` is what people call that which the
    // stream holds ("purges").
    PositionFile(std::filesystem::path path, const RedisAddress& address, std::string stream,
                 std::string entries);

    // What was kept last; nothing when there is no file. One that is broken or of another stream is nothing
    // too, and logged.
    std::optional<StreamId> load();
    // Keeps a position, if it is another than the last. A failure is logged once until it works again.
    void save(const std::optional<StreamId>& position);
    // The same, at most once a second: for callers with something to keep at every entry.
    void save_now_and_then(const std::optional<StreamId>& position, SteadyTime now);

  private:
    [[nodiscard]] std::string text_of(const std::string& position) const;
    [[nodiscard]] std::optional<StreamId> position_in(const std::string& text) const;

    const std::filesystem::path path_;
    const std::string address_, stream_, entries_;
    std::optional<StreamId> saved_;
    std::optional<SteadyTime> tried_at_;
    bool failed_ = false;
};

}  // namespace outpost::redis
