// How far one medium of a title is fetched: which renditions are known and usable, which segment is next and
// where in the film it lies. Media time runs on when a film begins again: `until` only grows, and `lap` is
// where the present run began. Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "bench/player/title.hpp"

namespace outpost::bench {

struct Place {
    std::size_t index = 0;
    Nanoseconds start{0};  // of that segment, from the rendition's beginning
};
// The segment that holds `position`, or the one after it when no more than 50 ms of it are left: renditions
// are seldom cut to the same nanosecond. `index` is the number of segments behind the last.
Place place_at(const Rendition& rendition, Nanoseconds position);

class Feed {
  public:
    // What a title's manifest says of it; renditions without a playlist of their own are known at once.
    // `again`: a film that has ended begins anew.
    Feed(std::shared_ptr<const Title> title, std::size_t medium, bool again, SteadyTime now);

    [[nodiscard]] const Medium& medium() const { return title_->media[medium_]; }
    [[nodiscard]] const Rendition* known(std::size_t rendition) const { return known_[rendition].get(); }
    [[nodiscard]] bool usable(std::size_t rendition, SteadyTime now) const;
    [[nodiscard]] std::size_t usable_others(SteadyTime now) const;  // than the chosen one
    void exclude(std::size_t rendition, SteadyTime until) { excluded_until_[rendition] = until; }

    // The rendition of the next segment.
    [[nodiscard]] std::size_t chosen() const { return chosen_; }
    void choose(std::size_t rendition);
    // Its media playlist, read at `now`; a live one once more.
    void learn(std::size_t rendition, std::shared_ptr<const Rendition> what, SteadyTime now);
    // Begins again elsewhere in the film.
    void jump(Nanoseconds to);

    // The next segment of the chosen rendition, which is known; nothing when a live one isn't there yet, or
    // the film is complete().
    [[nodiscard]] const Piece* next();
    [[nodiscard]] const Piece* behind_next() const;  // the one after it, if it is known
    // When a live playlist without a next segment is to be read again; max() when it isn't live.
    [[nodiscard]] SteadyTime reload_at() const;
    [[nodiscard]] bool live() const;
    void fetched();  // the next segment is there
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] Nanoseconds until() const { return until_; }  // media time that is fetched
    // Of the segment that was fetched last.
    [[nodiscard]] std::optional<std::size_t> last_rendition() const { return last_rendition_; }
    [[nodiscard]] Nanoseconds segment_duration() const { return segment_duration_; }

    // What belongs to a next segment until it is there.
    bool decided = false;           // chosen() stands for it
    std::optional<SteadyTime> due;  // when it was first asked for
    bool bola_on = false;
    std::vector<bool> has_init;  // by rendition

  private:
    void find_place();
    void pass_end();

    std::shared_ptr<const Title> title_;
    std::size_t medium_;
    bool again_;
    std::vector<std::shared_ptr<const Rendition>> known_;
    std::vector<SteadyTime> excluded_until_, read_at_;
    std::vector<bool> changed_;  // a live playlist, when it was last read
    std::size_t chosen_ = 0;
    std::optional<std::size_t> last_rendition_;
    Nanoseconds segment_duration_{0};
    bool placed_ = false;
    Place place_;
    std::optional<std::uint64_t> sequence_;  // live: of the next segment
    Nanoseconds until_{0}, lap_{0};
    bool complete_ = false;
};

}  // namespace outpost::bench
