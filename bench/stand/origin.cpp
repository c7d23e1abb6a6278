#include "bench/stand/origin.hpp"

#include <csignal>
#include <fstream>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace outpost::bench {
namespace {

constexpr Milliseconds patience{20'000};

}  // namespace

Outcome<std::unique_ptr<Origin>> Origin::start(const Site& site, int core, const Cancellation& cancellation) {
    auto recipe = nginx_recipe(site, "origin", nginx_origin_configuration(site));
    if (!recipe) return recipe.error();
    if (auto wrote = write_file_atomically(recipe->file, recipe->configuration); !wrote) return wrote.error();
    ChildPlan plan;
    plan.words = recipe->words;
    plan.core = core;
    plan.output = site.folder / "origin.output";
    std::unique_ptr<Origin> origin{new Origin{site, std::move(plan)}};
    if (auto ran = origin->run(cancellation); !ran) return ran.error();
    return origin;
}

Origin::~Origin() {
    return_ = {};  // stopped and joined before what it uses goes
}

Outcome<void> Origin::run(const Cancellation& cancellation) {
    auto child = Child::start(plan_);
    if (!child) return child.error();
    child_ = std::move(*child);
    return wait_for_port(child_, site_.origin_port, patience, cancellation);
}

void Origin::die(Milliseconds lasts) {
    return_ = {};
    {
        const std::lock_guard lock{mutex_};
        child_.signal(SIGKILL);
        child_.ends_within(patience);
        wait_until_refused(site_.origin_port, patience);
    }
    come_back_after(lasts);
}

void Origin::stall(Milliseconds lasts) {
    return_ = {};
    {
        const std::lock_guard lock{mutex_};
        child_.signal(SIGSTOP);
    }
    come_back_after(lasts);
}

Outcome<void> Origin::come_back() {
    const std::lock_guard lock{mutex_};
    if (child_.pid() > 0) {
        child_.signal(SIGCONT);
        return {};
    }
    return run(Cancellation{});
}

void Origin::come_back_after(Milliseconds lasts) {
    if (lasts == Milliseconds{0}) return;
    return_ = std::jthread{[this, until = steady_now() + lasts](const std::stop_token& stopped) {
        {
            std::mutex own;
            std::unique_lock lock{own};
            nothing_.wait_until(lock, stopped, until, [] { return false; });
        }
        if (stopped.stop_requested()) return;
        if (const auto back = come_back(); !back) log::error("the origin: {}", back.error().line());
    }};
}

std::uint64_t Origin::bytes_sent() const {
    const std::lock_guard lock{mutex_};
    std::ifstream log{site_.folder / "origin.access", std::ios::binary};
    log.seekg(static_cast<std::streamoff>(read_));
    std::string line;
    while (std::getline(log, line) && !log.eof()) {  // at the end of the file it is not whole yet
        read_ += line.size() + 1;
        sum_ += parse_unsigned(std::string_view{line}.substr(0, line.find(' '))).value_or(0);
    }
    return sum_;
}

}  // namespace outpost::bench
