#include "server/rates.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "cdn/origin/measures.hpp"
#include "server/measures.hpp"

namespace outpost::server {

Rates::Rates(Loop& loop) { asio::co_spawn(loop, sample(loop), asio::detached); }

Task<void> Rates::sample(Loop& loop) {
    Timer timer{loop};
    while (true) {
        {
            const std::lock_guard lock{mutex_};
            samples_[next_] = {steady_now(),
                               measures::body_bytes_plain.value() + measures::body_bytes_tls.value(),
                               cdn::origin::measures::body_bytes.value()};
            next_ = (next_ + 1) % samples_.size();
            count_ = std::min(count_ + 1, samples_.size());
        }
        timer.expires_after(Seconds{1});
        co_await timer.async_wait(use_task);
    }
}

Rates::Now Rates::now() const {
    const std::lock_guard lock{mutex_};
    if (count_ < 2) return {};
    const Sample& latest = samples_[(next_ + samples_.size() - 1) % samples_.size()];
    const Sample& oldest = samples_[(next_ + samples_.size() - count_) % samples_.size()];
    const double seconds = std::chrono::duration<double>(latest.at - oldest.at).count();
    const auto rate = [seconds](std::uint64_t bytes) {
        return BitRate{static_cast<std::uint64_t>(static_cast<double>(bytes) * 8 / seconds)};
    };
    return {rate(latest.out - oldest.out), rate(latest.in - oldest.in)};
}

}  // namespace outpost::server
