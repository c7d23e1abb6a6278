#include "cdn/cache/object.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "base/residency.hpp"
#include "cdn/measures.hpp"
#include "cdn/store/disk.hpp"

namespace outpost::cdn {
namespace {

constexpr std::uint64_t block = block_size.count();
// Most of a file that one window covers: what is checked for being in memory before it is sent.
constexpr std::uint64_t longest_window = 4 * block;
// Of failed fills that are remembered.
constexpr std::size_t most_failures = 8;
// A fill that is this far behind is not waited for when the origin can be asked for the part itself.
constexpr std::uint64_t far_behind = 16 * block;

}  // namespace

void without_read_ahead(const Fd& file) {
    // Advice: where it can't be had, a block may be sent that was not checked since it was read.
    ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_RANDOM);
}

// ---- FillSpan

FillSpan::FillSpan(std::shared_ptr<Object> object, std::uint64_t begin, std::uint64_t end)
    : object_{std::move(object)}, next_{begin}, end_{end} {}

FillSpan::~FillSpan() {
    if (!ended_) object_->end_span(*this, {});
}

void FillSpan::fail(boost::system::error_code why) {
    if (!ended_) object_->end_span(*this, why);
    ended_ = true;
}

// ---- Object

Object::Object(Parts parts)
    : id_{parts.id},
      disk_{parts.disk},
      pinned_{parts.pinned},
      length_{parts.length},
      file_{std::move(parts.file)},
      body_{std::move(parts.body)},
      blocks_{std::move(parts.blocks)},
      checksums_{std::move(parts.checksums)} {
    head_.store(std::move(parts.head));
    if (body_) {
        length_ = filled_ = body_->size();
    } else if (!file_) {
        const std::uint64_t room = std::min(length_.value_or(small_limit.count()), small_limit.count());
        memory_ = std::shared_ptr<char[]>{new char[std::max<std::uint64_t>(room, 1)]};
    } else if (length_) {
        checksums_.resize(blocks_in(*length_));
    }
    if (!parts.from_disk) checked_ = blocks_;
    note_if_whole();
}

std::optional<std::uint64_t> Object::length() const {
    const std::lock_guard lock{mutex_};
    return length_;
}

std::shared_ptr<const std::string> Object::small_body() const {
    const std::lock_guard lock{mutex_};
    return body_;
}

bool Object::readable() const { return disk_ == nullptr || in_memory() || disk_->volume().usable(); }

bool Object::can_resume() const { return head()->facts.has_strong_validator(); }

Bytes Object::stored() const {
    const std::lock_guard lock{mutex_};
    return file_ ? blocks_.bytes(length_) : Bytes{filled_};
}

bool Object::lost() const {
    const std::lock_guard lock{mutex_};
    return lost_.failed();
}

// ---- reading

Object::View Object::look(std::uint64_t position, std::uint64_t end, std::uint64_t checked) const {
    const std::lock_guard lock{mutex_};
    View view;
    view.version = version_;
    if (position >= end || (length_ && position >= *length_)) {
        view.state = View::State::end;
        return view;
    }
    if (lost_) {
        view.error = lost_;
        return view;
    }
    if (length_) end = std::min(end, *length_);
    return file_ ? look_in_file(std::move(view), position, end, checked)
                 : look_in_memory(std::move(view), position, end);
}

Object::View Object::look_in_memory(View view, std::uint64_t position, std::uint64_t end) const {
    if (position < filled_) {
        const char* bytes = body_ ? body_->data() : memory_.get();
        const auto size = static_cast<std::size_t>(std::min(end, filled_) - position);
        std::shared_ptr<const void> owner;
        if (body_) owner = body_;
        if (!body_) owner = memory_;
        view.state = View::State::window;
        view.window = MemoryWindow{std::move(owner), {bytes + position, size}};
        return view;
    }
    if (span_near(position) != nullptr) {
        view.state = View::State::coming;
        return view;
    }
    // A small body comes whole from the fill that it was made for, or it is lost.
    note_failure(view, position);
    if (!view.error) view.error = Errc::origin_truncated;
    return view;
}

