#include "cdn/fill/object_reader.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "cdn/measures.hpp"
#include "cdn/policy/combine.hpp"
#include "cdn/policy/validation.hpp"

namespace outpost::cdn {
namespace {

// Origins have limits of their own for each step; this only bounds what goes wrong in between.
constexpr Milliseconds longest_wait{120'000};

struct Check {
    Object* object;
    ByteRange range;
    boost::system::error_code operator()() const { return object->check(range); }
};

bool is_ours(const boost::system::error_code& error) {
    return error == Errc::disk_failed || error == Errc::disk_full || error == Errc::corrupt ||
           error == Errc::abandoned || error == Errc::overloaded;
}

}  // namespace

ObjectReader::ObjectReader(Filler& filler, EntryPtr entry, std::shared_ptr<Object> object,
                           const Question& question, std::uint64_t begin, std::uint64_t end)
    : filler_{filler},
      entry_{std::move(entry)},
      object_{std::move(object)},
      question_{question},
      position_{begin},
      end_{end},
      failures_{object_->failures()} {
    object_->enter(position_);
}

ObjectReader::~ObjectReader() {
    object_->leave(position_);
    if (detour_) detour_->leave();
}

const AskPtr& ObjectReader::ask() {
    if (!ask_) ask_ = question_.ask(entry_->key());
    return ask_;
}

Result<BodyStep> ObjectReader::poll() {
    if (first_) return std::exchange(first_, std::nullopt);
    return step();
}

Result<BodyStep> ObjectReader::step() {
    if (error_) return error_;
    if (detour_) return take_detour();
    view_ = object_->look(position_, end_, checked_);
    switch (view_.state) {
        case Object::View::State::window:
            position_ += size_of(view_.window);
            return BodyStep{std::move(view_.window)};
        case Object::View::State::end: return BodyStep{MemoryWindow{}};
        case Object::View::State::coming:
        case Object::View::State::cold: return BodyStep{};
        case Object::View::State::missing: return missing(view_);
        case Object::View::State::failed: return detour_or(view_.error);
    }
    return make_error_code(Errc::origin_truncated);
}

Result<BodyStep> ObjectReader::missing(const Object::View& view) {
    // It has been asked for since we came, and that has failed: the origins can't bring it now.
    if (view.failure > failures_) return detour_or(view.error);
    if (!object_->can_resume()) return detour_or(make_error_code(Errc::corrupt));
    if (auto span = object_->claim(view.range)) {
        asked_ = true;
        filler_.extend(entry_, ask(), std::move(span));
    }
    return BodyStep{};
}

Task<void> ObjectReader::wait() {
    if (detour_) {
        co_await await_detour();
    } else if (view_.state == Object::View::State::cold) {
        co_await check();
    } else {
        co_await await_change();
    }
}

Task<void> ObjectReader::check() {
    const Check work{object_.get(), view_.range};
    const auto error = co_await filler_.cache().pool().run(work);
    if (!error) {
        checked_ = view_.range.end();
    } else if (error == Errc::overloaded) {
        const auto executor = co_await asio::this_coro::executor;
        Timer pause{executor, Milliseconds{20}};
        co_await pause.async_wait(use_task);
    } else {
        log::warning("{}: what is on disk is not what was stored: {}", entry_->key(), error.message());
        // Its block counts as missing now and is asked for again, if the origin can tell that it is the same.
        if (!object_->can_resume() || error == Errc::disk_failed) broken(error);
    }
}

// What can't be read is asked for anew by whoever wants it next.
void ObjectReader::broken(boost::system::error_code error) {
    if (object_->disk() != nullptr && error == Errc::disk_failed)
        object_->disk()->volume().fail(error, "reading a body");
    object_->lose(error);
    filler_.cache().drop(entry_, object_);
}

Task<void> ObjectReader::await_change() {
    const auto executor = co_await asio::this_coro::executor;
    const auto waiter = object_->wait_since(view_.version, steady_now() + longest_wait, executor);
    if (!waiter) co_return;
    const Woken why = co_await waiter->wait(client());
    if (why == Woken::told) co_return;
    object_->give_up(waiter);
    error_ = Errc::origin_timeout;
}

bool ObjectReader::begun() {
    auto found = step();
    if (!found || !*found) return false;
    first_ = std::move(*found);
    return true;
}

Task<boost::system::error_code> ObjectReader::begin() {
    while (true) {
        auto found = step();
        if (!found) co_return found.error();
        if (*found) {
            first_ = std::move(*found);
            co_return boost::system::error_code{};
        }
        co_await wait();
    }
}

// ---- past the cache

Result<BodyStep> ObjectReader::detour_or(boost::system::error_code error) {
    if (!is_ours(error) || !object_->can_resume() || position_ >= end_) {
        error_ = error;
        return error;
    }
    const auto length = object_->length();
    const std::uint64_t end = std::min(end_, length.value_or(UINT64_MAX));
    http::FieldList more;
    more.add("Range", end == UINT64_MAX ? fmt::format("bytes={}-", position_.load())
                                        : fmt::format("bytes={}-{}", position_.load(), end - 1));
    more.add("If-Range", policy::if_range_of(object_->head()->facts));
    detour_ = std::make_shared<Passage>();
    measures::detours.add();
    asked_ = true;
    filler_.pass(ask(), std::move(more), detour_);
    return BodyStep{};
}

Task<void> ObjectReader::await_detour() {
    if (detour_begun_) {
        co_await detour_->wait(steady_now() + longest_wait, client());
        co_return;
    }
    auto head = co_await detour_->head(steady_now() + longest_wait, client());
    if (!head) {
        error_ = head.error();
        co_return;
    }
    const auto fields = head->fields.fields();
    const HeadPtr stored = object_->head();
    const auto facts =
        policy::response_facts(head->status, fields, stored->facts.request_time, stored->facts.response_time);
    detour_begun_ = true;
    if (facts.status != 206 || !policy::may_combine(stored->facts, facts) ||
        facts.content_range->range.offset != position_) {
        error_ = Errc::origin_changed;
    }
}

Result<BodyStep> ObjectReader::take_detour() {
    if (!detour_begun_) return BodyStep{};
    Passage::Step step = detour_->take();
    switch (step.state) {
        case Passage::Step::State::piece: {
            const std::string_view bytes = *step.piece;
            position_ += bytes.size();
            return BodyStep{MemoryWindow{std::move(step.piece), bytes}};
        }
        case Passage::Step::State::nothing_yet: return BodyStep{};
        case Passage::Step::State::end: return BodyStep{MemoryWindow{}};
        case Passage::Step::State::failed: break;
    }
    return step.error;
}

}  // namespace outpost::cdn
