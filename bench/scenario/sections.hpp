// The sections of a scenario file and their options, declared with the machinery of config/: each once, with
// default, bounds and the prose that docs/bench-scenarios.md shows. read.cpp makes a Scenario of them.
// Thread rule: as config/option.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/scenario/scenario.hpp"
#include "config/option.hpp"

namespace outpost::bench {

enum class Content { county, longtail, thin, sizes, tiny };  // stand/content.hpp

}  // namespace outpost::bench

namespace outpost::config {

template <>
std::span<const Named<bench::Activity>> names_of();
template <>
std::span<const Named<bench::Arrival>> names_of();
template <>
std::span<const Named<bench::Adaptation>> names_of();
template <>
std::span<const Named<bench::PlayerProfile>> names_of();
template <>
std::span<const Named<bench::TokenPlace>> names_of();
template <>
std::span<const Named<bench::Happening>> names_of();
template <>
std::span<const Named<bench::Content>> names_of();

}  // namespace outpost::config

namespace outpost::bench {

using config::Option;
using config::Repeated;
using config::Required;
using config::Root;
using config::Section;
using namespace std::chrono_literals;

struct ScenarioOptions : Section {
    using Section::Section;
    Option<std::string> name{*this, "name", "",
                             "What results and pages call it. Empty: the file's name without its ending."};
    Option<std::string> about{*this, "about", "", "One line that says what it shows, for results and pages."};
    Option<std::uint32_t> seed{*this, "seed", 1,
                               "Where all chance comes from: arrivals, choices of titles, zaps. The same "
                               "seed asks for the same things at the same times."};
    Option<Milliseconds> lasts{*this,
                               "lasts",
                               60s,
                               {1s, 24h},
                               "How long the run lasts. `--compress N` runs it in an Nth of the time."};
    Option<Milliseconds> warm_up{*this,
                                 "warm_up",
                                 0s,
                                 {0s, 24h},
                                 "What was due before this time is shown second by second, but does not "
                                 "count: caches fill, connections open."};
    Option<Content> content{
        *this, "content", Content::county,
        "What a server that the bench itself starts has to serve: \"county\" is the film /vod/county/ with a "
        "ladder up to 25 Mb/s; \"longtail\" 200 short films, /vod/longtail-1/ and on; \"thin\" the film "
        "/vod/thin/ in 0.5 and 2 Mb/s; \"sizes\" files of one size, /sizes/1536/1 to 16, /sizes/65536/, "
        "/sizes/3145728/ and /sizes/13107200/; \"tiny\" the film /vod/tiny/ of 6 s, for tests. With "
        "`--target` "
        "the server has content of its own and this is not looked at."};
};

struct ObjectiveOptions : Section {
    using Section::Section;
    Option<std::uint32_t> stalls{*this, "stalls", 0, "Most stalls of all boxes together."};
    Option<double> errors{*this,
                          "errors",
                          0.0001,
                          {0, 1},
                          "Most requests that failed, as a part of all: 0.0001 is one in ten thousand."};
    Option<double> segment_time{
        *this,
        "segment_time",
        0.5,
        {0, 1000},
        "p99 of the time of a segment, from when it was due, as a part of its duration. At 1 a player's "
        "buffer no longer fills. 0: not looked at."};
    Option<Milliseconds> first_byte_p99{
        *this,
        "first_byte_p99",
        50ms,
        {0s, 1h},
        "p99 of the time until a response's first byte, from when it was due. 0s: not looked at."};
};

struct CrowdOptions : Section {
    using Section::Section;
    Option<std::string> name{*this, "name", Required{"boxes"}, "What problems and pages call the crowd."};
    Option<Activity> activity{
        *this, "activity", Activity::play,
        "What its clients do. \"play\": a box with manifests, segments, a buffer and adaptation. "
        "\"request\": "
        "asks for `paths` over and over, to measure a server's processor time. \"hold\": opens a connection, "
        "asks once and stays connected. \"connect\": opens a connection, asks once, closes, and again."};
    Option<std::uint32_t> count{*this,
                                "count",
                                1,
                                {1, 1000000},
                                "How many clients, for \"play\" and \"hold\". `find` multiplies this."};
    Option<Arrival> arrival{
        *this, "arrival", Arrival::ramp,
        "How they come, whatever the server does meanwhile. \"at_once\": all at `start`. \"ramp\": evenly "
        "over `over`. \"poisson\": at random, `count` of them expected. \"flash\": a crowd at the hour, most "
        "of them around the middle of `over`."};
    Option<Milliseconds> start{*this, "start", 0s, {0s, 24h}, "When the first may come."};
    Option<Milliseconds> over{*this, "over", 0s, {0s, 24h}, "In which time from `start` they all come."};
    Option<Milliseconds> stay{
        *this,
        "stay",
        0s,
        {0s, 24h},
        "How long each stays. 0s: until the run's end, or the film's where `loop` is false."};

