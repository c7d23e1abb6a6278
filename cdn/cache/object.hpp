// A stored response: its head, and a body of which blocks have arrived. One idea gives streaming while it
// fills, any range, sharing of one fill and resumption: a reader wants bytes; each block of them is there,
// is being brought, or must be asked for.
//
// A body of at most small_limit bytes lives in memory; a larger one is a sparse file. A block counts as there
// when it is whole and its checksum known; what a fill has brought of a block that is not whole yet can be
// read up to the fill's front.
// Thread rule: any thread. Fills write through FillSpan from the fill loop alone.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/async_wait.hpp"
#include "base/body.hpp"
#include "base/snapshot.hpp"
#include "cdn/cache/head.hpp"
#include "cdn/policy/s3_fifo.hpp"
#include "cdn/store/blocks.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

class Disk;
class Object;

// A part of a body that one fill brings, in order. It ends by being destroyed.
class FillSpan {
  public:
    FillSpan(std::shared_ptr<Object> object, std::uint64_t begin, std::uint64_t end);
    ~FillSpan();
    FillSpan(const FillSpan&) = delete;
    FillSpan& operator=(const FillSpan&) = delete;
    [[nodiscard]] Object& object() const { return *object_; }
    [[nodiscard]] std::uint64_t next() const { return next_; }
    [[nodiscard]] std::uint64_t end() const { return end_; }  // UINT64_MAX while nobody knows
    // Ends without having brought all: readers who waited for it learn why.
    void fail(boost::system::error_code why);

  private:
    friend class Object;
    std::shared_ptr<Object> object_;
    std::uint64_t next_, end_;
    bool ended_ = false;
};

// What the kernel would read ahead would be in memory unchecked. Reads of whole blocks stay large ones.
void without_read_ahead(const Fd& file);

