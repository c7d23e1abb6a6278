// A reply that passes through and is kept nowhere: its head, then its body in pieces, from the fill loop to
// the one reader. The writer waits when the reader is behind, so that it holds no more than its bound; a
// reader that has left ends the writer.
// Thread rule: any thread; one writer, one reader.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/async_wait.hpp"
#include "base/body.hpp"
#include "base/http/field.hpp"

namespace outpost::cdn {

class Passage {
  public:
    struct Head {
        int status = 0;
        http::FieldList fields;  // end-to-end ones
        std::optional<std::uint64_t> length;
    };

    // ---- the writer
    void begin(Head head);
    // Waits for room. False: nobody reads any more.
    Task<bool> write(std::string piece, SteadyTime deadline);
    void end(boost::system::error_code why = {});  // without an error: the body is whole

    // ---- the reader
    // The head, or why there is none; Errc::origin_timeout when the deadline passes first.
    Task<Result<Head>> head(SteadyTime deadline, Presence* client);
    struct Step {
        enum class State { piece, nothing_yet, end, failed } state = State::failed;
        SharedText piece;
        boost::system::error_code error;
    };
    Step take();
    // Ends when take() has more to say; at the deadline, and when the client leaves, that is an error.
    Task<void> wait(SteadyTime deadline, Presence* client);
    void leave();

    // The body, for a reply. It keeps `passage`; once given up it leaves.
    static Body body_of(std::shared_ptr<Passage> passage, std::optional<std::uint64_t> length,
                        Presence* client);

    static constexpr std::size_t room = 1 << 20;

  private:
    Task<Woken> wait_for_change(SteadyTime deadline, std::uint64_t seen, Presence* client);

    std::mutex mutex_;
    WaitList waiters_;
    std::uint64_t version_ = 0;
    std::optional<Head> head_;
    std::deque<SharedText> pieces_;
    std::size_t held_ = 0;
    bool ended_ = false;
    bool left_ = false;
    boost::system::error_code error_;
};

}  // namespace outpost::cdn
