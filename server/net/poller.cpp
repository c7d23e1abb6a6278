#include "server/net/poller.hpp"

#include <cerrno>
#include <system_error>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>

namespace outpost::server {
namespace {

// Rounds of events before the loop's timers and posts have their turn.
constexpr int most_rounds = 16;

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

// In Asio's hands for as long as somebody waits for it.
struct Borrowed {
    Descriptor descriptor;
    ~Borrowed() { static_cast<void>(descriptor.release()); }
};

Fd make_epoll() {
    Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    if (!epoll) throw std::system_error{errno, std::generic_category(), "epoll_create1"};
    return epoll;
}

}  // namespace

Readiness::Readiness(Poller& poller, int socket) : poller_{poller} { poller_.watch(socket, *this); }

Readiness::~Readiness() { poller_.forget(*this); }

bool Readiness::is_over() const {
    switch (waits_) {
        case Waits::to_read: return readable();
        case Waits::to_write: return writable_ || hung_up_;
        case Waits::nothing: break;
    }
    return false;
}

void Readiness::note(std::uint32_t events) {
    if ((events & EPOLLIN) != 0) readable_ = true;
    if ((events & EPOLLOUT) != 0) writable_ = true;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hung_up_ = true;
    if (waiting_ && is_over()) resume(true);
}

// The coroutine goes on inside of this call, and may end with all that it owns, this too.
void Readiness::resume(bool ready) {
    Handler handler = std::move(*waiting_);
    waiting_.reset();
    waits_ = Waits::nothing;
    handler(ready);
}

Task<bool> Readiness::wait(Waits what) {
    waits_ = what;
    if (is_over()) {
        waits_ = Waits::nothing;
        co_return true;
    }
    auto token = use_task;
    const bool ready = co_await asio::async_initiate<asio::use_awaitable_t<Executor>, void(bool)>(
        [this](Handler handler) { waiting_.emplace(std::move(handler)); }, token);
    co_return ready;
}

Task<bool> Readiness::wait_readable() { return wait(Waits::to_read); }
Task<bool> Readiness::wait_writable() { return wait(Waits::to_write); }

// Not from inside of the call: whoever cancels may be walking through a list of those who wait.
void Readiness::cancel() {
    if (!waiting_) return;
    Handler handler = std::move(*waiting_);
    waiting_.reset();
    waits_ = Waits::nothing;
    asio::post(poller_.loop_, [handler = std::move(handler)]() mutable { handler(false); });
}

Poller::Poller(Loop& loop) : loop_{loop}, epoll_{make_epoll()} {}

void Poller::watch(int socket, Readiness& readiness) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &readiness;
    // Refused when the kernel has no memory or the user too many watches: the connection then ends at once.
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) != 0) readiness.hung_up_ = true;
}

// Closing the socket takes it out of the epoll; what has been fetched of it already must not be served.
void Poller::forget(const Readiness& readiness) {
    for (std::size_t i = next_; i < count_; ++i) {
        if (events_[i].data.ptr == &readiness) events_[i].data.ptr = nullptr;
    }
}

// True when there may be more at once.
bool Poller::serve_some() {
    const int got = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), 0);
    count_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    for (next_ = 0; next_ < count_;) {
        const epoll_event event = events_[next_++];
        if (auto* readiness = static_cast<Readiness*>(event.data.ptr)) readiness->note(event.events);
    }
    // One alone is a quiet moment: to look again would only find nothing.
    const bool more = count_ > 1;
    next_ = count_ = 0;
    return more;
}

Task<void> Poller::run() {
    boost::system::error_code error;
    Borrowed epoll{Descriptor{loop_, epoll_.get()}};
    while (!error) {
        for (int i = 0; i < most_rounds && serve_some(); ++i) {
        }
        co_await epoll.descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                             asio::redirect_error(use_task, error));
    }
}

}  // namespace outpost::server
