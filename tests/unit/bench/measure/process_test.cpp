#include "bench/measure/process.hpp"

#include <csignal>
#include <cstdlib>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/clock.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

// Uses the processor for about this long.
void work(std::chrono::milliseconds time) {
    const SteadyTime end = steady_now() + time;
    while (steady_now() < end) {
    }
}

}  // namespace

TEST_CASE(
    "the cost of this process is more after it worked, in another thread too, and counts what has ended") {
    const ProcessCost before = cost_of(::getpid());
    CHECK(before.cpu_seconds > 0);
    CHECK(before.rss > 100'000);
    CHECK(before.rss < 4'000'000'000);
    CHECK(before.descriptors >= 1);
    CHECK(before.threads >= 1);
    std::thread{[] { work(60ms); }}.join();
    // What is measured is processor time, of which a busy machine gives less than went by.
    CHECK(cost_of(::getpid()).cpu_seconds > before.cpu_seconds);
}

TEST_CASE("a descendant's cost belongs to its ancestor") {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const pid_t grandchild = ::fork();
        if (grandchild == 0) {
            constexpr std::size_t size = 64 << 20;
            void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
            work(20ms);
            const pid_t self = ::getpid();
            if (::write(ready[1], &self, sizeof self) < 0) ::_exit(1);
        }
        for (;;) ::pause();
    }
    REQUIRE(child > 0);
    pid_t grandchild = 0;
    REQUIRE(::read(ready[0], &grandchild, sizeof grandchild) == sizeof grandchild);
    const ProcessCost cost = cost_of(child);
    CHECK(cost.threads == 2);
    CHECK(cost.rss > 64'000'000);
    CHECK(cost.cpu_seconds > 0.001);
    ::kill(grandchild, SIGKILL);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(cost_of(child).threads == 0);
}

TEST_CASE("a process that is not there costs nothing") {
    for (const pid_t none : {0, -1, 0x7fffffff}) {
        const ProcessCost cost = cost_of(none);
        CHECK(cost.cpu_seconds == 0);
        CHECK(cost.threads == 0);
    }
}

TEST_CASE("the machine says what it is") {
    const Machine machine = this_machine();
    CHECK(machine.cores >= 1);
    CHECK(machine.kernel.starts_with("Linux "));
    CHECK(machine.memory.ends_with(" GiB"));
}

TEST_CASE("a program that is not there has no version") {
    CHECK(version_of("outpost-no-such-program").empty());
    CHECK(version_of("false").empty());
}
