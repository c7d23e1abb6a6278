// The floor of a comparison: the least that HTTP over epoll and sendfile can cost. Answers are right (status,
// Content-Length, bytes, kept connections, pipelining) and that is all: no log, no ranges, no conditions, no
// limits, only GET and HEAD, no field of a request is looked at. Never a server to use.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/result.hpp"

namespace outpost::bench {

class FloorServer {
  public:
    // Listens at 127.0.0.1:`port`; 0 lets the system choose.
    static Outcome<FloorServer> listen(const std::filesystem::path& root, std::uint16_t port);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Serves until it is called off.
    void run(const Cancellation& cancellation);

  private:
    struct TextHash {  // found without making a string
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct OpenFile {
        Fd file;
        std::uint64_t size = 0;
        std::string head;  // of the answer, whole
    };
    struct Connection {
        Fd socket;
        std::string requests;            // what has come and is not answered
        std::string_view head;           // of the answer under way: what is still to be sent of it
        const OpenFile* file = nullptr;  // null: no answer is under way, or one without a body
        std::uint64_t sent = 0;          // of the file
        bool ends = false;               // after the answer under way
    };

    void accept_all();
    // False: the connection is over.
    bool serve(Connection& connection);
    bool receive(Connection& connection, bool& drained);
    bool begin_answer(Connection& connection);
    enum class Sent { all, some, failed };
    static Sent send_answer(Connection& connection);
    const OpenFile* file_of(std::string_view path);

    Fd root_, listener_, epoll_;
    std::uint16_t port_ = 0;
    // Files stay open, and their places in memory the same.
    std::unordered_map<std::string, std::unique_ptr<OpenFile>, TextHash, std::equal_to<>> files_;
    std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
};

// What `outpost-bench floor` does: serves until a signal ends the process. Returns 1, having said why, when
// it can't.
int serve_floor(const std::filesystem::path& root, std::uint16_t port);

}  // namespace outpost::bench
