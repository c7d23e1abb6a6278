// Filler: bodies on their way into objects. A body that breaks off goes on from the next origin, and who
// reads it notices nothing, as long as a strong validator says that it is the same body.
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.hpp"
#include "cdn/fill/filler.hpp"
#include "cdn/measures.hpp"
#include "cdn/policy/combine.hpp"
#include "cdn/policy/validation.hpp"

namespace outpost::cdn {
namespace {

constexpr std::uint64_t block = block_size.count();
// How much arrives before the index hears of it.
constexpr std::uint64_t noted_every = 16 * block;
// Of a body that is larger than the cache: how far it may be ahead of its slowest reader, how long it waits
// for that, and how often it looks.
constexpr std::uint64_t pass_window = 32 * block;
constexpr Milliseconds reader_patience{60'000};
constexpr Milliseconds pace_look{10};

boost::system::error_code disk_error(int error) {
    if (error == EFBIG) return make_error_code(Errc::body_too_large);  // the body's fault, not the disk's
    return error == ENOSPC || error == EDQUOT ? make_error_code(Errc::disk_full)
                                              : make_error_code(Errc::disk_failed);
}

// Writes all of it, in a thread that may wait for the disk.
struct Write {
    int file;
    std::uint64_t offset;
    std::span<const char> bytes;

    boost::system::error_code operator()() const {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t n =
                ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return disk_error(n < 0 ? errno : ENOSPC);
            done += static_cast<std::size_t>(n);
        }
        return {};
    }
};

struct MakeFile {
    Cache* cache;
    const Object* object;
    SharedFile* file;
    bool* only_in_memory;

    boost::system::error_code operator()() const {
        auto made = cache->make_file(*object);
        *only_in_memory = !made;
        if (!made) made = Cache::memory_file();
        if (!made) return made.error();
        *file = std::move(*made);
        const Write write{(*file)->get(), 0, object->memory()};
        return write();
    }
};

}  // namespace

// The block that is being filled: its bytes lie here at their places until its checksum is known.
struct Filler::BlockWriter {
    std::unique_ptr<char[]> bytes = std::make_unique<char[]>(block);
    std::uint64_t noted = 0;  // bytes that arrived since the index was told
    bool passes_through = false;

