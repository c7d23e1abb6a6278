#include "cdn/origin/connect.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>

#include "base/units.hpp"

namespace outpost::cdn::origin {
namespace {

constexpr Milliseconds head_start{300};

struct Race {
    explicit Race(Executor executor) : news{executor} {}
    std::vector<std::unique_ptr<Socket>> runners;
    std::optional<std::size_t> winner;
    std::size_t failed = 0;
    Timer news;  // cancelled when there is some
};

void start_next(const std::shared_ptr<Race>& race, const Endpoint& address) {
    const std::size_t number = race->runners.size();
    race->runners.push_back(std::make_unique<Socket>(race->news.get_executor()));
    race->runners.back()->async_connect(address, [race, number](boost::system::error_code error) {
        if (error) {
            ++race->failed;
        } else if (!race->winner) {
            race->winner = number;
        }
        race->news.cancel();
    });
}

// Until there is news.
Task<void> wait_for_news(const std::shared_ptr<Race>& race, SteadyTime until) {
    boost::system::error_code told;  // being cancelled is how it is told
    race->news.expires_at(until);
    co_await race->news.async_wait(asio::redirect_error(use_task, told));
}

}  // namespace

Task<Result<Socket>> connect(Executor executor, std::vector<Endpoint> addresses, SteadyTime deadline,
                             std::shared_ptr<TaskGroup> group) {
    const auto race = std::make_shared<Race>(executor);
    const TaskGroup::Notice notice = group->at_end([race] { race->news.cancel(); });
    SteadyTime next_start{};
    std::size_t seen_failed = 0;
    Result<Socket> result = Errc::origin_connect_timeout;
    while (true) {
        const SteadyTime now = steady_now();
        if (group->ended()) {
            result = Errc::origin_reset;
            break;
        }
        if (race->winner) {
            result = std::move(*race->runners[*race->winner]);
            break;
        }
        const std::size_t begun = race->runners.size();
        if (begun == addresses.size() && race->failed == begun) {
            result = Errc::origin_unreachable;
            break;
        }
        if (now >= deadline) break;
        const bool one_failed = race->failed > std::exchange(seen_failed, race->failed);
        if (begun < addresses.size() && (one_failed || now >= next_start)) {
            start_next(race, addresses[begun]);
            next_start = now + head_start;
        }
        const bool last = race->runners.size() == addresses.size();
        co_await wait_for_news(race, last ? deadline : std::min(deadline, next_start));
    }
    // The others are called off; their handlers hold the race until they have run.
    boost::system::error_code ignored;
    for (const auto& runner : race->runners) runner->close(ignored);
    if (result) {
        result->native_non_blocking(true, ignored);
        result->set_option(asio::ip::tcp::no_delay{true}, ignored);
    }
    co_return std::move(result);
}

}  // namespace outpost::cdn::origin
