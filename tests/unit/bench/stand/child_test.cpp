#include "bench/stand/child.hpp"

#include <csignal>
#include <fstream>
#include <unistd.h>

#include "bench/stand/certificate.hpp"
#include "bench/stand/floor_server.hpp"
#include "tests/unit/directory.hpp"

namespace outpost::bench {
namespace {

std::string read(const std::filesystem::path& path) { return read_file(path, 1_MiB).value(); }

TEST_CASE("what a child says is in its file, and its status is known once it has ended") {
    const TemporaryDirectory directory;
    ChildPlan plan;
    plan.words = {"/bin/sh", "-c", "echo out; echo err >&2; exit 3"};
    plan.output = directory / "output";
    auto child = Child::start(plan);
    REQUIRE(child.has_value());
    REQUIRE(child->ends_within(Milliseconds{20'000}));
    CHECK(child->exit_status() == 3);
    CHECK(child->pid() == -1);
    CHECK(child->complaint() == "out\nerr");
    CHECK(!run_child(plan, Milliseconds{20'000}).has_value());
}

TEST_CASE("a child is pinned to its core from the start, and leads a group of its own") {
    const TemporaryDirectory directory;
    ChildPlan plan;
    plan.words = {"/bin/grep", "Cpus_allowed_list", "/proc/self/status"};
    plan.core = 0;
    plan.output = directory / "output";
    REQUIRE(run_child(plan, Milliseconds{20'000}).has_value());
    CHECK(read(directory / "output") == "Cpus_allowed_list:\t0\n");

    plan.words = {"/bin/sleep", "1000"};
    auto child = Child::start(plan);
    REQUIRE(child.has_value());
    CHECK(::getpgid(child->pid()) == child->pid());
}

TEST_CASE("a child ends with all of its group, also one that is stopped") {
    const TemporaryDirectory directory;
    ChildPlan plan;
    plan.words = {"/bin/sleep", "1000"};
    plan.companion = {"/bin/sleep", "1001"};
    plan.output = directory / "output";
    auto child = Child::start(plan);
    REQUIRE(child.has_value());
    const pid_t pid = child->pid();
    // The companion is a child of it, so that its cost counts.
    std::ifstream children{fmt::format("/proc/{}/task/{}/children", pid, pid)};
    pid_t companion = 0;
    children >> companion;
    REQUIRE(companion > 0);
    CHECK(::getpgid(companion) == pid);
    child->signal(SIGSTOP);
    child->end();
    CHECK(::kill(pid, 0) != 0);
    CHECK(child->exit_status() == 128 + SIGTERM);
}

TEST_CASE("a program that can't be executed is a Problem, and one that is missing names its package") {
    const TemporaryDirectory directory;
    ChildPlan plan;
    plan.words = {(directory / "nothing").string()};
    plan.output = directory / "output";
    const auto child = Child::start(plan);
    REQUIRE(!child.has_value());
    CHECK(child.error().what == "can't be started: No such file or directory");
    const auto found = find_program("no-such-server", "a-package");
    REQUIRE(!found.has_value());
    CHECK(found.error().remedy == "install it (Debian: apt install a-package)");
    CHECK(find_program("sh", "dash").has_value());
}

TEST_CASE("a server that ends before it takes connections is told with what it said") {
    const TemporaryDirectory directory;
    ChildPlan plan;
    plan.words = {"/bin/sh", "-c", "echo no such directive; exit 1"};
    plan.output = directory / "output";
    auto child = Child::start(plan);
    REQUIRE(child.has_value());
    const auto ready = wait_for_port(*child, free_port().value(), Milliseconds{20'000}, Cancellation{});
    REQUIRE(!ready.has_value());
    CHECK(ready.error().what == "the server ended with status 1; it said: no such directive");
}

TEST_CASE("a port that is said to be free can be listened on, and is none that connections are given") {
    const auto port = free_port();
    REQUIRE(port.has_value());
    CHECK(*port < 32'768);  // net.ipv4.ip_local_port_range's usual beginning
    const TemporaryDirectory directory;
    CHECK(FloorServer::listen(directory.path(), *port).has_value());
}

TEST_CASE("a stand's certificate is made once, and its key is for our eyes only") {
    const TemporaryDirectory directory;
    const auto made = make_certificate(directory.path());
    REQUIRE(made.has_value());
    const std::string chain = read(made->chain);
    CHECK(chain.starts_with("-----BEGIN CERTIFICATE-----"));
    CHECK(std::filesystem::status(made->key).permissions() == std::filesystem::perms{0600});
    REQUIRE(make_certificate(directory.path()).has_value());
    CHECK(read(made->chain) == chain);
}

}  // namespace
}  // namespace outpost::bench
