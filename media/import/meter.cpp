#include "media/import/meter.hpp"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.hpp"

namespace outpost::media {
namespace {

constexpr Milliseconds between_frames{200}, between_lines{5000}, between_files{500};

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : 80;
}

void say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

std::optional<Seconds> time_left(double done, double total, std::chrono::duration<double> elapsed) {
    if (done <= 0 || total <= 0 || done / total < 0.01 || elapsed.count() < 1) return std::nullopt;
    const double left = elapsed.count() * std::max(0.0, total - done) / done;
    return left < 1e7 ? std::optional{Seconds{static_cast<std::int64_t>(left + 0.5)}} : std::nullopt;
}

std::string clock_text(Seconds time) {
    const std::int64_t all = time.count();
    if (all >= 3600) return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
    return fmt::format("{}:{:02}", all / 60, all % 60);
}

Meter::Meter(std::string id, std::string title, bool quiet)
    : quiet_{quiet}, terminal_{::isatty(STDERR_FILENO) == 1}, started_{steady_now()}, last_drawn_{started_} {
    progress_.id = std::move(id);
    progress_.title = std::move(title);
    progress_.pid = ::getpid();
}

Meter::~Meter() { stop(); }

void Meter::begin(const std::string& stage, double work) {
    progress_.stage = stage;
    stage_ = work;
    part_ = 0;
    show(false);
}

void Meter::at(double part) {
    part_ = std::clamp(part, part_, 1.0);
    show(false);
}

void Meter::end_stage() {
    done_ += stage_;
    stage_ = part_ = 0;
    show(false);
}

void Meter::stop() {
    if (drawn_) say("\r\x1b[K");
    drawn_ = false;
    if (!directory_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(directory_ / "progress.json", ignored);
    }
    directory_.clear();
    quiet_ = true;
}

void Meter::show(bool now) {
    const SteadyTime time = steady_now();
    const double done = done_ + stage_ * part_;
    const double percent = total_ > 0 ? std::clamp(100 * done / total_, 0.0, 100.0) : 0;
    const auto left = time_left(done, total_, time - started_);
    if (!quiet_ && (now || time - last_drawn_ >= (terminal_ ? between_frames : between_lines))) {
        last_drawn_ = time;
        draw(percent, left);
    }
    if (!directory_.empty() && (now || time - last_published_ >= between_files)) {
        last_published_ = time;
        publish(percent, left);
    }
}

void Meter::draw(double percent, std::optional<Seconds> left) {
    const std::string rest = left ? clock_text(*left) + " left" : "";
    if (!terminal_)
        return say(fmt::format("{}: {} {:.0f} % {}\n", progress_.id, progress_.stage, percent, rest));
    const std::string tail = fmt::format(" {:3.0f} %  {}", percent, rest);
    std::string stage = progress_.stage.substr(0, 24);
    const std::size_t room =
        terminal_width() - std::min(terminal_width() - 12, stage.size() + tail.size() + 4);
    const auto full = static_cast<std::size_t>(percent / 100 * static_cast<double>(room));
    say(fmt::format("\r{} [{}{}]{}\x1b[K", stage, std::string(full, '#'), std::string(room - full, '.'),
                    tail));
    drawn_ = true;
}

void Meter::publish(double percent, std::optional<Seconds> left) {
    progress_.percent = percent;
    progress_.seconds_left = left ? std::optional{left->count()} : std::nullopt;
    // A page that shows a stale figure is no reason to end an import.
    (void)write_file_atomically(directory_ / "progress.json", write_progress(progress_));
}

}  // namespace outpost::media
