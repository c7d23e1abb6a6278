// kill -9 at random moments, and how long a start takes.
#include <csignal>
#include <random>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "cdn/store/index.hpp"
#include "tests/unit/cdn/store/records.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::cdn;
using namespace std::chrono_literals;

namespace {

std::string key_of(std::uint64_t id) { return "http://host/" + std::to_string(id); }
std::string body_of(std::uint64_t id) { return std::string(id % 5000, 'b') + std::to_string(id); }

// Puts objects, and removes every third again after the next one was put; a byte into the pipe now and then.
// Never returns.
[[noreturn]] void write_until_killed(const TemporaryDirectory& directory, int pipe) {
    const auto index = Index::open(directory.path(), {.batch_time = 1ms, .most_queued = 1000}, {});
    if (!index) ::_exit(1);
    for (int i = 0;; ++i) {
        const std::uint64_t id = (*index)->next_id();
        while (!(*index)->put(small_record(id, key_of(id), body_of(id)))) {
        }
        if (id % 3 == 0) {
            while (!(*index)->remove(id - 1)) {
            }
        }
        // Now and then something is there for sure; what came since may be, or not.
        if (i % 100 == 99 && !(*index)->flush()) ::_exit(1);
        if (i % 50 == 0 && ::write(pipe, "x", 1) != 1) ::_exit(1);
    }
}

// Kills the child after it has said `signs` bytes.
void run_and_kill(const TemporaryDirectory& directory, unsigned signs) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        write_until_killed(directory, ends[1]);
    }
    ::close(ends[1]);
    char sign = 0;
    for (unsigned i = 0; i < signs; ++i) REQUIRE(::read(ends[0], &sign, 1) == 1);
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    ::close(ends[0]);
}

// What is there is a beginning of what the child did, in its order, and whole.
void check_consistent(Index& index, const std::vector<std::uint64_t>& ids) {
    const std::set<std::uint64_t> all{ids.begin(), ids.end()};
    for (const std::uint64_t id : all) {
        const auto found = index.find(key_hash(key_of(id)));
        REQUIRE(found.value().size() == 1);
        CHECK(found->front().id == id);
        CHECK(index.body(id).value() == body_of(id));
    }
    const std::uint64_t last = ids.back(), first = (last >> 32 << 32) + 1;
    for (std::uint64_t id = first; id + 1 < last; ++id) CHECK(all.contains(id) == ((id + 1) % 3 != 0));
}

}  // namespace

TEST_CASE("kill -9 at any time leaves a database that opens, with a beginning of what was queued") {
    const TemporaryDirectory directory;
    const unsigned seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::uint64_t last = 0;
    std::size_t seen = 0;
    for (int round = 0; round < 20; ++round) {
        run_and_kill(directory, random() % 8);
        const auto index = Index::open(directory.path(), {}, {});
        REQUIRE(index.has_value());
        CHECK((*index)->next_id() > last);
        std::vector<std::uint64_t> ids;
        REQUIRE((*index)->each_stub([&](const Stub& stub) {
            if (stub.id > last) ids.push_back(stub.id);
            return true;
        }));
        if (!ids.empty()) check_consistent(**index, ids);
        seen += ids.size();
        last = (*index)->next_id();
    }
    CHECK(seen > 0);
}

// build/release/tests/outpost-unit -tc='a million*' --no-skip
TEST_CASE("a million objects are listed in seconds" * doctest::skip()) {
    const TemporaryDirectory directory;
    constexpr std::uint64_t count = 1'000'000;
    const auto index = Index::open(directory.path(), {}, {});
    REQUIRE(index.has_value());
    ObjectRecord record = full_record(1, "");
    const SteadyTime begun = steady_now();
    for (record.id = 1; record.id <= count;) {
        record.key_text =
            fmt::format("https://cdn.example/vod/film-{}/v2160/{}.m4s", record.id % 500, record.id);
        record.key = key_hash(record.key_text);
        if ((*index)->put(record)) {
            ++record.id;
        } else {
            REQUIRE((*index)->flush());
        }
    }
    REQUIRE((*index)->flush());
    const SteadyTime written = steady_now();
    std::uint64_t listed = 0, weight = 0;
    REQUIRE((*index)->each_stub([&](const Stub& stub) {
        ++listed;
        weight += stub.weight.count();
        return true;
    }));
    const SteadyTime read = steady_now();
    CHECK(listed == count);
    CHECK(weight == count * record.stored.count());
    CHECK(read - written < 1500ms);
    CHECK((*index)->remove_prefix("https://cdn.example/vod/film-7/", false).value().size() == count / 500);
    const SteadyTime purged = steady_now();
    CHECK((*index)->remove_all(false).value().size() == count - count / 500);
    const SteadyTime emptied = steady_now();
    const auto in_ms = [](auto time) { return std::chrono::duration_cast<Milliseconds>(time).count(); };
    MESSAGE("written in " << in_ms(written - begun) << " ms, listed in " << in_ms(read - written)
                          << " ms, 2000 purged in " << in_ms(purged - read) << " ms, all in "
                          << in_ms(emptied - purged) << " ms");
}
