#include "base/redis/stream.hpp"

#include <array>

#include <fmt/format.h>

#include "base/dial.hpp"
#include "base/log.hpp"

namespace outpost::redis {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds connect_time = 3s;
constexpr Milliseconds command_time = 3s;
constexpr std::string_view block_time = "1000";  // how long Redis holds back an empty answer, in ms
constexpr std::string_view most_entries = "256";
constexpr std::string_view payload_field = "payload";

std::optional<StreamId> id_in(const RedisReply& reply) { return parse_stream_id(reply.text); }

// XINFO STREAM answers with names and values in turn.
std::optional<StreamFacts> facts_in(const RedisReply& reply) {
    StreamFacts facts;
    bool has_length = false, has_last = false;
    for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2) {
        const std::string& name = reply.list[i].text;
        const RedisReply& value = reply.list[i + 1];
        if (name == "length" && value.integer >= 0) {
            facts.length = static_cast<std::uint64_t>(value.integer);
            has_length = true;
        } else if (name == "last-generated-id") {
            const auto id = id_in(value);
            if (!id) return std::nullopt;
            facts.last = *id;
            has_last = true;
        } else if (name == "first-entry" && !value.list.empty()) {
            const auto id = id_in(value.list[0]);
            if (!id) return std::nullopt;
            facts.first = *id;
        }
    }
    if (!has_length || !has_last) return std::nullopt;
    return facts;
}

}  // namespace

Milliseconds Backoff::next(std::uint32_t random) {
    const Milliseconds whole = next_;
    next_ = std::min(most_, next_ * 2);
    const auto span = static_cast<std::uint64_t>((whole / 2).count()) + 1;
    return std::max(least_, whole / 2 + Milliseconds{static_cast<std::int64_t>(random % span)});
}

RedisStream::RedisStream(RedisStreamOptions options, RedisStreamCallbacks callbacks,
                         RedisStreamMeasures& measures)
    : options_{std::move(options)},
      callbacks_{std::move(callbacks)},
      measures_{measures},
      position_{options_.position},
      since_{wall_now()},
      reading_backoff_{options_.least_backoff, options_.most_backoff},
      reader_{[this] { read_loop(); }},
      writer_{[this] { write_loop(); }} {}

bool RedisStream::publish(std::string payload) {
    const std::lock_guard lock{mutex_};
    if (stopping_ || payload.size() > options_.most_payload || queue_.size() >= options_.most_waiting) {
        measures_.dropped.add();
        return false;
    }
    queue_.push_back(std::move(payload));
    changed_.notify_all();
    return true;
}

RedisStreamState RedisStream::state() const {
    const std::lock_guard lock{mutex_};
    RedisStreamState state{connected_, since_, why_, behind_, queue_.size()};
    if (state.why.empty() && !writing_why_.empty()) state.why = "can't be written to: " + writing_why_;
    return state;
}

std::optional<StreamId> RedisStream::position() const {
    const std::lock_guard lock{mutex_};
    return position_;
}

void RedisStream::stop() {
    {
        std::unique_lock lock{mutex_};
        stopping_ = true;
        changed_.notify_all();
        stop_reading_.request(1);
        changed_.wait_for(lock, options_.last_chance, [this] { return writer_ended_; });
    }
    stop_writing_.request(1);
    if (reader_.joinable()) reader_.join();
    if (writer_.joinable()) writer_.join();
}

bool RedisStream::pause(Milliseconds time, const Cancellation& stop) const {
    return wait_for_socket(-1, 0, steady_now() + time, stop) == Waited::timed_out;
}

// --- reading

void RedisStream::read_loop() {
    std::minstd_rand random{std::random_device{}()};
    while (!stop_reading_.requested()) {
        auto connection = RedisConnection::open(options_.address, connect_time, stop_reading_);
        const Problem problem = connection ? follow(*connection) : connection.error();
        if (stop_reading_.requested()) break;
        set_disconnected(problem);
        callbacks_.on_turn(position());
        pause(reading_backoff_.next(static_cast<std::uint32_t>(random())), stop_reading_);
    }
    measures_.connected.set(0);
    const std::lock_guard lock{mutex_};
    connected_ = false;
    why_ = "stopped";
}

Problem RedisStream::follow(RedisConnection& connection) {
    const auto at_first = look(connection);
    if (!at_first) return at_first.error();
    settle(*at_first);
    set_connected();
    while (!stop_reading_.requested()) {
        callbacks_.on_turn(position());
        const auto entries = read(connection);
        if (!entries) return entries.error();
        reading_backoff_.reset();
        if (entries->empty()) {
            set_behind(position().value_or(StreamId{}));
            continue;
        }
        // Looked at behind the reading: what the stream still holds now, it held then.
        const auto facts = look(connection);
        if (!facts) return facts.error();
        if (settle(*facts) != Continuity::reset) deliver(*entries);
        set_behind(facts->last);
    }
    return {};
}

Outcome<StreamFacts> RedisStream::look(RedisConnection& connection) const {
    const auto reply =
        connection.command(std::array<std::string_view, 3>{"XINFO", "STREAM", options_.stream}, command_time);
    if (!reply) return reply.error();
    if (reply->is_error()) {
        if (reply->text.starts_with("ERR no such key")) return StreamFacts{};
        return Problem{options_.address.text(), fmt::format("stream {}: {}", options_.stream, reply->text),
                       ""};
    }
    const auto facts = facts_in(*reply);
    if (!facts) return Problem{options_.address.text(), "XINFO STREAM answers what is not understood", ""};
    return *facts;
}

