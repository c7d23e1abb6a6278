#include "cdn/cache/passage.hpp"

#include <boost/asio/this_coro.hpp>

namespace outpost::cdn {
namespace {

// An origin that is slower than its own limits has failed before.
constexpr Milliseconds longest_wait{600'000};

class PassageBody final : public BodySource {
  public:
    PassageBody(std::shared_ptr<Passage> passage, Presence* client)
        : passage_{std::move(passage)}, client_{client} {}
    ~PassageBody() override { passage_->leave(); }

    Result<BodyStep> poll() override {
        Passage::Step step = passage_->take();
        switch (step.state) {
            case Passage::Step::State::piece: {
                const std::string_view bytes = *step.piece;
                return BodyStep{MemoryWindow{std::move(step.piece), bytes}};
            }
            case Passage::Step::State::nothing_yet: return BodyStep{};
            case Passage::Step::State::end: return BodyStep{MemoryWindow{}};
            case Passage::Step::State::failed: break;
        }
        return step.error;
    }
    Task<void> wait() override { return passage_->wait(steady_now() + longest_wait, client_); }

  private:
    std::shared_ptr<Passage> passage_;
    Presence* client_;
};

}  // namespace

void Passage::begin(Head head) {
    const std::lock_guard lock{mutex_};
    head_ = std::move(head);
    ++version_;
    waiters_.wake_all();
}

Task<bool> Passage::write(std::string piece, SteadyTime deadline) {
    while (true) {
        std::uint64_t seen = 0;
        {
            const std::lock_guard lock{mutex_};
            if (left_) co_return false;
            if (held_ < room) {
                held_ += piece.size();
                pieces_.push_back(std::make_shared<const std::string>(std::move(piece)));
                ++version_;
                waiters_.wake_all();
                co_return true;
            }
            seen = version_;
        }
        const Woken why = co_await wait_for_change(deadline, seen, nullptr);
        if (why == Woken::too_late) co_return false;
    }
}

void Passage::end(boost::system::error_code why) {
    const std::lock_guard lock{mutex_};
    ended_ = true;
    error_ = why;
    ++version_;
    waiters_.wake_all();
}

Task<Result<Passage::Head>> Passage::head(SteadyTime deadline, Presence* client) {
    while (true) {
        std::uint64_t seen = 0;
        {
            const std::lock_guard lock{mutex_};
            if (head_) co_return *head_;
            if (ended_) co_return error_ ? error_ : make_error_code(Errc::origin_reset);
            seen = version_;
        }
        const Woken why = co_await wait_for_change(deadline, seen, client);
        if (why == Woken::too_late) co_return make_error_code(Errc::origin_timeout);
    }
}

Passage::Step Passage::take() {
    const std::lock_guard lock{mutex_};
    Step step;
    if (!pieces_.empty()) {
        step.state = Step::State::piece;
        step.piece = std::move(pieces_.front());
        pieces_.pop_front();
        held_ -= step.piece->size();
        ++version_;
        waiters_.wake_all();
    } else if (error_) {
        step.error = error_;
    } else {
        step.state = ended_ ? Step::State::end : Step::State::nothing_yet;
    }
    return step;
}

Task<void> Passage::wait(SteadyTime deadline, Presence* client) {
    std::uint64_t seen = 0;
    {
        const std::lock_guard lock{mutex_};
        if (!pieces_.empty() || ended_) co_return;
        seen = version_;
    }
    const Woken why = co_await wait_for_change(deadline, seen, client);
    const std::lock_guard lock{mutex_};
    if (pieces_.empty() && !ended_ && why == Woken::too_late) error_ = Errc::origin_timeout;
}

void Passage::leave() {
    const std::lock_guard lock{mutex_};
    left_ = true;
    ++version_;
    waiters_.wake_all();
}

Task<Woken> Passage::wait_for_change(SteadyTime deadline, std::uint64_t seen, Presence* client) {
    const auto executor = co_await asio::this_coro::executor;
    std::shared_ptr<Waiter> waiter;
    {
        const std::lock_guard lock{mutex_};
        if (version_ != seen) co_return Woken::told;
        waiter = waiters_.add(deadline, executor);
    }
    const Woken why = co_await waiter->wait(client);
    if (why == Woken::told) co_return why;
    const std::lock_guard lock{mutex_};
    waiters_.take_back(waiter);
    co_return why;
}

Body Passage::body_of(std::shared_ptr<Passage> passage, std::optional<std::uint64_t> length,
                      Presence* client) {
    return Body::of(std::make_unique<PassageBody>(std::move(passage), client), length);
}

}  // namespace outpost::cdn
