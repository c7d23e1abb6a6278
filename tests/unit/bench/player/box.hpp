// A player and what answers it, in a time that is only a number: each request is answered by a function of
// the test, at the time that it says.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/player/player.hpp"

namespace outpost::bench::testing {

using namespace std::chrono_literals;

inline const SteadyTime zero{std::chrono::hours{1}};
inline Nanoseconds since(SteadyTime time) { return time - zero; }

struct Reply {
    Nanoseconds takes{100ms};
    std::uint64_t bytes = 1000;
    int status = 200;
    std::string body;
    Failure failure = Failure::none;
};

class Box {
  public:
    using Server = std::function<Reply(const Want&)>;
    Box(Crowd crowd, Server server, std::uint64_t seed = 1)
        : crowd_{std::move(crowd)},
          recording{zero, Milliseconds{0}},
          player{crowd_, "http://edge.example", seed, recording, zero},
          server_{std::move(server)} {
        take(zero);
    }

    // Until `until`, or it has left.
    void run(Nanoseconds until) {
        while (!player.finished()) {
            SteadyTime next = player.wake();
            std::size_t first = answers_.size();
            for (std::size_t i = 0; i < answers_.size(); ++i) {
                if (answers_[i].done < next || (first == answers_.size() && answers_[i].done <= next)) {
                    next = answers_[i].done;
                    first = i;
                }
            }
            if (next > zero + until) break;
            now_ = std::max(now_, next);
            if (first < answers_.size()) {
                const Arrived answer = answers_[first];
                answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(first));
                under_way_.erase(answer.id);
                player.arrived(answer, now_);
            }
            take(now_);
        }
        if (player.finished()) return;
        now_ = zero + until;
        take(now_);
    }

    struct Asked {
        std::string path;
        Nanoseconds due;
        Want want;
    };

  private:
    const Crowd crowd_;  // outlives the player

  public:
    std::vector<Asked> asked;
    std::vector<std::uint64_t> cancelled;
    std::size_t steps = 0, most_under_way = 0;
    Recording recording;
    Player player;

    [[nodiscard]] Nanoseconds now() const { return since(now_); }
    [[nodiscard]] std::vector<std::string> paths() const {
        std::vector<std::string> out;
        for (const Asked& each : asked) out.push_back(each.path);
        return out;
    }

  private:
    void take(SteadyTime now) {
        ++steps;
        for (const Action& action : player.step(now)) {
            if (const auto* cancel = std::get_if<Cancel>(&action)) {
                under_way_.erase(cancel->id);
                cancelled.push_back(cancel->id);  // the answer comes all the same: it is to be ignored
                continue;
            }
            const Want& want = std::get<Want>(action);
            under_way_.insert(want.id);
            most_under_way = std::max(most_under_way, under_way_.size());
            asked.push_back(
                {want.url.substr(std::string{"http://edge.example"}.size()), since(want.due), want});
            const Reply reply = server_(want);
            answers_.push_back({want.id,
                                now,
                                now + reply.takes,
                                now + reply.takes,
                                reply.bytes,
                                reply.failure,
                                reply.status,
                                reply.body,
                                {}});
        }
    }

    Server server_;
    std::set<std::uint64_t> under_way_;
    SteadyTime now_ = zero;
    std::vector<Arrived> answers_;
};

// A finished media playlist: segments of so many seconds, each named `name` and its number.
inline std::string film(int segments, int seconds, const std::string& name = "s") {
    std::string out = "#EXTM3U\n#EXT-X-TARGETDURATION:" + std::to_string(seconds) + "\n";
    for (int i = 1; i <= segments; ++i)
        out += "#EXTINF:" + std::to_string(seconds) + ",\n" + name + std::to_string(i) + ".m4s\n";
    return out + "#EXT-X-ENDLIST\n";
}

inline Crowd crowd_of(std::string title) {
    Crowd crowd;
    crowd.name = "test";
    crowd.titles = {std::move(title)};
    crowd.adaptation = Adaptation::fixed;
    return crowd;
}

}  // namespace outpost::bench::testing
