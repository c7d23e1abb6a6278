// Inside of the Player: one box from its arrival until it leaves. Everything happens at its own time, in
// order, however late step() is called. Include player.hpp instead. Thread rule: as Player's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/player/adaptation.hpp"
#include "bench/player/cmcd.hpp"
#include "bench/player/feed.hpp"
#include "bench/player/playback.hpp"
#include "bench/player/player.hpp"
#include "bench/player/profile.hpp"
#include "bench/player/viewer.hpp"

namespace outpost::bench {

class Session {
  public:
    Session(const Crowd& crowd, std::string base_url, std::uint64_t seed, Recording& recording,
            SteadyTime now);

    std::vector<Action> step(SteadyTime now);
    void arrived(Arrived answer, SteadyTime now);
    [[nodiscard]] SteadyTime wake() const;
    void leave(SteadyTime now);
    [[nodiscard]] bool finished() const { return finished_; }
    [[nodiscard]] const std::string& complaint() const { return complaint_; }
    [[nodiscard]] Player::Showing showing() const;
    [[nodiscard]] Nanoseconds buffered(SteadyTime now) const { return playback_.buffered(now); }

  private:
    enum class Errand { title, playlist, init, segment };
    struct Request {
        Errand errand = Errand::title;
        Want want;
        unsigned failures = 0;
        bool under_way = false;
        SteadyTime again_at;  // when it isn't
    };

    // session.cpp: time, and what the viewer does.
    void advance(SteadyTime now);
    void happen(SteadyTime at);
    [[nodiscard]] SteadyTime next_event() const;
    void open_title(SteadyTime at);
    void seek(SteadyTime at);
    void record(SteadyTime at);
    void drop_requests();
    void give_up(std::string why, SteadyTime at);

    // session_fetch.cpp: what is wanted, and what comes of it. A medium's request has its place; the title's
    // has the first.
    void pump(std::size_t medium, SteadyTime at);
    void decide(std::size_t medium, SteadyTime at);
    [[nodiscard]] Nanoseconds goal(std::size_t medium) const;
    [[nodiscard]] SteadyTime wanted_at(std::size_t medium) const;
    void ask(std::size_t place, Errand errand, const Piece& piece, SteadyTime due);
    void send(std::size_t place);
    [[nodiscard]] std::string cmcd(std::size_t place, Errand errand, const Piece& piece);
    void title_arrived(const Arrived& answer, const std::string& url, SteadyTime at);
    void playlist_arrived(std::size_t medium, const Arrived& answer, const std::string& url, SteadyTime at);
    void segment_arrived(std::size_t medium, const Arrived& answer, SteadyTime at);
    void failed(std::size_t place, const Arrived& answer, SteadyTime at);

    const Crowd& crowd_;
    const Profile& profile_;
    std::string base_url_;
    Recording& recording_;
    Viewer viewer_;
    Throughput throughput_;
    Playback playback_;
    SteadyTime clock_;      // up to when everything has happened
    SteadyTime opened_at_;  // the present film
    std::string session_id_, content_id_;
    bool dash_ = false;
    bool starved_ = false;                          // since the last request for media
    Nanoseconds length_{0};                         // the film's, of its first medium; 0: not known, or live
    std::vector<Feed> feeds_;                       // empty until the title is known
    std::vector<std::optional<Request>> requests_;  // one a medium, at least one
    std::vector<Action> actions_;
    std::uint64_t next_id_ = 1;
    bool finished_ = false;
    std::string complaint_;
};

}  // namespace outpost::bench
