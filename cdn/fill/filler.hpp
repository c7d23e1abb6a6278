// Everything that asks origins on behalf of the cache: questions (flights), bodies that fill objects, replies
// that pass through. It runs in the fill loop, a thread of its own, so that no hit ever waits for a miss.
// Thread rule: launch(), extend() and pass() from any thread; the rest in the fill loop.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cdn/cache/cache.hpp"
#include "cdn/cache/flight.hpp"
#include "cdn/cache/passage.hpp"
#include "cdn/fill/ask.hpp"
#include "cdn/prefetch/budget.hpp"

namespace outpost::cdn {

struct FillOptions {
    std::size_t fills = 1024;  // questions and bodies under way at once
    Bytes abandoned = 16_MiB;  // a body that nobody reads is finished when no more than this is missing
    Milliseconds private_time{10'000};  // how long a key whose answers can't be shared is not waited for
    Milliseconds abandon_grace{1'000};  // before a new body may count as read by nobody
    Bytes ahead = 64_MiB;  // the longest body that is fetched whole ahead of those who may want it
};

class Filler {
  public:
    Filler(FillOptions options, Cache& cache);
    ~Filler();
    Filler(const Filler&) = delete;
    Filler& operator=(const Filler&) = delete;

    // Before start(). The Problem says which origin's settings are wrong.
    Outcome<void> add_pool(origin::PoolOptions options, std::vector<origin::OriginOptions> origins);
    void start();
    // Ends what is under way. No other thread may use it any more.
    void stop();

    struct Question {
        std::shared_ptr<Flight> flight;
        EntryPtr entry;
        AskPtr ask;
        std::shared_ptr<Object> stale;     // to be validated; null: there is nothing
        std::shared_ptr<Passage> passage;  // for the one who asked first, should the answer be only for them
        PrefetchPermit ahead;  // given: nobody waits for it, it is filled whole all the same, and only what
                               // will serve is kept
        bool unconditional = false;  // `stale` could not be validated: all of it is asked for
    };
    void launch(Question question);
    // Brings a missing part of an object.
    void extend(EntryPtr entry, AskPtr ask, std::shared_ptr<FillSpan> span, PrefetchPermit ahead = nullptr);
    // Asks for one client; the answer is kept nowhere. `more` are fields such as its Range.
    void pass(AskPtr ask, http::FieldList more, std::shared_ptr<Passage> passage);

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] Cache& cache() { return cache_; }
    [[nodiscard]] std::vector<origin::OriginStatus> origins() const;
    [[nodiscard]] std::size_t under_way() const;

    // Told of each stored 200 as its body is whole, in the fill loop: playlists that prefetching reads.
    std::function<void(const AskPtr&, const std::shared_ptr<Object>&)> on_whole;

  private:
    // One body on its way into an object.
    struct Filling {
        EntryPtr entry;
        AskPtr ask;
        std::shared_ptr<FillSpan> span;
        std::unique_ptr<origin::Response> response;
        origin::Attempts attempts;
        std::uint64_t to_skip = 0;  // bytes of the response before the span's next
        PrefetchPermit ahead;
    };
    struct BlockWriter;

    Task<void> fly(Question question);
    Task<void> answer(Question question, std::unique_ptr<origin::Response> response,
                      origin::Attempts attempts);
    bool validated(const Question& question, const policy::ResponseFacts& facts,
                   std::span<const http::Field> fields);
    Task<bool> store(Question question, HeadPtr head, std::unique_ptr<origin::Response>& response,
                     origin::Attempts& attempts);
    Task<void> pass_on(std::shared_ptr<Passage> passage, std::unique_ptr<origin::Response> response);
    Task<void> ask_and_pass(AskPtr ask, http::FieldList more, std::shared_ptr<Passage> passage);
    Task<void> ask_and_fill(EntryPtr entry, AskPtr ask, std::shared_ptr<FillSpan> span, PrefetchPermit ahead);
    Task<void> fill(Filling filling);
    Task<boost::system::error_code> pump(Filling& filling);
    Task<boost::system::error_code> take_piece(Filling& filling, BlockWriter& writer,
                                               std::span<const char> piece);
    Task<boost::system::error_code> keep_pace(Object& object, std::uint64_t next);
    Task<boost::system::error_code> ask_for_rest(Filling& filling);
    void settle(Filling& filling, boost::system::error_code error);
    [[nodiscard]] bool is_abandoned(const Filling& filling, SteadyTime began) const;
    void land(const Question& question, Landing landing);
    bool is_of_use_ahead(const origin::Response& response) const;
    void land_failed(const Question& question, boost::system::error_code why);
    bool begin(std::function<Task<void>()> job, bool may_wait = true);
    void spawn(const std::function<Task<void>()>& job);
    void ended();

    FillOptions options_;
    Cache& cache_;
    mutable std::mutex mutex_;
    std::size_t under_way_ = 0;
    std::deque<std::function<Task<void>()>> waiting_;  // at most as many as may be under way
    std::vector<std::unique_ptr<origin::Pool>> pools_;
    Loop loop_;
    asio::executor_work_guard<Executor> work_;
    std::thread thread_;
};

}  // namespace outpost::cdn
