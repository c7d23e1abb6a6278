#include "base/process.hpp"

#include <thread>

#include <doctest/doctest.h>

using namespace outpost;

TEST_CASE("a program's output and exit status come back") {
    const Cancellation never;
    const auto ran = capture_process({"sh", "-c", "echo out; echo err >&2; exit 3"}, 1_KiB, never).value();
    CHECK(ran.output == "out\n");
    CHECK(ran.end.complaint == "err\n");
    CHECK(ran.end.exit_status == 3);
    CHECK_FALSE(ran.end.succeeded());
}

TEST_CASE("arguments reach the program as they are: no shell reads them") {
    const Cancellation never;
    const auto ran = capture_process({"printf", "%s", "$(id); `id` \"'*"}, 1_KiB, never).value();
    CHECK(ran.output == "$(id); `id` \"'*");
}

TEST_CASE("further outputs are descriptors 3 and up") {
    const Cancellation never;
    std::string first, second;
    Command command;
    command.words = {"sh", "-c", "echo one; echo two >&3"};
    command.outputs.push_back([&](std::string_view bytes) { return first += bytes, true; });
    command.outputs.push_back([&](std::string_view bytes) { return second += bytes, true; });
    CHECK(run_process(command, never).value().succeeded());
    CHECK(first == "one\n");
    CHECK(second == "two\n");
}

TEST_CASE("a program that is not there is a problem that says how to get it") {
    const Cancellation never;
    const auto ran = capture_process({"outpost-no-such-program"}, 1_KiB, never);
    REQUIRE_FALSE(ran.has_value());
    CHECK(ran.error().line().find("not installed") != std::string::npos);
}

TEST_CASE("a program that says too much is stopped") {
    const Cancellation never;
    const auto ran = capture_process({"yes"}, 1_KiB, never).value();
    CHECK(ran.too_long);
    CHECK(ran.end.stopped_by_sink);
    Command noisy;
    noisy.words = {"sh", "-c", "head -c 100000 /dev/zero >&2; echo end >&2"};
    noisy.most_kept = 1_KiB;
    const auto end = run_process(noisy, never).value();
    CHECK(end.complaint.size() == 1024);
    CHECK(end.complaint.ends_with("end\n"));
}

TEST_CASE("cancelling ends the program and its children, from any thread") {
    Cancellation cancellation;
    Command command;
    command.words = {"sh", "-c", "echo ready; sleep 1000 & sleep 1000"};
    command.outputs.push_back([&](std::string_view) {
        std::thread{[&] { cancellation.request(2); }}.join();
        return true;
    });
    const auto end = run_process(command, cancellation).value();
    CHECK(end.cancelled);
    CHECK(end.exit_status == 128 + 9);
    CHECK(cancellation.reason() == 2);
    CHECK(run_process(command, cancellation).value().cancelled);
}
