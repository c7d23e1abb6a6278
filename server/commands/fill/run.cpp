#include "server/commands/fill/run.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "base/document.hpp"
#include "base/text.hpp"
#include "media/import/meter.hpp"
#include "server/commands/api_client.hpp"

namespace outpost::server {
namespace {

constexpr std::size_t most_manifest = 16 << 20;
constexpr int most_refusals = 3;  // 503 with Retry-After
constexpr Milliseconds refusal_pause{1'000};
constexpr Milliseconds between_frames{200}, between_lines{5'000};
constexpr Milliseconds looks_at_clock{1'000};
constexpr auto not_kept = "answered 200, and is not kept";

void say(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

bool takes_all(std::string_view) { return true; }

std::string reason_of(const EdgeAnswer& answer) {
    std::string why = std::to_string(answer.status);
    if (!answer.location.empty()) why += " to " + printable(answer.location.substr(0, 512));
    return why;
}

}  // namespace

// What the threads of one run share.
struct FillRun::Work {
    explicit Work(const std::vector<Uri>& all) : urls{all} {}
    const std::vector<Uri>& urls;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;  // by the clock
    std::size_t at_work = 0;
    FillResult result;
    std::vector<std::pair<std::size_t, FillMissing>> missing;
    SteadyTime began, shown;
    std::uint64_t shown_bytes = 0;
};

FillRun::FillRun(FillOptions options, FillState* state, Cancellation& cancellation)
    : options_{std::move(options)},
      state_{state},
      cancellation_{cancellation},
      pace_{options_.max_rate},
      terminal_{::isatty(STDERR_FILENO) == 1} {}

EdgeAsk FillRun::ask_for(const Uri& uri) const {
    return {"GET", options_.host.empty() ? uri.authority() : options_.host, uri.target(), false};
}

void FillRun::sleep_until(SteadyTime time) const { wait_for_socket(-1, 0, time, cancellation_); }

bool FillRun::take(std::string_view piece) {
    bytes_ += piece.size();
    const SteadyTime now = steady_now();
    const SteadyTime go_on = pace_.took(piece.size(), now);
    if (go_on > now) sleep_until(go_on);
    return !cancellation_.requested();
}

void FillRun::wait_until_open() {
    bool said = false;
    while (options_.between && !cancellation_.requested()) {
        if (until_open(*options_.between, local_time_of_day(wall_now())) == Seconds{0}) return;
        if (!said) say(fmt::format("waiting until {}\n", clock_of_day(options_.between->from)));
        said = true;
        sleep_until(steady_now() + looks_at_clock);
    }
}

Outcome<std::string> FillRun::read_manifest(const Uri& at) {
    wait_until_open();
    EdgeConnection connection{options_.edge, cancellation_};
    EdgeAsk ask = ask_for(at);
    ask.only_if_cached = options_.only_check;
    std::string text;
    const auto answer = connection.ask(ask, [&](std::string_view piece) {
        text += piece;
        return take(piece) && text.size() <= most_manifest;
    });
    if (!answer) return answer.error();
    if (answer->status == 504 && options_.only_check) return Problem{"", "is not there", ""};
    if (answer->status != 200) return Problem{"", reason_of(*answer), ""};
    if (answer->coding.empty()) return text;
    auto plain = iequals(answer->coding, "gzip") ? gzip_expanded(text, most_manifest) : std::nullopt;
    if (!plain) return Problem{"", "is encoded in a way that can't be read", ""};
    return std::move(*plain);
}

FillRun::Verdict FillRun::look_at(EdgeConnection& connection, const Uri& uri) {
    const std::string url = to_text(uri);
    if (state_ != nullptr && !options_.only_check && state_->has(url)) return {Verdict::Kind::there, ""};
    EdgeAsk ask = ask_for(uri);
    ask.method = "HEAD";
    ask.only_if_cached = true;
    const auto answer = connection.ask(ask, takes_all);
    if (cancellation_.requested()) return {Verdict::Kind::called_off, ""};
    if (!answer) return {Verdict::Kind::missing, answer.error().what};
    if (answer->status == 200) return {Verdict::Kind::there, ""};
    if (options_.only_check)
        return {Verdict::Kind::missing, answer->status == 504 ? "is not there" : reason_of(*answer)};
    Verdict verdict = fetch(connection, uri);
    if (verdict.kind != Verdict::Kind::fetched) return verdict;
    const auto kept = connection.ask(ask, takes_all);
    if (cancellation_.requested()) return {Verdict::Kind::called_off, ""};
    if (!kept) return {Verdict::Kind::missing, kept.error().what};
    if (kept->status != 200) return {Verdict::Kind::missing, not_kept};
    return verdict;
}

FillRun::Verdict FillRun::fetch(EdgeConnection& connection, const Uri& uri) {
    const EdgeAsk ask = ask_for(uri);
    const auto took = [this](std::string_view piece) { return take(piece); };
    for (int refusals = 0;; ++refusals) {
        const auto answer = connection.ask(ask, took);
        if (cancellation_.requested()) return {Verdict::Kind::called_off, ""};
        if (!answer) return {Verdict::Kind::missing, answer.error().what};
        if (answer->status == 200) return {Verdict::Kind::fetched, ""};
        if (answer->status != 503 || refusals >= most_refusals)
            return {Verdict::Kind::missing, reason_of(*answer)};
        sleep_until(steady_now() + refusal_pause);
    }
}

void FillRun::work(Work& work) {
    EdgeConnection connection{options_.edge, cancellation_};
    while (true) {
        {
            std::unique_lock lock{work.mutex};
            work.changed.wait(lock, [&] { return work.open || cancellation_.requested(); });
        }
        if (cancellation_.requested()) return;
        const std::size_t place = work.next++;
        if (place >= work.urls.size()) return;
        const Verdict verdict = look_at(connection, work.urls[place]);
        if (verdict.kind == Verdict::Kind::called_off) return;
        note(work, place, verdict);
    }
}

void FillRun::note(Work& work, std::size_t place, const Verdict& verdict) {
    const std::lock_guard lock{work.mutex};
    const std::string url = to_text(work.urls[place]);
    if (verdict.kind == Verdict::Kind::missing) {
        work.missing.push_back({place, {url, verdict.why}});
        return;
    }
    ++(verdict.kind == Verdict::Kind::there ? work.result.there : work.result.fetched);
    if (state_ == nullptr || options_.only_check) return;
    const auto added = state_->add(url);
    if (added || work.result.problem) return;
    work.result.problem = added.error();
    cancellation_.request(1);
}

void FillRun::show(Work& work, bool now) {
    const SteadyTime time = steady_now();
    const auto passed = std::chrono::duration<double>(time - work.shown);
    if (!now && passed < (terminal_ ? between_frames : between_lines)) return;
    const std::uint64_t bytes = bytes_;
    const std::size_t done = work.result.ready() + work.missing.size();
    std::string line =
        fmt::format("{}/{}  {:.1f} MB", done, work.urls.size(), static_cast<double>(bytes) / 1e6);
    if (!work.open) {
        line += "  waiting until " + clock_of_day(options_.between->from);
    } else if (passed.count() > 0) {
        const double rate = static_cast<double>(bytes - work.shown_bytes) * 8 / passed.count();
        line += fmt::format("  {:.1f} Mbps", rate / 1e6);
        const auto left = media::time_left(static_cast<double>(done), static_cast<double>(work.urls.size()),
                                           time - work.began);
        if (left) line += "  " + media::clock_text(*left) + " left";
    }
    work.shown = time;
    work.shown_bytes = bytes;
    say(terminal_ ? "\r" + line + "\x1b[K" : line + "\n");
    drawn_ = terminal_;
}

FillResult FillRun::run(const std::vector<Uri>& urls) {
    Work shared{urls};
    shared.result.total = urls.size();
    shared.began = shared.shown = steady_now();
    shared.at_work = std::min(options_.parallel, std::max<std::size_t>(urls.size(), 1));
    const auto is_open = [this] {
        return !options_.between ||
               until_open(*options_.between, local_time_of_day(wall_now())) == Seconds{0};
    };
    shared.open = is_open();
    std::vector<std::thread> threads;
    for (std::size_t i = shared.at_work; i > 0; --i) {
        threads.emplace_back([this, &shared] {
            work(shared);
            const std::lock_guard lock{shared.mutex};
            --shared.at_work;
            shared.changed.notify_all();
        });
    }
    {
        std::unique_lock lock{shared.mutex};
        if (!shared.open) show(shared, true);
        while (shared.at_work > 0) {
            shared.changed.wait_for(lock, between_frames);
            const bool open = is_open(), turned = open != shared.open;
            shared.open = open;
            if (turned || cancellation_.requested()) shared.changed.notify_all();
            if (shared.at_work > 0) show(shared, turned);
        }
    }
    for (std::thread& thread : threads) thread.join();
    if (drawn_) say("\r\x1b[K");
    std::sort(shared.missing.begin(), shared.missing.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, missing] : shared.missing) shared.result.missing.push_back(std::move(missing));
    shared.result.bytes = bytes_;
    return std::move(shared.result);
}

}  // namespace outpost::server
