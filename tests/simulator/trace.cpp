#include "tests/simulator/trace.hpp"

#include <algorithm>
#include <cmath>

namespace outpost::simulator {
namespace {

// SplitMix64. The standard's distributions differ between libraries; these don't.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_{seed} {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(next() % bound); }
    std::uint32_t between(std::uint32_t least, std::uint32_t most) { return least + below(most - least + 1); }
    bool chance(double probability) { return unit() < probability; }

  private:
    std::uint64_t state_;
};

// Ranks 0..count-1, the first the likeliest.
class Zipf {
  public:
    Zipf(unsigned count, double exponent) {
        double sum = 0;
        for (unsigned rank = 1; rank <= count; ++rank) up_to_.push_back(sum += std::pow(rank, -exponent));
    }
    unsigned draw(Random& random) const {
        const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), random.unit() * up_to_.back());
        return static_cast<unsigned>(std::min(found - up_to_.begin(), std::ssize(up_to_) - 1));
    }

  private:
    std::vector<double> up_to_;
};

constexpr unsigned renditions = 3;
constexpr unsigned most_bytes_of_segment[renditions]{12'000'000, 6'000'000, 3'800'000};
constexpr unsigned least_bytes_of_segment[renditions]{8'000'000, 4'000'000, 3'000'000};
constexpr unsigned tracks = renditions + 1;  // and the sound
constexpr double segment_seconds = 6;
constexpr double day = 86'400;

// Objects of a film: the multivariant playlist, a playlist and an init segment for each track, then segments.
constexpr unsigned heads = 1 + 2 * tracks;

class Builder {
  public:
    Builder(const Traffic& traffic, std::uint64_t seed) : traffic_{traffic}, random_{seed} {
        films_ = traffic.catalogue.films + (traffic.premiere > 0 ? 1 : 0);
        for (unsigned rank = 0; rank < traffic.catalogue.films; ++rank) by_rank_.push_back(rank);
    }

    Trace build() {
        Trace trace{.name = traffic_.name,
                    .mixed = traffic_.mixed,
                    .requests = {},
                    .sizes = sizes(),
                    .catalogue = {}};
        std::uint64_t total = 0;
        for (const std::uint32_t size : trace.sizes) total += size;
        trace.catalogue = Bytes{total};
        add_loose();
        add_sessions();
        add_premiere();
        add_crawler();
        std::stable_sort(events_.begin(), events_.end(),
                         [](const Event& a, const Event& b) { return a.at < b.at; });
        for (const Event& event : events_) trace.requests.push_back(event.object);
        return trace;
    }

  private:
    struct Event {
        double at;
        std::uint32_t object;
    };

    [[nodiscard]] std::uint32_t per_film() const { return heads + tracks * traffic_.catalogue.segments; }
    [[nodiscard]] std::uint32_t segment(unsigned film, unsigned track, unsigned number) const {
        return film * per_film() + heads + track * traffic_.catalogue.segments + number;
    }
    void ask(double at, std::uint32_t object) { events_.push_back({at, object}); }