class Object : public std::enable_shared_from_this<Object> {
  public:
    struct Parts {
        std::uint64_t id = 0;
        Disk* disk = nullptr;  // null: it is not kept on any
        HeadPtr head;
        std::optional<std::uint64_t> length;  // nothing while it arrives with an unknown one
        SharedFile file;                      // null: in memory
        bool pinned = false;                  // never evicted
        bool from_disk = false;               // blocks are checked before they are first sent
        BlockMap blocks;
        std::vector<std::uint64_t> checksums;
        std::shared_ptr<const std::string> body;  // in memory and whole
    };
    explicit Object(Parts parts);

    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] Disk* disk() const { return disk_; }
    [[nodiscard]] bool pinned() const { return pinned_; }
    [[nodiscard]] HeadPtr head() const { return head_.load(); }
    void set_head(HeadPtr head) { head_.store(std::move(head)); }
    [[nodiscard]] std::optional<std::uint64_t> length() const;
    [[nodiscard]] bool in_memory() const { return file_ == nullptr; }
    [[nodiscard]] bool whole() const { return whole_.load(std::memory_order_acquire); }
    // Its disk is in service, or it needs none.
    [[nodiscard]] bool readable() const;
    // All of a whole body in memory; null otherwise.
    [[nodiscard]] std::shared_ptr<const std::string> small_body() const;
    [[nodiscard]] int file() const { return file_ ? file_->get() : -1; }
    // Whether more of it may be asked for by range: the origin's validator would tell other bytes apart.
    [[nodiscard]] bool can_resume() const;
    [[nodiscard]] Bytes stored() const;  // bytes of whole blocks, or of memory

    // ---- reading
    struct View {
        enum class State {
            window,   // `window` can be sent
            end,      // nothing lies beyond
            coming,   // a fill brings it
            missing,  // nobody brings `range`; claim() it
            cold,     // `range` must be read and checked first: check()
            failed,   // it can't be completed: `error`
        };
        State state = State::failed;
        Window window;
        ByteRange range;
        boost::system::error_code error;  // with missing: how the last fill that should have brought it ended
        std::uint64_t failure = 0;        // which that was; 0 is none, later ones are larger
        std::uint64_t version = 0;        // of what was seen
    };
    // What is at `position`, for one who wants the bytes up to `end` and has checked those up to `checked`.
    [[nodiscard]] View look(std::uint64_t position, std::uint64_t end, std::uint64_t checked) const;
    // Fills of it that have failed so far: View::failure counts on from it.
    [[nodiscard]] std::uint64_t failures() const;
    // Whether some of it is there not, and no fill is bringing it.
    [[nodiscard]] bool has_gaps(std::uint64_t begin, std::uint64_t end) const;
    // A part that is missing, for a fill; null when somebody else has begun on it meanwhile.
    std::shared_ptr<FillSpan> claim(ByteRange range);
    // A waiter for changes since `version`; null when there has been one already.
    std::shared_ptr<Waiter> wait_since(std::uint64_t version, SteadyTime deadline, Executor executor);
    void give_up(const std::shared_ptr<Waiter>& waiter);
    // For a thread that may wait: reads the blocks of the range and compares them with their checksums. Those
    // that differ count as missing from then on.
    boost::system::error_code check(ByteRange range);
    // It counts as lost: its readers get an error, nothing more is filled.
    void lose(boost::system::error_code why);
    [[nodiscard]] bool lost() const;

    // A reader tells how far it has come for as long as it reads.
    void enter(const std::atomic<std::uint64_t>& position);
    void leave(const std::atomic<std::uint64_t>& position);
    [[nodiscard]] bool has_readers() const { return reader_count_.load(std::memory_order_relaxed) > 0; }
    [[nodiscard]] std::optional<std::uint64_t> slowest_reader() const;  // nothing: nobody reads
    // Frees the room of what lies before; for bodies that are kept for their readers only.
    void forget_before(std::uint64_t position);

    // A range of it was asked for and all of it came: waiting for a fill is better than asking for a part.
    std::atomic<bool> origin_ignores_ranges{false};
    // Validating it failed: it is served stale until then without asking again. Steady milliseconds.
    std::atomic<std::int64_t> no_asking_before{0};
    policy::S3Fifo::Handle disk_use;  // marks hits in its disk's eviction; set before it is shared
    std::atomic<bool> kept{false};    // its disk's index has it
    // It has left its entry, or never came in: it answers those who have it and nobody else.
    std::atomic<bool> dropped{false};

    // ---- filling (fill loop)
    // In memory: takes the bytes. In a file: says that they have been written at span.next().
    void append(FillSpan& span, std::span<const char> bytes);
    void advance(FillSpan& span, std::uint64_t bytes);
    void block_done(std::size_t block, std::uint64_t checksum);
    // The body has turned out to be this long.
    void set_length(std::uint64_t length);
    // A body of unknown length that has outgrown memory goes on in a file that holds its bytes so far.
    void move_to(SharedFile file);
    // What is in memory of a body that arrives.
    [[nodiscard]] std::span<const char> memory() const { return {memory_.get(), filled_}; }

    struct Progress {
        std::optional<std::uint64_t> length;
        Bytes stored;
        std::string blocks;
        std::vector<std::uint64_t> checksums;
    };
    [[nodiscard]] Progress progress() const;

  private:
    friend class FillSpan;
    void end_span(FillSpan& span, boost::system::error_code why);
    void changed();        // under the lock
    void note_if_whole();  // under the lock
    [[nodiscard]] View look_in_memory(View view, std::uint64_t position, std::uint64_t end) const;
    [[nodiscard]] View look_in_file(View view, std::uint64_t position, std::uint64_t end,
                                    std::uint64_t checked) const;
    void note_failure(View& view, std::uint64_t position) const;
    [[nodiscard]] const FillSpan* span_near(std::uint64_t position) const;

    const std::uint64_t id_;
    Disk* const disk_;
    const bool pinned_;
    Snapshot<Head> head_;
    mutable std::mutex mutex_;
    std::optional<std::uint64_t> length_;
    SharedFile file_;
    std::shared_ptr<char[]> memory_;
    std::uint64_t filled_ = 0;  // of memory_
    std::shared_ptr<const std::string> body_;
    BlockMap blocks_;
    // Since it was last read from the disk, or written by us. Looking finds out that it has left the memory.
    mutable BlockMap checked_;
    std::vector<std::uint64_t> checksums_;
    std::vector<FillSpan*> spans_;
    std::vector<const std::atomic<std::uint64_t>*> readers_;
    std::atomic<std::size_t> reader_count_{0};
    std::uint64_t forgotten_ = 0;
    WaitList waiters_;
    std::uint64_t version_ = 0;
    struct Failure {
        ByteRange missing;
        boost::system::error_code why;
        std::uint64_t number = 0;
    };
    std::deque<Failure> failed_;  // the latest
    std::uint64_t failures_ = 0;
    boost::system::error_code lost_;
    std::atomic<bool> whole_{false};
};

}  // namespace outpost::cdn
