#include "cdn/origin/exchange.hpp"

#include <algorithm>

#include "cdn/origin/measures.hpp"
#include "cdn/origin/origin.hpp"

namespace outpost::cdn::origin {

Exchange::Exchange(Parts parts) : parts_{std::move(parts)}, length_{parts_.connection->body().length()} {
    if (parts_.connection->body().whole()) finish();
}

const std::string& Exchange::origin_name() const { return parts_.origin->name(); }

// The slot goes first: whoever waits for one wakes later, and then finds the connection.
void Exchange::finish() {
    parts_.trial.succeed();
    { const Slots::Slot done{std::move(parts_.slot)}; }
    parts_.origin->keep(std::move(parts_.connection));
}

Task<Result<std::size_t>> Exchange::read(std::span<char> into) {
    if (broken_) co_return broken_;
    if (!parts_.connection) co_return 0U;
    const SteadyTime now = steady_now();
    const SteadyTime deadline = std::min(now + parts_.origin->pool().idle_timeout, parts_.whole_by);
    Result<std::size_t> got = Errc::origin_timeout;
    if (now < deadline) got = co_await parts_.connection->read(into, deadline);
    if (!got) {
        broken_ = got.error();
        // Nobody came to read until it was too late: that says nothing of the origin.
        if (now < deadline && !parts_.origin->ended()) parts_.trial.fail(broken_);
        parts_.connection.reset();
        const Slots::Slot done{std::move(parts_.slot)};
        co_return broken_;
    }
    measures::body_bytes.add(*got);
    parts_.origin->standing().note_bytes(*got);
    if (parts_.connection->body().whole()) finish();
    co_return got;
}

Response::Response(std::unique_ptr<Exchange> exchange) : exchange_{std::move(exchange)} {}
Response::~Response() = default;

int Response::status() const { return exchange_->head().status; }
const http::FieldList& Response::fields() const { return exchange_->head().fields; }
std::optional<std::uint64_t> Response::length() const { return exchange_->length(); }
const std::string& Response::origin() const { return exchange_->origin_name(); }
Response::Times Response::times() const { return exchange_->times(); }

Task<Result<std::size_t>> Response::read(std::span<char> into) { return exchange_->read(into); }

}  // namespace outpost::cdn::origin
