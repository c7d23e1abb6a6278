// A server under test, with all that it takes: its configuration (each written down in its own file here, as
// well as we know how), its origin, its content, pinned to a core. Started in a folder of its own, ended by
// its process id. Thread rule: one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/process.hpp"
#include "base/result.hpp"
#include "bench/measure/process.hpp"
#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

enum class Contestant {
    outpost_library,  // `outpost serve` with [library]: the content as an asset
    outpost_edge,     // before the origin, with a disk
    nginx_static,     // sendfile
    nginx_cache,      // proxy_cache before the origin
    varnish,          // before the origin
    floor,            // floor/: the least that epoll and sendfile cost
};
std::string_view name_of(Contestant contestant);  // as on the command line: outpost-edge, nginx-cache, …
std::optional<Contestant> contestant_of(std::string_view name);

struct StandOptions {
    std::filesystem::path folder;   // empty, ours
    std::filesystem::path content;  // stand/content.hpp made it
    std::filesystem::path outpost;  // the program
    int core = 0;                   // of the server under test
    int origin_core = 1;
    bool tls = false;              // it listens with TLS 1.3 and the certificate of stand/certificate.hpp
    std::string token_key_folder;  // Outpost only: [auth] with these keys
    Bytes cache;                   // most that an edge keeps; 0: 4 GiB, for "longtail" a third of it
};

class Stand {
  public:
    virtual ~Stand() = default;
    [[nodiscard]] virtual std::string url() const = 0;            // http://127.0.0.1:port
    [[nodiscard]] virtual pid_t process() const = 0;              // cost_of() takes it
    [[nodiscard]] virtual std::string version() const = 0;        // "nginx 1.22.1"
    [[nodiscard]] virtual std::string configuration() const = 0;  // the text, for the report
    // What a scenario does to it. An origin that dies or stalls is back after `lasts`, if that is not 0; it
    // is not waited for. A Problem: this one has no origin, or nothing to reload or purge.
    virtual Outcome<void> happen(const Event& event) = 0;
    [[nodiscard]] virtual std::uint64_t origin_bytes() const = 0;  // sent by the origin so far; 0 without one
};

// Ready to answer when it returns. A Problem: not installed (with the package's name), or it did not start
// (with what it said).
Outcome<std::unique_ptr<Stand>> start_stand(Contestant contestant, const StandOptions& options,
                                            const Cancellation& cancellation);

}  // namespace outpost::bench