Object::View Object::look_in_file(View view, std::uint64_t position, std::uint64_t end,
                                  std::uint64_t checked) const {
    const std::size_t first = block_of(position);
    std::uint64_t there = position;  // up to here
    if (blocks_.test(first)) {
        there = std::min(end, (first + blocks_.present_run(first)) * block);
        there = std::min(there, first * block + longest_window);
        const std::size_t last = block_of(there - 1);
        bool fit = true;
        for (std::size_t b = first; b <= last && fit; ++b) fit = checked_.test(b);
        if (position < checked) {
            there = std::min(there, checked);
        } else if (!fit || !is_resident(file_->get(), {position, there - position})) {
            // Who reads it anew brings it back into memory, where nobody may take it for checked before it
            // is.
            for (std::size_t b = first; b <= last; ++b) checked_.clear(b);
            view.state = View::State::cold;
            view.range = {first * block, there - first * block};
            return view;
        }
    } else {
        for (const FillSpan* span : spans_) {
            // The part of a block that its fill has brought so far.
            if (block_of(span->next_) == first && span->next_ > position) there = span->next_;
        }
        there = std::min(there, end);
    }
    if (there > position) {
        view.state = View::State::window;
        view.window = FileWindow{file_, {position, there - position}, true};
        return view;
    }
    if (span_near(position) != nullptr) {
        view.state = View::State::coming;
        return view;
    }
    view.state = View::State::missing;
    note_failure(view, position);
    const std::uint64_t from = first * block;
    std::uint64_t until = UINT64_MAX;
    if (length_) {
        const std::size_t last = block_of(end - 1) + 1;
        until = std::min<std::uint64_t>(*length_, (first + blocks_.missing_run(first, last)) * block);
        for (const FillSpan* span : spans_) {
            const std::uint64_t theirs = span->next_ - span->next_ % block;
            if (theirs > from) until = std::min(until, theirs);
        }
    }
    view.range = {from, until - from};
    return view;
}

// The latest fill that should have brought what is at `position` and did not.
void Object::note_failure(View& view, std::uint64_t position) const {
    for (const Failure& failure : failed_) {
        // From the block that it broke off in: what it had brought of that is lost too.
        const std::uint64_t from = failure.missing.offset / block * block;
        if (position < from || position >= failure.missing.end()) continue;
        view.error = failure.why;
        view.failure = failure.number;
    }
}

std::uint64_t Object::failures() const {
    const std::lock_guard lock{mutex_};
    return failures_;
}

bool Object::has_gaps(std::uint64_t begin, std::uint64_t end) const {
    const std::lock_guard lock{mutex_};
    if (whole_ || !file_ || !length_) return false;
    for (std::size_t b = block_of(begin); b * block < std::min(end, *length_); ++b) {
        if (blocks_.test(b)) continue;
        const bool coming = std::any_of(spans_.begin(), spans_.end(), [b](const FillSpan* span) {
            return span->next_ < (b + 1) * block && b * block < span->end_;
        });
        if (!coming) return true;
    }
    return false;
}

// The fill that will come to `position`, if there is one worth waiting for.
const FillSpan* Object::span_near(std::uint64_t position) const {
    const bool may_ask = length_ && !origin_ignores_ranges && head()->facts.has_strong_validator();
    for (const FillSpan* span : spans_) {
        if (span->next_ > position || position >= span->end_) continue;
        if (!may_ask || position - span->next_ <= far_behind) return span;
    }
    return nullptr;
}

std::shared_ptr<FillSpan> Object::claim(ByteRange range) {
    const std::lock_guard lock{mutex_};
    for (const FillSpan* span : spans_) {
        if (span->next_ <= range.offset && range.offset < span->end_ &&
            range.offset - span->next_ <= far_behind)
            return nullptr;
    }
    const std::uint64_t end = range.length == UINT64_MAX ? UINT64_MAX : range.end();
    auto span = std::make_shared<FillSpan>(shared_from_this(), range.offset, end);
    spans_.push_back(span.get());
    changed();
    return span;
}

std::shared_ptr<Waiter> Object::wait_since(std::uint64_t version, SteadyTime deadline, Executor executor) {
    const std::lock_guard lock{mutex_};
    if (version != version_) return nullptr;
    return waiters_.add(deadline, executor);
}

void Object::give_up(const std::shared_ptr<Waiter>& waiter) {
    const std::lock_guard lock{mutex_};
    waiters_.take_back(waiter);
}

