// A result for tests: two segments of 12.5 MB in a second, each 10 ms to its first byte and 400 ms to its
// last, which is a tenth of its 4 s; one 503 beside them.
#pragma once

#include "bench/report/result.hpp"

namespace outpost::bench {

inline Result example_result() {
    using namespace std::chrono_literals;
    const SteadyTime began{};
    Recording recording{began, Milliseconds{0}};
    for (int i = 0; i < 2; ++i) {
        Exchange exchange;
        exchange.kind = RequestKind::segment;
        exchange.due = began + 100ms;
        exchange.first_byte = began + 110ms;
        exchange.done = began + 500ms;
        exchange.bytes = 12'500'000;
        exchange.media = 4s;
        exchange.status = 200;
        exchange.hit = true;
        recording.ended(exchange);
    }
    Exchange failed;
    failed.kind = RequestKind::other;
    failed.due = began + 100ms;
    failed.first_byte = failed.done = began + 110ms;
    failed.failure = Failure::status;
    failed.status = 503;
    recording.ended(failed);
    recording.started(300ms, began + 400ms);
    recording.stalled(began + 600ms, 200ms);
    recording.census(began + 900ms, 2, 0);

    Result result;
    result.command = "outpost-bench run county --stand outpost-edge";
    result.began = WallTime{1'700'000'000s};  // 2023-11-14T22:13:20Z
    result.machine = {"A processor", "Linux 6.1", "8 GiB", "Debian 12", 2, true};
    result.scenario.name = "county";
    result.scenario.doc = "Boxes of a county.";
    Crowd crowd;
    crowd.name = "boxes";
    crowd.count = 2;
    crowd.titles = {"/vod/a/main.m3u8"};
    result.scenario.crowds = {crowd};
    result.scenario.events = {{Milliseconds{500}, Happening::origin_stalls, Milliseconds{100}}};
    RunResult run{.server = "outpost-edge",
                  .load = "",
                  .version = "outpost 0.1.0",
                  .configuration = "[cache]\nmemory = \"1GiB\"\n",
                  .recording = std::move(recording),
                  .cost = {},
                  .origin_bytes = 25'000'000};
    run.cost.push_back({Milliseconds{0}, {1.0, 50 << 20, 3, 20, 0}});
    run.cost.push_back({Milliseconds{500}, {1.1, 60 << 20, 3, 20, 0}});
    run.cost.push_back({Milliseconds{1000}, {1.2, 64 << 20, 3, 20, 4096}});
    result.runs.push_back(std::move(run));
    return result;
}

inline Result example_comparison() {
    Result result = example_result();
    result.comparisons = {{"64 KB from cache",
                           "CPU µs/request",
                           {{"outpost-edge", {20, 21, 22}, {1, 1, 1}},
                            {"nginx-cache", {30, 28, 32}, {0.667, 0.75, 0.6875}},
                            {"floor", {10, 10, 11}, {2, 2.1, 2}}}}};
    return result;
}

}  // namespace outpost::bench
