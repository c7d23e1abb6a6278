// What a load is made of: crowds of clients that arrive by a schedule, what they do, and what else happens
// meanwhile. Read from a TOML file (read.hpp), or put together by a command. All times count from the start
// of the run. Thread rule: values, immutable once read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace outpost::bench {

enum class Activity {
    play,     // a box: manifests, segments, a buffer, adaptation
    request,  // asks for `paths` over and over; what a server's processor time is measured with
    hold,     // opens a connection, asks for one path, and keeps the connection idle
    connect,  // opens a connection, asks for one path, closes, and again: what handshakes cost
};

enum class Arrival {
    at_once,  // all at `start`
    ramp,     // evenly over `over`
    poisson,  // at random, `count` of them expected over `over` (exponential gaps, from the seed)
    flash,    // a crowd at the hour: gaps that shorten towards `start` + over/2 and lengthen after (normal)
};

enum class Adaptation { fixed, throughput, bola, dynamic, exoplayer };

// Which player's time limits, retries and buffer (docs of `profile` in sections.hpp).
enum class PlayerProfile { exoplayer, hlsjs, dashjs, shaka };

enum class TokenPlace { none, path, query, cookie };

struct Crowd {
    std::string name;
    Activity activity = Activity::play;
    std::uint32_t count = 1;
    Arrival arrival = Arrival::ramp;
    Milliseconds start{0}, over{0};
    Milliseconds stay{0};  // then it leaves; 0: until the film's end, or the run's

    // play
    std::vector<std::string> titles;  // manifests, path or URL: .m3u8 or .mpd; "{}" stands for 1…catalogue
    std::uint32_t catalogue = 1;      // how many films "{}" stands for
    double zipf = 0;                  // popularity of the n-th title is n^-zipf; 0: all alike
    Adaptation adaptation = Adaptation::dynamic;
    PlayerProfile profile = PlayerProfile::exoplayer;
    BitRate bit_rate;           // fixed: the rendition nearest to it from below; 0 is the highest
    Milliseconds zap_every{0};  // mean time between changes of title (exponential); 0 never
    Milliseconds seek_every{0}, pause_every{0}, pause_for{0};
    bool cmcd = false;
    bool loop = true;  // begins again at the film's end while it stays

    // request, hold, connect
    std::vector<std::string> paths;  // "{}" as in titles
    double rate = 0;  // requests a second of the whole crowd, open loop; 0: as fast as answers come
    std::uint32_t connections = 1;  // of the whole crowd, when `rate` is 0 each is one client

    // all
    BitRate receive_rate;  // a thin link: how fast it reads; 0 unlimited
    bool verify = false;   // every byte is read and compared (checksums.hpp)
    bool tls_resume = true;
    TokenPlace token = TokenPlace::none;
    std::uint32_t tokens = 1;  // different tokens that the crowd shares
    std::string token_key;     // a key file that mints (JWK), for token != none
    Milliseconds token_life{3600'000};
};

enum class Happening { origin_dies, origin_returns, origin_stalls, reload, purge_all };

// Something that the stand does to the server or its origin under way. Without a stand (a foreign target)
// it is a Problem that says so.
struct Event {
    Milliseconds at{0};
    Happening what = Happening::reload;
    Milliseconds lasts{0};
};

// When a load counts as sustained. Proposed in the player literature's terms; see docs/bench.md.
struct Objective {
    std::uint64_t stalls = 0;         // at most
    double errors = 0.0001;           // of all requests
    double segment_time = 0.5;        // p99 of a segment's time, as a part of its duration
    Milliseconds first_byte_p99{50};  // of requests
};

struct Scenario {
    std::string name, doc;
    std::uint64_t seed = 1;
    Milliseconds lasts{60'000};
    Milliseconds warm_up{0};  // what happens before it does not count
    std::vector<Crowd> crowds;
    std::vector<Event> events;
    Objective objective;
    std::string content = "county";  // what a stand serves (stand/content.hpp)

    // The same load in less time: arrivals, stays and happenings, not the films' own pace.
    [[nodiscard]] Scenario compressed(double factor) const;
    // With `factor` times the clients of the crowds that play or hold, for find.
    [[nodiscard]] Scenario scaled(double factor) const;
    [[nodiscard]] std::uint64_t clients() const;
};

}  // namespace outpost::bench