boost::system::error_code Object::check(ByteRange range) {
    thread_local const auto scratch = std::make_unique<char[]>(block);
    for (std::size_t b = block_of(range.offset); b * block < range.end(); ++b) {
        std::uint64_t wanted = 0;
        std::uint64_t size = 0;
        {
            const std::lock_guard lock{mutex_};
            if (!blocks_.test(b)) continue;
            wanted = checksums_[b];
            size = range_of_block(b, length_).length;
        }
        std::uint64_t have = 0;
        ssize_t n = 0;
        while (have < size && (n = ::pread(file_->get(), scratch.get() + have, size - have,
                                           static_cast<off_t>(b * block + have))) > 0) {
            have += static_cast<std::uint64_t>(n);
        }
        const bool failed = n < 0;
        const bool right = have == size && block_checksum({scratch.get(), size}) == wanted;
        const std::lock_guard lock{mutex_};
        if (right) {
            checked_.set(b);
            continue;
        }
        measures::corrupt_blocks.add();
        blocks_.clear(b);
        checked_.clear(b);
        whole_ = false;
        changed();
        if (failed) return make_error_code(Errc::disk_failed);
        return make_error_code(Errc::corrupt);
    }
    return {};
}

void Object::lose(boost::system::error_code why) {
    const std::lock_guard lock{mutex_};
    lost_ = why;
    changed();
}

void Object::enter(const std::atomic<std::uint64_t>& position) {
    const std::lock_guard lock{mutex_};
    readers_.push_back(&position);
    reader_count_ = readers_.size();
}

void Object::leave(const std::atomic<std::uint64_t>& position) {
    const std::lock_guard lock{mutex_};
    const auto place = std::find(readers_.begin(), readers_.end(), &position);
    *place = readers_.back();
    readers_.pop_back();
    reader_count_ = readers_.size();
}

std::optional<std::uint64_t> Object::slowest_reader() const {
    const std::lock_guard lock{mutex_};
    if (readers_.empty()) return std::nullopt;
    std::uint64_t slowest = UINT64_MAX;
    for (const auto* position : readers_) slowest = std::min(slowest, position->load());
    return slowest;
}

void Object::forget_before(std::uint64_t position) {
    const std::lock_guard lock{mutex_};
    // A window that is being sent lies just before its reader's position.
    const std::uint64_t until = position / block * block - std::min(position / block * block, longest_window);
    if (!file_ || until <= forgotten_) return;
    // An optimisation: where a file system can't do it, the file takes its room until it is closed.
    ::fallocate(file_->get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(forgotten_),
                static_cast<off_t>(until - forgotten_));
    forgotten_ = until;
}

// ---- filling

void Object::append(FillSpan& span, std::span<const char> bytes) {
    const std::lock_guard lock{mutex_};
    std::memcpy(memory_.get() + filled_, bytes.data(), bytes.size());
    filled_ += bytes.size();
    span.next_ = filled_;
    note_if_whole();
    changed();
}

void Object::advance(FillSpan& span, std::uint64_t bytes) {
    const std::lock_guard lock{mutex_};
    span.next_ += bytes;
    changed();
}

void Object::block_done(std::size_t b, std::uint64_t checksum) {
    const std::lock_guard lock{mutex_};
    if (checksums_.size() <= b) checksums_.resize(b + 1);
    checksums_[b] = checksum;
    blocks_.set(b);
    checked_.set(b);
    note_if_whole();
}

void Object::set_length(std::uint64_t length) {
    const std::lock_guard lock{mutex_};
    length_ = length;
    note_if_whole();
    changed();
}

void Object::move_to(SharedFile file) {
    const std::lock_guard lock{mutex_};
    file_ = std::move(file);
    changed();
}

Object::Progress Object::progress() const {
    const std::lock_guard lock{mutex_};
    return {length_, blocks_.bytes(length_), blocks_.serialised(), checksums_};
}

void Object::end_span(FillSpan& span, boost::system::error_code why) {
    const std::lock_guard lock{mutex_};
    std::erase(spans_, &span);
    if (why) {
        failed_.push_back({{span.next_, span.end_ - span.next_}, why, ++failures_});
        if (failed_.size() > most_failures) failed_.pop_front();
    }
    changed();
}

void Object::changed() {
    ++version_;
    waiters_.wake_all();
}

void Object::note_if_whole() {
    if (!length_ || whole_) return;
    if (file_) {
        whole_ = blocks_.complete(*length_);
    } else if (filled_ == *length_) {
        if (!body_) body_ = std::make_shared<const std::string>(memory_.get(), filled_);
        whole_ = true;
    }
}

}  // namespace outpost::cdn
