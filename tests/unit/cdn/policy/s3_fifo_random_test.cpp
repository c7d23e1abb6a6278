// S3Fifo against a model that is too slow to be wrong: plain vectors, oldest first.
#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "cdn/policy/s3_fifo.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

struct Item {
    std::uint64_t id = 0;
    std::uint64_t fingerprint = 0;
    std::uint64_t weight = 0;
    int hits = 0;
    bool pinned = false;
    bool main = false;
};

using Row = std::vector<Item>;

std::uint64_t weight_of(const Row& row) {
    std::uint64_t sum = 0;
    for (const Item& item : row) sum += item.weight;
    return sum;
}

Item take(Row& row, std::size_t index) {
    Item item = row[index];
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(index));
    return item;
}

class Model {
  public:
    explicit Model(std::uint64_t capacity) : capacity_{capacity} {}

    void insert(std::uint64_t id, std::uint64_t fingerprint, std::uint64_t weight) {
        if (weight > capacity_) return;
        if (Item* held = find(id)) {
            held->weight = weight;
            return;
        }
        const bool back =
            std::erase_if(ghosts, [&](const Item& g) { return g.fingerprint == fingerprint; }) > 0;
        (back ? main : small)
            .push_back({.id = id, .fingerprint = fingerprint, .weight = weight, .main = back});
    }
    Item* find(std::uint64_t id) {
        for (Row* row : {&small, &main, &aside}) {
            for (Item& item : *row) {
                if (item.id == id) return &item;
            }
        }
        return nullptr;
    }
    void erase(std::uint64_t id) {
        for (Row* row : {&small, &main, &aside})
            std::erase_if(*row, [&](const Item& i) { return i.id == id; });
    }
    void pin(std::uint64_t id, bool pinned) {
        if (Item* item = find(id)) item->pinned = pinned;
        for (std::size_t n = 0; n < aside.size(); ++n) {
            if (aside[n].pinned) continue;
            const Item item = take(aside, n);
            Row& home = item.main ? main : small;
            home.insert(home.begin(), item);
            return;
        }
    }
    std::optional<std::uint64_t> evict() {
        const std::optional<Item> victim = choose();
        if (!victim) return std::nullopt;
        if (!victim->main) {
            std::erase_if(ghosts, [&](const Item& g) { return g.fingerprint == victim->fingerprint; });
            ghosts.push_back(*victim);
        }
        while (ghosts.size() > count() || weight_of(ghosts) > capacity_ - capacity_ / 10)
            ghosts.erase(ghosts.begin());
        return victim->id;
    }
    [[nodiscard]] std::size_t count() const { return small.size() + main.size() + aside.size(); }
    [[nodiscard]] std::uint64_t weight() const {
        return weight_of(small) + weight_of(main) + weight_of(aside);
    }

    Row small, main, aside, ghosts;

  private:
    bool put_aside(Row& row) {
        if (!row.front().pinned) return false;
        aside.push_back(take(row, 0));
        return true;
    }
    std::optional<Item> choose() {
        unsigned steps = 0;
        while (small.size() > 1 && weight_of(small) > (capacity_ - weight_of(aside)) / 10 &&
               steps < S3Fifo::most_steps) {
            if (put_aside(small)) continue;
            Item item = take(small, 0);
            if (item.hits == 0) return item;
            item.hits = 0;
            item.main = true;
            main.push_back(item);
            ++steps;
        }
        std::optional<Item> least;
        for (steps = 0; !main.empty() && steps < S3Fifo::most_steps;) {
            if (put_aside(main)) continue;
            Item item = take(main, 0);
            if (item.hits == 0) return item;
            if (!least || item.hits < least->hits) least = item;
            --item.hits;
            main.push_back(item);
            ++steps;
        }
        if (least) {
            erase(least->id);
            return least;
        }
        while (!small.empty()) {
            if (!put_aside(small)) return take(small, 0);
        }
        return std::nullopt;
    }

    std::uint64_t capacity_;
};

struct Run {
    std::uint64_t capacity;
    unsigned objects;       // different ones
    unsigned most_weight;   // more than the capacity is possible
    unsigned pins_percent;  // of operations
};

void compare(const S3Fifo& cache, Model& model, unsigned objects) {
    REQUIRE(cache.check() == "");
    REQUIRE(cache.count() == model.count());
    REQUIRE(cache.weight().count() == model.weight());
    for (std::uint64_t object = 0; object < objects; ++object) {
        const bool ghost = std::any_of(model.ghosts.begin(), model.ghosts.end(),
                                       [&](const Item& g) { return g.fingerprint == object; });
        REQUIRE(cache.remembers(object) == ghost);
    }
    for (const Row* row : {&model.small, &model.main, &model.aside}) {
        for (const Item& item : *row) {
            const S3Fifo::Standing wanted{.main = item.main, .hits = static_cast<std::uint8_t>(item.hits)};
            REQUIRE(cache.standing(item.id) == wanted);
        }
    }
}

void random_operations(const Run& run, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    S3Fifo cache{{Bytes{run.capacity}}};
    Model model{run.capacity};
    // Some objects change their ids when they come back, some are held twice under two ids.
    const auto any_id = [&] { return below(run.objects) + (below(4) == 0 ? 1'000'000 : 0); };
    for (unsigned step = 0; step < 4000; ++step) {
        const std::uint64_t id = any_id();
        const std::uint64_t weight = below(run.most_weight + 1);
        const std::uint64_t what = below(100);
        if (what < run.pins_percent) {
            const bool pinned = below(3) == 0;
            cache.pin(id, pinned);
            model.pin(id, pinned);
        } else if (what < 55) {
            cache.insert(id, id % 1'000'000, Bytes{weight});
            model.insert(id, id % 1'000'000, weight);
            while (model.weight() > run.capacity) {
                const auto victim = model.evict();
                REQUIRE(cache.evict() == victim);
                if (!victim) break;
            }
            REQUIRE(cache.shrink_to(Bytes{run.capacity}).empty());
        } else if (what < 90) {
            cache.touch(id);
            if (Item* item = model.find(id)) item->hits = std::min(item->hits + 1, 3);
        } else if (what < 95) {
            Item* item = model.find(id);
            REQUIRE(cache.resize(id, Bytes{weight}) == (item != nullptr && weight <= run.capacity));
            if (item != nullptr && weight <= run.capacity) item->weight = weight;
        } else {
            REQUIRE(cache.erase(id) == (model.find(id) != nullptr));
            model.erase(id);
        }
        if (step % 20 == 0) compare(cache, model, run.objects);
    }
    compare(cache, model, run.objects);
}

}  // namespace

TEST_CASE("random operations end as a naive model says") {
    const std::uint64_t base = std::random_device{}();
    MESSAGE("seed ", base);
    const std::vector<Run> runs{
        {.capacity = 100, .objects = 40, .most_weight = 10, .pins_percent = 0},   // busy
        {.capacity = 100, .objects = 200, .most_weight = 3, .pins_percent = 10},  // light
        {.capacity = 100, .objects = 30, .most_weight = 120, .pins_percent = 5},  // some too heavy
        {.capacity = 1000, .objects = 900, .most_weight = 4, .pins_percent = 2},  // more warm ones than steps
        {.capacity = 5, .objects = 20, .most_weight = 5, .pins_percent = 30},  // no share for the small queue
    };
    for (std::size_t n = 0; n < runs.size(); ++n) {
        CAPTURE(n);
        random_operations(runs[n], base + n);
    }
}