    std::vector<std::uint32_t> sizes() {
        std::vector<std::uint32_t> sizes;
        for (unsigned film = 0; film < films_; ++film) {
            sizes.push_back(2'000);
            for (unsigned track = 0; track < tracks; ++track) {
                sizes.push_back(random_.between(8'000, 20'000));
                sizes.push_back(1'200);
            }
            for (unsigned track = 0; track < tracks; ++track) {
                for (unsigned number = 0; number < traffic_.catalogue.segments; ++number) {
                    sizes.push_back(track == renditions ? 64 * 1024
                                                        : random_.between(least_bytes_of_segment[track],
                                                                          most_bytes_of_segment[track]));
                }
            }
        }
        return sizes;
    }

    unsigned draw_rendition() {
        const double draw = random_.unit();
        return draw < 0.5 ? 0 : draw < 0.8 ? 1 : 2;
    }

    // How many segments somebody watches: many leave at once, some on the way, the rest stay.
    unsigned draw_length() {
        const double draw = random_.unit();
        if (draw < 0.35) return random_.between(1, 8);
        if (draw < 0.65) return random_.between(8, traffic_.catalogue.segments);
        return traffic_.catalogue.segments;
    }

    void play(unsigned film, double at) {
        const unsigned count = traffic_.catalogue.segments;
        const std::uint32_t first_object = film * per_film();
        unsigned rendition = draw_rendition();
        const unsigned start = random_.chance(0.2) ? random_.below(count) : 0;
        const unsigned end = std::min(count, start + draw_length());
        ask(at, first_object);
        for (const unsigned track : {rendition, renditions}) {
            ask(at, first_object + 1 + 2 * track);
            ask(at, first_object + 2 + 2 * track);
        }
        for (unsigned number = start; number < end; ++number) {
            // The first five fill the player's buffer; from then on one leaves when one comes.
            const unsigned ahead = number - start;
            const double when = at + (ahead < 5 ? ahead * 0.8 : (ahead - 4) * segment_seconds);
            if (random_.chance(0.01)) rendition = draw_rendition();
            ask(when, segment(film, rendition, number));
            ask(when, segment(film, renditions, number));
        }
    }

    void add_sessions() {
        const Zipf zipf{traffic_.catalogue.films, traffic_.zipf};
        const unsigned turn = traffic_.shuffles ? std::max(1U, traffic_.sessions / traffic_.shuffles) : 0;
        for (unsigned session = 0; session < traffic_.sessions; ++session) {
            // In order of time, so that the shuffles come between earlier and later sessions.
            const double at = (session + random_.unit()) * day / traffic_.sessions;
            if (turn && session % turn == turn - 1) {
                std::swap(by_rank_[random_.below(traffic_.catalogue.films)],
                          by_rank_[random_.below(std::min(20U, traffic_.catalogue.films))]);
            }
            play(by_rank_[zipf.draw(random_)], at);
        }
    }

    // All within half an hour, in the middle of the day.
    void add_premiere() {
        for (unsigned session = 0; session < traffic_.premiere; ++session) {
            play(films_ - 1, day / 2 + random_.unit() * random_.unit() * 1800);
        }
    }

    // Reads every object of a film, four in a second, one film after another, from the day's first quarter
    // on.
    void add_crawler() {
        double at = day / 4;
        for (unsigned n = 0; n < std::min(traffic_.crawled, traffic_.catalogue.films); ++n) {
            const unsigned film = traffic_.catalogue.films - 1 - n;
            for (unsigned object = 0; object < per_film(); ++object) {
                ask(at += 0.25, film * per_film() + object);
                if (traffic_.crawled_in_halves) ask(at, film * per_film() + object);
            }
        }
    }

    void add_loose() {
        const Zipf zipf{traffic_.catalogue.films, traffic_.zipf};
        for (unsigned n = 0; n < traffic_.loose; ++n) {
            const unsigned film = zipf.draw(random_);
            ask(random_.unit() * day, film * per_film() + random_.below(per_film()));
        }
    }

    const Traffic& traffic_;
    Random random_;
    unsigned films_ = 0;
    std::vector<unsigned> by_rank_;
    std::vector<Event> events_;
};

}  // namespace

std::vector<Traffic> usual_traffic(unsigned scale) {
    const Catalogue catalogue{.films = 240 / scale, .segments = 150};
    const unsigned sessions = 2400 / scale;
    const unsigned crawled = catalogue.films / 4;
    const unsigned premiere = 400 / scale;
    std::vector<Traffic> all;
    all.push_back({.name = "loose", .loose = 400'000 / scale});
    all.push_back({.name = "sessions", .sessions = sessions});
    all.push_back({.name = "premiere", .sessions = sessions, .premiere = premiere, .mixed = true});
    all.push_back({.name = "crawler", .sessions = sessions, .crawled = crawled, .mixed = true});
    all.push_back({.name = "halves", .sessions = sessions, .crawled = crawled, .crawled_in_halves = true});
    all.push_back({.name = "fashions",
                   .sessions = sessions,
                   .crawled = crawled / 2,
                   .shuffles = 60 / scale,
                   .mixed = true});
    all.push_back({.name = "frenzy", .sessions = sessions, .crawled = crawled / 2, .shuffles = 240 / scale});
    all.push_back({.name = "all",
                   .sessions = sessions,
                   .premiere = premiere,
                   .crawled = crawled,
                   .loose = 40'000 / scale,
                   .shuffles = 20 / scale,
                   .mixed = true});
    for (Traffic& traffic : all) traffic.catalogue = catalogue;
    return all;
}

Trace make_trace(const Traffic& traffic, std::uint64_t seed) { return Builder{traffic, seed}.build(); }

}  // namespace outpost::simulator
