#include "bench/commands/progress.hpp"

#include <algorithm>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "bench/report/figures.hpp"

namespace outpost::bench {
namespace {

constexpr std::chrono::seconds between_lines{10};

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

std::size_t columns(std::FILE* out) {
    winsize size{};
    return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 120;
}

// To so many characters, not bytes: "µs" is three of the latter.
std::string cut(const std::string& line, std::size_t most) {
    std::size_t characters = 0, at = 0;
    for (; at < line.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(line[at]) & 0xC0) != 0x80;
        if (begins && characters++ == most) break;
    }
    return line.substr(0, at);
}

}  // namespace

std::string progress_line(std::string_view what, const LoadProgress& progress) {
    std::string line =
        fmt::format("{}  {}/{}  {}", what, shown_clock(seconds(progress.at)),
                    shown_clock(seconds(progress.of)), plural(progress.clients, "client", "clients"));
    if (progress.playing + progress.stalled > 0) {
        line += fmt::format(", {} playing", shown_count(progress.playing));
        if (progress.stalled > 0) line += fmt::format(", {} stalled", shown_count(progress.stalled));
    }
    line += fmt::format("  {}", shown_rate(progress.megabits * 1e6));
    if (progress.p99.count() > 0) line += fmt::format("  p99 {}", shown_time(progress.p99));
    if (progress.stalls > 0) line += fmt::format("  {}", plural(progress.stalls, "stall", "stalls"));
    return line + fmt::format("  {}, {} failed", plural(progress.requests, "request", "requests"),
                              shown_count(progress.failures));
}

LoadProgress together(const LoadProgress& one, const LoadProgress& other) {
    LoadProgress both = one;
    both.at = std::max(one.at, other.at);
    both.of = std::max(one.of, other.of);
    both.clients += other.clients;
    both.playing += other.playing;
    both.stalled += other.stalled;
    both.stalls += other.stalls;
    both.requests += other.requests;
    both.failures += other.failures;
    both.megabits += other.megabits;
    both.p99 = std::max(one.p99, other.p99);
    return both;
}

ProgressLine::ProgressLine(std::FILE* out) : out_{out}, terminal_{::isatty(::fileno(out)) == 1} {}

void ProgressLine::begin(std::string what) { what_ = std::move(what); }

void ProgressLine::show(const LoadProgress& progress, SteadyTime now) {
    const std::string line = progress_line(what_, progress);
    if (terminal_) {
        fmt::print(out_, "\r\x1b[K{}", cut(line, columns(out_) - 1));
        shown_ = true;
    } else {
        if (next_ == SteadyTime{}) next_ = now + between_lines;
        if (now < next_) return;
        next_ = now + between_lines;
        fmt::print(out_, "{}\n", line);
    }
    std::fflush(out_);
}

void ProgressLine::clear() {
    if (!shown_) return;
    fmt::print(out_, "\r\x1b[K");
    std::fflush(out_);
    shown_ = false;
}

void ProgressLine::say(const std::string& text) {
    clear();
    fmt::print(out_, "{}\n", text);
    std::fflush(out_);
}

}  // namespace outpost::bench
