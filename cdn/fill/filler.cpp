#include "cdn/fill/filler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "base/log.hpp"
#include "cdn/policy/range.hpp"
#include "cdn/policy/storing.hpp"
#include "cdn/policy/validation.hpp"

namespace outpost::cdn {
namespace {

constexpr std::size_t piece_size = 64 << 10;  // of what passes through
constexpr Milliseconds reader_patience{60'000};
constexpr Milliseconds failure_pause{1'000};
constexpr http::HeadLimits response_limits{64 << 10, 256};

// Makes an object, in a thread that may wait for a disk.
struct Create {
    Cache* cache;
    const Entry* entry;
    HeadPtr head;
    std::optional<std::uint64_t> length;
    bool pinned;
    std::shared_ptr<Object>* object;

    boost::system::error_code operator()() const {
        auto made = cache->create(*entry, head, length, pinned);
        if (!made) return made.error();
        *object = std::move(*made);
        return {};
    }
};

// The fields that a 200 would have had: a part's length is not the whole's.
http::FieldList as_of_whole(const http::FieldList& fields) {
    http::FieldList whole = fields;
    const auto range = policy::parse_content_range(fields.find("Content-Range"));
    whole.remove("Content-Range");
    whole.remove("Content-Length");
    if (range && range->size) whole.add("Content-Length", std::to_string(*range->size));
    return whole;
}

// Whether another request's answer could not have been stored either.
bool is_about_response(policy::StoreReason reason) {
    using Reason = policy::StoreReason;
    return reason != Reason::request_no_store && reason != Reason::authorization &&
           reason != Reason::partial_without_range && reason != Reason::partial_without_validator &&
           reason != Reason::status && reason != Reason::method;
}

// Nobody asks about it again for a moment: what is stored serves as far as it may.
void spare_origin(Object& stale, Milliseconds pause) {
    stale.no_asking_before =
        std::chrono::duration_cast<Milliseconds>((steady_now() + pause).time_since_epoch()).count();
}

}  // namespace

Filler::Filler(FillOptions options, Cache& cache)
    : options_{options}, cache_{cache}, loop_{1}, work_{asio::make_work_guard(loop_)} {}

Filler::~Filler() { stop(); }

Outcome<void> Filler::add_pool(origin::PoolOptions options, std::vector<origin::OriginOptions> origins) {
    auto pool = origin::Pool::open(loop_, std::move(options), std::move(origins), response_limits);
    if (!pool) return pool.error();
    pools_.push_back(std::move(*pool));
    return {};
}

void Filler::start() {
    thread_ = std::thread{[this] { loop_.run(); }};
}

void Filler::stop() {
    if (!thread_.joinable()) return;
    for (const auto& pool : pools_) asio::co_spawn(loop_, pool->stop(), asio::use_future).get();
    work_.reset();
    asio::post(loop_, [this] { loop_.stop(); });
    thread_.join();
}

std::vector<origin::OriginStatus> Filler::origins() const {
    std::vector<origin::OriginStatus> all;
    for (const auto& pool : pools_) {
        for (auto& status : pool->status()) all.push_back(std::move(status));
    }
    return all;
}

// Now, or when another has ended. False: too many wait for that already, or it may not wait.
bool Filler::begin(std::function<Task<void>()> job, bool may_wait) {
    {
        const std::lock_guard lock{mutex_};
        if (under_way_ >= options_.fills) {
            if (!may_wait || waiting_.size() >= options_.fills) return false;
            waiting_.push_back(std::move(job));
            return true;
        }
        ++under_way_;
    }
    spawn(job);
    return true;
}

void Filler::spawn(const std::function<Task<void>()>& job) {
    asio::co_spawn(loop_, job(), [this](const std::exception_ptr&) { ended(); });
}

void Filler::ended() {
    std::function<Task<void>()> next;
    {
        const std::lock_guard lock{mutex_};
        if (waiting_.empty()) {
            --under_way_;
            return;
        }
        next = std::move(waiting_.front());
        waiting_.pop_front();
    }
    spawn(next);
}

std::size_t Filler::under_way() const {
    const std::lock_guard lock{mutex_};
    return under_way_;
}

// ---- questions

void Filler::launch(Question question) {
    if (begin([this, question] { return fly(question); }, !question.ahead)) return;
    Landing landing;
    if (question.ahead) landing.kind = Landing::Kind::again;
    landing.error = Errc::overloaded;
    land(question, std::move(landing));
}

void Filler::land(const Question& question, Landing landing) {
    question.entry->end(question.flight);  // first: who comes now finds what has landed
    question.flight->land(std::move(landing));
}

Task<void> Filler::fly(Question question) {
    http::FieldList more;
    if (question.stale && !question.unconditional) {
        policy::validator_of(question.stale->head()->facts).apply(more);
    } else if (!question.stale && !question.ask->range.empty()) {
        const std::string range = policy::range_to_fill(question.ask->range, block_size);
        if (!range.empty()) more.add("Range", range);
    }
    origin::Call call = call_of(*question.ask, more.fields());
    origin::Attempts attempts;
    auto response = co_await pools_[question.ask->route->pool]->fetch(std::move(call), attempts);
    if (response) {
        std::unique_ptr<origin::Response> reply = std::move(*response);
        co_await answer(std::move(question), std::move(reply), std::move(attempts));
    } else {
        land_failed(question, response.error());
    }
}

void Filler::land_failed(const Question& question, boost::system::error_code why) {
    log::debug("{}: {}", question.ask->key, why.message());
    if (question.passage) question.passage->end(why);
    if (question.stale) spare_origin(*question.stale, failure_pause);
    Landing landing;
    landing.error = why;
    land(question, std::move(landing));
}

// An error may mean that it was asked for too early: who comes in time shall not find that in the cache.
bool Filler::is_of_use_ahead(const origin::Response& response) const {
    const bool good = response.status() == 200 || response.status() == 206;
    return good && response.length().value_or(0) <= options_.ahead.count();
}

// What the answer's head makes of the question. Then its body, if it has one.
Task<void> Filler::answer(Question question, std::unique_ptr<origin::Response> response,
                          origin::Attempts attempts) {
    const Ask& ask = *question.ask;
    const policy::FreshnessRules& rules = ask.route->rules;
    const auto times = response->times();
    const auto fields = response->fields().fields();
    const auto asked = ask.asked.fields();
    const auto facts = policy::response_facts(response->status(), fields, times.requested, times.received);
    if (facts.status == 304) {
        if (validated(question, facts, fields)) co_return;
        // It is about another response than ours, or about none: ask for all of it, once.
        response.reset();
        if (!question.stale || question.unconditional) {
            land_failed(question, Errc::origin_malformed);
        } else {
            question.unconditional = true;
            co_await fly(std::move(question));
        }
        co_return;
    }
    if (question.ahead && !is_of_use_ahead(*response)) {
        if (policy::is_origin_failure(facts.status) && question.stale)
            spare_origin(*question.stale, failure_pause);
        Landing landing;
        landing.kind = Landing::Kind::again;
        land(question, std::move(landing));
        co_return;
    }
    const auto decision = policy::may_store(ask.facts, facts, rules);
    if (decision.store && ask.route->mode != RouteMode::bypass) {
        const bool part = facts.status == 206;
        const http::FieldList whole = part ? as_of_whole(response->fields()) : response->fields();
        HeadPtr head = make_head(part ? 200 : facts.status, whole.fields(), asked, rules, times.requested,
                                 times.received);
        const bool stored = co_await store(question, std::move(head), response, attempts);
        if (stored) co_return;
    }
    if (facts.status == 206 && ask.range.empty()) {  // nobody asked for a part, and nobody can use one
        land_failed(question, Errc::origin_malformed);
        co_return;
    }
    // It is for one client. Where a range was widened for whole blocks, that client asks anew for its own.
    const bool widened = !question.stale && !ask.range.empty();
    const bool failed = policy::is_origin_failure(facts.status);
    if (failed && question.stale) spare_origin(*question.stale, failure_pause);
    if (!failed && !widened && !decision.store && is_about_response(decision.reason))
        question.entry->make_private_until(steady_now() + options_.private_time);
    Landing landing;
    landing.kind = Landing::Kind::passed;
    if (failed) landing.error = Errc::origin_failed;  // a failing origin is not asked by each who waited
    if (!widened) landing.passage = question.passage;
    land(question, std::move(landing));
    if (!widened && question.passage) {
        co_await pass_on(question.passage, std::move(response));
    }
}

// Whether a 304 says that the stale object holds again; everybody who waited gets it then.
bool Filler::validated(const Question& question, const policy::ResponseFacts& facts,
                       std::span<const http::Field> fields) {
    if (!question.stale || question.unconditional) return false;
    const HeadPtr stored = question.stale->head();
    if (!policy::may_freshen(stored->facts, facts)) return false;
    const policy::FreshnessRules& rules = question.ask->route->rules;
    HeadPtr head = freshened(*stored, fields, question.ask->asked.fields(), rules, facts.request_time,
                             facts.response_time);
    const auto decision = policy::may_store(question.ask->facts, head->facts, rules);
    Landing landing;
    landing.kind = Landing::Kind::validated;
    landing.object = question.stale;
    // What a 304 to one client says may be for that client only, as what a 200 says.
    landing.only_first = !decision.store;
    if (!decision.store && is_about_response(decision.reason)) {
        cache_.drop(question.entry, question.stale);
    } else if (decision.store && !question.stale->dropped) {
        cache_.freshen(question.entry, question.stale, std::move(head));
    }
    land(question, std::move(landing));
    return true;
}

// True when the answer has become an object, and its body has been dealt with.
Task<bool> Filler::store(Question question, HeadPtr head, std::unique_ptr<origin::Response>& response,
                         origin::Attempts& attempts) {
    const auto content_range = response->status() == 206
                                   ? policy::parse_content_range(response->fields().find("Content-Range"))
                                   : std::nullopt;
    if (response->status() == 206 && (!content_range || !content_range->size)) co_return false;
    const auto length = content_range ? content_range->size : response->length();
    ByteRange range{0, length.value_or(UINT64_MAX)};
    std::uint64_t skip = 0;
    if (content_range) {
        // Blocks count whole; of a part that begins inside of one the beginning is of no use.
        const std::uint64_t block = block_size.count();
        const std::uint64_t first = (content_range->range.offset + block - 1) / block * block;
        if (first >= content_range->range.end()) co_return false;
        skip = first - content_range->range.offset;
        range = {first, content_range->range.end() - first};
        if (*length <= small_limit.count() && range.length != *length) co_return false;
    }
    std::shared_ptr<Object> object;
    const Create create{
        &cache_, question.entry.get(), head, length, question.ask->route->mode == RouteMode::pin, &object};
    const auto error = co_await cache_.pool().run(create);
    if (error) {
        if (error != Errc::body_too_large) log::debug("{}: {}", question.ask->key, error.message());
        co_return false;
    }
    auto span = object->claim(range);  // before anybody can find it, who would claim it for themselves
    object->origin_ignores_ranges = !content_range && !question.ask->range.empty();
    const bool failed_answer = policy::is_origin_failure(head->facts.status);
    if (failed_answer && question.stale) {
        // What was stored may still serve when this can't: it stays, and nobody asks again for a moment.
        spare_origin(*question.stale, head->lifetime);
        cache_.drop(question.entry, object);
    } else {
        const auto is_purged = [&] {
            return cache_.purges().covers(question.flight->generation(), question.entry->key(), head->tags);
        };
        if (!is_purged()) cache_.keep(question.entry, object);  // else it would displace what came since
        // Looked at again once it can be found: a purge meets it there, or is met here.
        if (is_purged()) cache_.drop(question.entry, object);
    }
    Filling filling{question.entry,      question.ask, std::move(span), std::move(response),
                    std::move(attempts), skip,         question.ahead};
    Landing landing;
    landing.kind = Landing::Kind::stored;
    landing.object = object;
    if (question.passage) question.passage->end();  // not needed
    land(question, std::move(landing));
    co_await fill(std::move(filling));
    co_return true;
}

// ---- what passes through

Task<void> Filler::pass_on(std::shared_ptr<Passage> passage, std::unique_ptr<origin::Response> response) {
    Passage::Head head{response->status(), response->fields(), response->length()};
    passage->begin(std::move(head));
    const auto buffer = std::make_unique<char[]>(piece_size);
    while (true) {
        const auto got = co_await response->read({buffer.get(), piece_size});
        if (!got || *got == 0) {
            passage->end(got ? boost::system::error_code{} : got.error());
            co_return;
        }
        std::string piece{buffer.get(), *got};
        const bool read = co_await passage->write(std::move(piece), steady_now() + reader_patience);
        if (!read) co_return;
    }
}

void Filler::pass(AskPtr ask, http::FieldList more, std::shared_ptr<Passage> passage) {
    if (!begin([this, ask, more, passage] { return ask_and_pass(ask, more, passage); }))
        passage->end(Errc::overloaded);
}

Task<void> Filler::ask_and_pass(AskPtr ask, http::FieldList more, std::shared_ptr<Passage> passage) {
    origin::Call call = call_of(*ask, more.fields());
    origin::Attempts attempts;
    auto response = co_await pools_[ask->route->pool]->fetch(std::move(call), attempts);
    if (response) {
        std::unique_ptr<origin::Response> reply = std::move(*response);
        co_await pass_on(std::move(passage), std::move(reply));
    } else {
        passage->end(response.error());
    }
}

}  // namespace outpost::cdn
