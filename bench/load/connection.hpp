// A client's HTTP/1.1 connection: one request at a time, kept alive, opened anew when it has to be. The
// body's bytes are thrown away in the kernel where nobody needs them. It never calls its owner from ask().
// Thread rule: its loop's thread.
#pragma once

#include <string>

#include <xxhash.h>

#include "base/http/chunked.hpp"
#include "base/http/head.hpp"
#include "bench/load/counters.hpp"
#include "bench/load/link.hpp"
#include "bench/load/loop.hpp"
#include "bench/load/tls.hpp"
#include "bench/measure/recording.hpp"

namespace outpost::bench {

// What all connections of a thread share.
struct Surroundings {
    Surroundings(Loop& its_loop, Recording& its_recording, Counters& its_counters);
    Loop& loop;
    Recording& recording;
    Counters& counters;
    http::ResponseHead head;  // parsed here, so that its room is kept
    std::string scratch;      // what is read on the way
    std::string spill;        // what chunks carried
};

struct Ask {
    Milliseconds first_byte_limit{0}, progress_limit{0}, total_limit{0};  // 0: none
    bool keep_body = false;
    std::optional<std::uint64_t> checksum;  // XXH3 that the body must have; then every byte is read
    bool let_other_close = false;           // whoever asks calls let_close() afterwards
};

struct Answer {
    Failure failure = Failure::none;
    int status = 0;
    bool hit = false;
    std::uint64_t bytes = 0;
    SteadyTime sent, first_byte, done;
    std::string body;
};

class Connection;
class ConnectionOwner {
  public:
    virtual void answered(Connection& connection, Answer& answer, SteadyTime now) = 0;
    // The other side closed it with nothing under way, or after let_close().
    virtual void closed(Connection&, SteadyTime) {}

  protected:
    ~ConnectionOwner() = default;
};

class Connection final : public Watched, private Timer {
  public:
    // All outlive it; `tls` for endpoints with TLS, `link` null when it is not thin.
    Connection(Surroundings& around, const Endpoint& endpoint, TlsClient* tls, Link* link,
               BitRate receive_rate, ConnectionOwner& owner);
    ~Connection() { close(); }

    // The request's head, to be written by the owner before ask().
    std::string& request() { return request_; }
    void ask(const Ask& ask, SteadyTime now);
    // What is under way is dropped, and nobody hears of it.
    void close();
    // Waits up to 1 s for the other side to close, so that the port that waits afterwards (TIME-WAIT) is
    // its, not ours. False: it has closed already.
    bool let_close(SteadyTime now);

    [[nodiscard]] bool busy() const { return phase_ > Phase::ending; }
    [[nodiscard]] bool open() const { return phase_ != Phase::closed; }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    // Of what is under way.
    [[nodiscard]] bool has_first_byte() const { return answer_.first_byte != SteadyTime{}; }

  private:
    enum class Phase { closed, idle, ending, failing, connecting, handshake, head, body, chunks, until_end };
    struct Got {
        enum class What { some, none, end, broken } what = What::none;
        std::size_t bytes = 0;
    };

    void on_ready(std::uint32_t events, SteadyTime now) override;
    void on_time(SteadyTime now) override;

    void start(SteadyTime now);  // opens the socket
    void connected(SteadyTime now);
    void shake_hands(SteadyTime now);
    void ready(SteadyTime now);  // for the request to go
    void send(SteadyTime now);
    void fail_soon(Failure failure, SteadyTime now);
    void fail(Failure failure, SteadyTime now);
    void finish();
    void watch_limits();
    [[nodiscard]] SteadyTime limit() const;
    bool unasked_for(std::uint32_t events);

    Got receive(std::size_t most, bool discard, SteadyTime now);
    Got receive_plain(std::size_t most, bool discard);
    Got receive_tls(std::size_t most);
    void read(SteadyTime now);
    bool read_head(SteadyTime now);  // false: nothing more to read now
    bool read_body(SteadyTime now);
    bool take_head(std::string_view bytes, SteadyTime now);
    void begin_body(std::string_view rest, SteadyTime now);
    void take_body(std::string_view bytes, SteadyTime now);
    void take(std::string_view bytes);
    void ended_early(bool broken, SteadyTime now);
    void wake_less_often();
    void wake_at(int bytes);

    Surroundings& around_;
    const Endpoint& endpoint_;
    TlsClient* tls_;
    Link* link_;
    BitRate receive_rate_;
    ConnectionOwner& owner_;

    Phase phase_ = Phase::closed;
    Fd socket_;
    Ssl ssl_;
    std::size_t watch_ = 0;
    std::string request_;
    std::size_t written_ = 0;
    Ask ask_;
    Answer answer_;
    SteadyTime opened_, asked_, progressed_, paced_;
    Failure failure_ = Failure::none;  // of fail_soon()
    bool reused_ = false;              // had an answer before
    bool keep_alive_ = false;
    bool drained_ = false, other_end_ = false;  // since the loop woke us
    std::string partial_;                       // a head of which not all has come
    std::size_t searched_ = 0;
    std::uint64_t left_ = 0;  // of the body
    int low_water_ = 1;
    http::ChunkedDecoder chunks_{0};
    struct HashFree {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, HashFree> hash_;  // of those that verify
};

}  // namespace outpost::bench