    // Where the next piece belongs.
    std::span<char> room(const FillSpan& span) const {
        const std::uint64_t begin = span.next() % block;
        return {bytes.get() + begin,
                static_cast<std::size_t>(std::min(block - begin, span.end() - span.next()))};
    }
};

void Filler::extend(EntryPtr entry, AskPtr ask, std::shared_ptr<FillSpan> span, PrefetchPermit ahead) {
    if (!begin([this, entry, ask, span, ahead] { return ask_and_fill(entry, ask, span, ahead); }, !ahead))
        span->fail(Errc::overloaded);
}

Task<void> Filler::ask_and_fill(EntryPtr entry, AskPtr ask, std::shared_ptr<FillSpan> span,
                                PrefetchPermit ahead) {
    Filling filling{std::move(entry), std::move(ask), std::move(span), nullptr, {}, 0, std::move(ahead)};
    const auto error = co_await ask_for_rest(filling);
    if (error) {
        settle(filling, error);
    } else {
        co_await fill(std::move(filling));
    }
}

Task<void> Filler::fill(Filling filling) {
    const auto error = co_await pump(filling);
    settle(filling, error);
}

// Asks for what the span still lacks; the response then begins there, or to_skip bytes before.
Task<boost::system::error_code> Filler::ask_for_rest(Filling& filling) {
    Object& object = filling.span->object();
    const FillSpan& span = *filling.span;
    if (!object.can_resume()) co_return make_error_code(Errc::origin_changed);
    const HeadPtr stored = object.head();
    const std::string end = span.end() == UINT64_MAX ? std::string{} : std::to_string(span.end() - 1);
    http::FieldList more;
    more.add("Range", fmt::format("bytes={}-{}", span.next(), end));
    more.add("If-Range", policy::if_range_of(stored->facts));
    origin::Call call = call_of(*filling.ask, more.fields());
    call.method = "GET";
    auto response = co_await pools_[filling.ask->route->pool]->fetch(std::move(call), filling.attempts);
    if (!response) co_return response.error();
    filling.response = std::move(*response);
    const auto times = filling.response->times();
    const auto fields = filling.response->fields().fields();
    const auto facts =
        policy::response_facts(filling.response->status(), fields, times.requested, times.received);
    if (facts.status >= 500) co_return make_error_code(Errc::origin_failed);
    if (facts.status == 206 && policy::may_combine(stored->facts, facts) &&
        facts.content_range->range.offset <= span.next()) {
        filling.to_skip = span.next() - facts.content_range->range.offset;
        co_return boost::system::error_code{};
    }
    if (facts.status == 200 && policy::same_representation(stored->facts, facts)) {
        filling.to_skip = span.next();
        object.origin_ignores_ranges = true;
        co_return boost::system::error_code{};
    }
    co_return make_error_code(Errc::origin_changed);
}

// Until the span is filled. Errors of the origins are returned when none of them can go on.
Task<boost::system::error_code> Filler::pump(Filling& filling) {
    BlockWriter writer;
    FillSpan& span = *filling.span;
    Object& object = span.object();
    const SteadyTime began = steady_now();
    std::uint64_t attempted_at = span.next();
    while (span.next() < span.end()) {
        const std::span<char> room = writer.room(span);
        std::span<char> into = room;
        if (filling.to_skip > 0) into = room.first(std::min<std::uint64_t>(room.size(), filling.to_skip));
        const auto got = co_await filling.response->read(into);
        if (got && *got > 0 && filling.to_skip > 0) {
            filling.to_skip -= *got;
            continue;
        }
        if (got && *got > 0) {
            const auto error = co_await take_piece(filling, writer, into.first(*got));
            if (error) co_return error;
            if (is_abandoned(filling, began)) co_return make_error_code(Errc::abandoned);
            continue;
        }
        if (got && span.end() == UINT64_MAX) break;  // the end of a body whose length nobody told
        const auto broken = got ? make_error_code(Errc::origin_truncated) : got.error();
        if (span.next() - attempted_at >= block) filling.attempts.start_over();
        attempted_at = span.next();
        log::debug("{}: broke off at {}: {}", filling.ask->key, span.next(), broken.message());
        filling.response.reset();
        const auto refused = co_await ask_for_rest(filling);
        // Another body is there now: what has come of the old one is worth nothing to anybody.
        if (refused == Errc::origin_changed && object.can_resume()) co_return refused;
        // Why it broke off is what a client and a log want to know, unless the next origin has a reason of
        // its own.
        const bool says_nothing =
            refused == Errc::origin_changed || refused == Errc::retry_refused || refused == Errc::origin_none;
        if (refused) co_return says_nothing ? broken : refused;
        measures::resumed.add();
    }
    if (object.length()) {
        // One byte more would be one too many; reading the end gives the connection back.
        char beyond = 0;
        if (filling.response) co_await filling.response->read({&beyond, 1});
        co_return boost::system::error_code{};
    }
    const std::uint64_t length = span.next();
    if (!object.in_memory() && length % block != 0) {
        object.block_done(block_of(length), block_checksum({writer.bytes.get(), length % block}));
    }
    object.set_length(length);
    co_return boost::system::error_code{};
}

Task<boost::system::error_code> Filler::take_piece(Filling& filling, BlockWriter& writer,
                                                   std::span<const char> piece) {
    FillSpan& span = *filling.span;
    Object& object = span.object();
    if (filling.ahead) filling.ahead->took(piece.size());
    if (object.in_memory() && span.next() + piece.size() <= small_limit.count()) {
        object.append(span, piece);
        measures::filled_bytes.add(piece.size());
        co_return boost::system::error_code{};
    }
    if (object.in_memory()) {
        SharedFile file;
        const MakeFile make{&cache_, &object, &file, &writer.passes_through};
        const auto error = co_await cache_.pool().run(make);
        if (error) co_return error;
        object.move_to(std::move(file));
        if (writer.passes_through) {
            cache_.drop(filling.entry,
                        object.shared_from_this());  // no disk takes it: it is for its readers only
        } else {
            cache_.note_progress(filling.entry, object.shared_from_this());
        }
    }
    const Write write{object.file(), span.next(), piece};
    auto error = co_await cache_.pool().run(write);
    if (error == Errc::overloaded) error = write();  // the disks are behind: this loop waits with them
    if (error) co_return error;
    const std::uint64_t next = span.next() + piece.size();
    const bool block_whole = next % block == 0 || next == object.length();
    if (block_whole) {
        const std::uint64_t size = (next - 1) % block + 1;
        object.block_done(block_of(next - 1), block_checksum({writer.bytes.get(), size}));
    }
    object.advance(span, piece.size());
    measures::filled_bytes.add(piece.size());
    writer.noted += piece.size();
    if (block_whole && writer.noted >= noted_every) {
        writer.noted = 0;
        if (!cache_.note_progress(filling.entry, object.shared_from_this())) {
            // It has outgrown the cache: it goes on to those who read it, and to nobody else.
            cache_.drop(filling.entry, object.shared_from_this());
            writer.passes_through = true;
        }
    }
    if (!writer.passes_through) co_return boost::system::error_code{};
    co_return co_await keep_pace(object, span.next());
}

// No further ahead of its readers than a window, and what all of them have read takes no room any more.
Task<boost::system::error_code> Filler::keep_pace(Object& object, std::uint64_t next) {
    const SteadyTime began = steady_now();
    Timer pause{loop_};
    while (steady_now() < began + reader_patience) {
        const auto slowest = object.slowest_reader();
        if (slowest && next - std::min(next, *slowest) <= pass_window) {
            object.forget_before(*slowest);
            co_return boost::system::error_code{};
        }
        // Who waited for the head may not have begun to read yet.
        if (!slowest && steady_now() >= began + options_.abandon_grace) break;
        pause.expires_after(pace_look);
        co_await pause.async_wait(use_task);
    }
    co_return make_error_code(Errc::abandoned);
}

bool Filler::is_abandoned(const Filling& filling, SteadyTime began) const {
    const FillSpan& span = *filling.span;
    const Object& object = span.object();
    if (object.has_readers() || steady_now() < began + options_.abandon_grace) return false;
    // One that is fetched ahead is read by nobody yet; only without a length can it be too long.
    if (filling.ahead) return span.end() == UINT64_MAX && span.next() > options_.ahead.count();
    return span.end() - span.next() > options_.abandoned.count();
}

void Filler::settle(Filling& filling, boost::system::error_code error) {
    const std::shared_ptr<Object> object = filling.span->object().shared_from_this();
    const bool usable_in_part = object->can_resume() && !object->in_memory() && object->length();
    if (error == Errc::disk_full || error == Errc::disk_failed) {
        if (object->disk() != nullptr) object->disk()->volume().fail(error, "writing a body");
    }
    const bool spoiled =
        error && (!usable_in_part || error == Errc::origin_changed || error == Errc::disk_failed ||
                  error == Errc::disk_full || error == Errc::body_too_large);
    if (spoiled) {
        object->lose(error);
        cache_.drop(filling.entry, object);
    }
    filling.span->fail(error);  // without an error it just ends
    filling.span.reset();
    if (error) {
        log::debug("{}: not whole: {}", filling.ask->key, error.message());
        if (!spoiled) cache_.note_progress(filling.entry, object);
        return;
    }
    if (!cache_.note_progress(filling.entry, object)) cache_.drop(filling.entry, object);
    if (on_whole && object->whole()) on_whole(filling.ask, object);
}

}  // namespace outpost::cdn