// XREAD answers with nothing, or with a list of streams: [[name, [[id, [field, value, …]], …]]].
Outcome<std::vector<RedisStream::Entry>> RedisStream::read(RedisConnection& connection) const {
    const std::string behind = to_text(position().value_or(StreamId{}));
    const std::array<std::string_view, 8> words{"XREAD",    "COUNT",   most_entries,    "BLOCK",
                                                block_time, "STREAMS", options_.stream, behind};
    const auto reply = connection.command(words, Milliseconds{1000} + command_time);
    if (!reply) return reply.error();
    const std::string where = options_.address.text();
    if (reply->is_error())
        return Problem{where, fmt::format("stream {}: {}", options_.stream, reply->text), ""};
    std::vector<Entry> entries;
    if (reply->list.empty()) return entries;
    const RedisReply& stream = reply->list[0];
    if (stream.list.size() != 2) return Problem{where, "XREAD answers what is not understood", ""};
    for (const RedisReply& item : stream.list[1].list) {
        const auto id = item.list.size() == 2 ? id_in(item.list[0]) : std::nullopt;
        if (!id) return Problem{where, "XREAD answers what is not understood", ""};
        Entry entry{*id, std::nullopt};
        const auto& fields = item.list[1].list;
        if (fields.size() == 2 && fields[0].text == payload_field) entry.payload = fields[1].text;
        entries.push_back(std::move(entry));
    }
    return entries;
}

// Where we stand in the stream as it is now; tells the owner when something may have been missed.
Continuity RedisStream::settle(const StreamFacts& facts) {
    const auto at = position();
    if (!at) {
        move_to(facts.last);
        return Continuity::whole;
    }
    const Continuity found = continuity(facts, *at, settled_, options_.keep);
    if (found == Continuity::whole) return found;
    log::warning(
        "{}: stream {} {} (read up to {}, it now begins at {} and ends at {}): entries may have been missed",
        options_.address.text(), options_.stream,
        found == Continuity::reset ? "was lost or is an older copy" : "was trimmed past this node",
        to_text(*at), to_text(facts.first), to_text(facts.last));
    measures_.gaps.add();
    callbacks_.on_gap();
    settled_ = facts.first;
    if (found == Continuity::reset || facts.length == 0) move_to(facts.last);
    return found;
}

void RedisStream::deliver(const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
        if (stop_reading_.requested()) return;
        if (entry.id <= position()) continue;
        measures_.received.add();
        if (entry.payload) callbacks_.on_entry(entry.id, *entry.payload);
        move_to(entry.id);
    }
}

void RedisStream::move_to(StreamId position) {
    const std::lock_guard lock{mutex_};
    position_ = position;
}

void RedisStream::set_behind(StreamId last) {
    const std::lock_guard lock{mutex_};
    const std::uint64_t ours = position_ ? position_->time : 0;
    behind_ = Milliseconds{last.time > ours ? static_cast<std::int64_t>(last.time - ours) : 0};
}

void RedisStream::set_connected() {
    log::info("{}: following stream {}", options_.address.text(), options_.stream);
    if (was_connected_) measures_.reconnects.add();
    was_connected_ = true;
    measures_.connected.set(1);
    const std::lock_guard lock{mutex_};
    connected_ = true;
    since_ = wall_now();
    why_.clear();
}

void RedisStream::set_disconnected(const Problem& problem) {
    measures_.connected.set(0);
    const std::string why = problem.line();
    const std::lock_guard lock{mutex_};
    if (why != why_) log::warning("{}; trying again", why);
    if (connected_) since_ = wall_now();
    connected_ = false;
    behind_.reset();
    why_ = why;
}

// --- writing

void RedisStream::write_loop() {
    std::minstd_rand random{std::random_device{}()};
    Backoff backoff{options_.least_backoff, options_.most_backoff};
    std::optional<RedisConnection> connection;
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) break;
        const std::string payload = queue_.front();
        lock.unlock();
        const auto sent = send(connection, payload);
        if (sent) measures_.published.add();
        lock.lock();
        if (sent) {
            queue_.pop_front();
            writing_why_.clear();
            backoff.reset();
            continue;
        }
        const std::string why = sent.error().line();
        if (connected_ && why != writing_why_) log::warning("{}; trying again", why);
        writing_why_ = why;
        if (stopping_) break;
        lock.unlock();
        pause(backoff.next(static_cast<std::uint32_t>(random())), stop_reading_);
        lock.lock();
    }
    if (!queue_.empty()) {
        log::warning("{}: {} entries for stream {} were never sent", options_.address.text(), queue_.size(),
                     options_.stream);
        measures_.dropped.add(queue_.size());
        queue_.clear();
    }
    writer_ended_ = true;
    changed_.notify_all();
}

Outcome<void> RedisStream::send(std::optional<RedisConnection>& connection, const std::string& payload) {
    const bool fresh = !connection;
    if (fresh) {
        auto opened = RedisConnection::open(options_.address, connect_time, stop_writing_);
        if (!opened) return opened.error();
        connection = std::move(*opened);
    }
    const std::string keep = std::to_string(options_.keep);
    const std::array<std::string_view, 8> words{"XADD", options_.stream, "MAXLEN", "~", keep,
                                                "*",    payload_field,   payload};
    const auto reply = connection->command(words, command_time);
    if (reply && !reply->is_error()) return {};
    connection.reset();
    if (reply)
        return Problem{options_.address.text(), fmt::format("stream {}: {}", options_.stream, reply->text),
                       ""};
    // Redis may have closed a connection that had nothing to say for long.
    return fresh ? Outcome<void>{reply.error()} : send(connection, payload);
}

}  // namespace outpost::redis