    Option<std::vector<std::string>> titles{
        *this, "titles", std::vector<std::string>{},
        "The manifests that boxes play, .m3u8 or .mpd, as paths on the target or whole URLs. \"{}\" in one "
        "stands for 1 to `catalogue`. Each box chooses among all."};
    Option<std::vector<std::string>> paths{
        *this, "paths", std::vector<std::string>{},
        "What the other activities ask for; \"{}\" stands for 1 to `catalogue`. Each request chooses among "
        "all."};
    Option<std::uint32_t> catalogue{
        *this, "catalogue", 1, {1, 1000000}, "How many things \"{}\" stands for."};
    Option<double> zipf{*this,
                        "zipf",
                        0,
                        {0, 10},
                        "How popularity falls: the n-th title is chosen in proportion to n^-zipf. Films on "
                        "demand are near 0.8. 0: all alike."};
    Option<Adaptation> adaptation{
        *this, "adaptation", Adaptation::dynamic,
        "How a box chooses its rendition: \"fixed\" takes `bit_rate`; \"throughput\" what it measured, times "
        "0.9; \"bola\" by its buffer (Spiteri); \"dynamic\" as dash.js, by throughput until the buffer is "
        "there; \"exoplayer\" 0.7 of the throughput, up only above 10 s of buffer."};
    Option<PlayerProfile> profile{
        *this, "profile", PlayerProfile::exoplayer,
        "Whose time limits, retries and buffer it has. \"exoplayer\": 8 s to connect and between bytes, 3 "
        "retries, 50 s of buffer. \"hlsjs\": 10 s to the first byte and 120 s in all, 6 retries 1 to 8 s "
        "apart, 30 s. \"dashjs\": 20 s, 3 retries a second apart, 18 to 60 s. \"shaka\": 30 s, 2 retries, "
        "10 s."};
    Option<BitRate> bit_rate{*this, "bit_rate", BitRate{},
                             "Where `adaptation` is \"fixed\": the rendition nearest to this from below. "
                             "0bps: the highest."};
    Option<Milliseconds> zap_every{
        *this, "zap_every", 0s, {0s, 24h}, "Mean time between changes of title, at random. 0s: never."};
    Option<Milliseconds> seek_every{
        *this, "seek_every", 0s, {0s, 24h}, "Mean time between jumps within the film, at random. 0s: never."};
    Option<Milliseconds> pause_every{
        *this, "pause_every", 0s, {0s, 24h}, "Mean time between pauses, at random. 0s: never."};
    Option<Milliseconds> pause_for{*this, "pause_for", 0s, {0s, 24h}, "How long a pause lasts."};
    Option<bool> cmcd{*this, "cmcd", false,
                      "Whether boxes say how they are with every request (CTA-5004, in the query)."};
    Option<bool> loop{*this, "loop", true, "Whether a film begins again at its end while the box stays."};

    Option<double> rate{
        *this,
        "rate",
        0,
        {0, 10000000},
        "For \"request\" and \"connect\": how many a second the whole crowd begins, whether or not earlier "
        "ones are answered. 0: each connection asks again as soon as it is answered."};
    Option<std::uint32_t> connections{*this,
                                      "connections",
                                      1,
                                      {1, 1000000},
                                      "For \"request\" and \"connect\": how many connections at once the "
                                      "whole crowd has, at most."};

    Option<BitRate> receive_rate{
        *this, "receive_rate", BitRate{},
        "How fast a client reads: a village's thin link. 0bps: as fast as bytes come."};
    Option<bool> verify{*this, "verify", false,
                        "Whether every byte is read and compared with the checksum that the content's maker "
                        "wrote. It costs the load generator several times more."};
    Option<bool> tls_resume{*this, "tls_resume", true,
                            "Whether a client's later connections resume its first one's TLS session."};
    Option<TokenPlace> token{*this, "token", TokenPlace::none,
                             "Where requests carry a token: in the path, in the query or in a cookie."};
    Option<std::uint32_t> tokens{
        *this, "tokens", 1, {1, 1000000}, "How many different tokens the crowd has. Each client keeps one."};
    Option<std::filesystem::path> token_key{
        *this, "token_key", std::filesystem::path{},
        "The private key that signs the tokens, as `outpost token keygen` writes it."};
    Option<Milliseconds> token_life{
        *this,
        "token_life",
        1h,
        {1s, 24h},
        "How long a token is valid. Longer than the run, or its end is measured too."};
};

struct EventOptions : Section {
    using Section::Section;
    Option<Milliseconds> at{
        *this, "at", Required{"30s"}, {0s, 24h}, "When it happens, counted from the beginning of the run."};
    Option<Happening> what{
        *this, "what", Required{"origin_dies"},
        "What the bench does to the server that it started. \"origin_dies\": the origin's process is killed. "
        "\"origin_returns\": it is started again. \"origin_stalls\": it is stopped (SIGSTOP), so that it "
        "takes connections and never answers. \"reload\": the server reads its configuration again. "
        "\"purge_all\": all that it keeps is declared stale."};
    Option<Milliseconds> lasts{
        *this,
        "lasts",
        0s,
        {0s, 24h},
        "How long the origin is dead or stalled. 0s: until it returns by another event, or for good."};
};

struct ScenarioFile : Root {
    ScenarioOptions scenario{*this, "scenario", "The run as a whole."};
    ObjectiveOptions objective{
        *this, "objective",
        "When the load counts as sustained: all of these hold. `run` says whether, `find` looks for the "
        "largest load for which they do."};
    Repeated<CrowdOptions> crowd{
        *this, "crowd",
        "Clients that are alike. Write one [[crowd]] for each kind; there must be at least one. All times "
        "count from the beginning of the run."};
    Repeated<EventOptions> event{
        *this, "event",
        "Something that happens meanwhile to the server or its origin. Only where the bench started them; "
        "against a `--target` a scenario with events is refused."};
};

// What the options must be together; faults are added.
void check_scenario(const ScenarioFile& file, std::vector<config::Fault>& faults);

}  // namespace outpost::bench
