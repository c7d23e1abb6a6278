#include "base/redis/position_file.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/log.hpp"

namespace outpost::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto save_interval = 1s;
constexpr Bytes most_text{4096};

}  // namespace

PositionFile::PositionFile(std::filesystem::path path, const RedisAddress& address, std::string stream,
                           std::string entries)
    : path_{std::move(path)},
      address_{address.text()},
      stream_{std::move(stream)},
      entries_{std::move(entries)} {}

std::string PositionFile::text_of(const std::string& position) const {
    return fmt::format("outpost stream position 1\n{}\n{}\n{}\n", address_, stream_, position);
}

std::optional<StreamId> PositionFile::position_in(const std::string& text) const {
    if (text.size() < 2 || text.back() != '\n') return std::nullopt;
    const auto end = text.find_last_of('\n', text.size() - 2);
    if (end == std::string::npos) return std::nullopt;
    const auto position = parse_stream_id(std::string_view{text}.substr(end + 1, text.size() - end - 2));
    return position && text == text_of(to_text(*position)) ? position : std::nullopt;
}

std::optional<StreamId> PositionFile::load() {
    if (!std::filesystem::exists(path_)) return std::nullopt;  // the first start
    const auto text = read_file(path_, most_text);
    if (!text) {
        log::warning("{}", text.error().line());
        return std::nullopt;
    }
    saved_ = position_in(*text);
    if (!saved_) log::warning("{}: no position in stream {} of {}", path_.string(), stream_, address_);
    return saved_;
}

void PositionFile::save_now_and_then(const std::optional<StreamId>& position, SteadyTime now) {
    if (tried_at_ && now - *tried_at_ < save_interval) return;
    if (!position || position == saved_) return;
    tried_at_ = now;
    save(position);
}

void PositionFile::save(const std::optional<StreamId>& position) {
    if (path_.empty() || !position || position == saved_) return;
    const auto written = write_file_atomically(path_, text_of(to_text(*position)));
    if (written) {
        saved_ = position;
        failed_ = false;
    } else if (!std::exchange(failed_, true)) {
        log::warning("{}; {} since {} are applied again at the next start", written.error().line(), entries_,
                     saved_ ? to_text(*saved_) : "the beginning");
    }
}

}  // namespace outpost::redis
