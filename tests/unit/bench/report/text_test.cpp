#include <doctest/doctest.h>

#include "tests/unit/bench/report/example.hpp"

namespace outpost::bench {

TEST_SUITE_BEGIN("bench report");

TEST_CASE("a run in a few lines") {
    CHECK(to_text(example_result()) ==
          R"(county against outpost-edge (outpost 0.1.0)
  load        2 boxes, 1min
  objective   not met: 1 stall, 0.2 s in all, more than 0
  requests    3, 66.7 % from the cache; failed: 1 status (503: 1)
  bytes       25 MB, 200 Mb/s on average
  first byte  p50 10 ms, p99 10 ms, p99.9 10 ms, max 10 ms
  segments    p50 400 ms, p99 400 ms, p99.9 400 ms, max 400 ms; p99 is 10 % of a segment's duration
  start-up    p50 300 ms, p99 300 ms, p99.9 300 ms, max 300 ms
  boxes       1 stall (200 ms in all), 0 switches of rendition
  server      200 ms of processor (20 % of a core), 66.7 ms a request, 8 s a GB; memory up to 64 MiB
  origin      25 MB sent
A processor, 2 cores, 8 GiB, Linux 6.1, Debian 12, kernel TLS
)");
}

TEST_CASE("a comparison as a table") {
    CHECK(to_text(example_comparison()) ==
          R"(64 KB from cache: CPU µs/request
  server           median (min..max)          Outpost's to it            times the floor
  outpost-edge     21 (20..22)                1 (1..1)                   2 (2..2.1)
  nginx-cache      30 (28..32)                0.688 (0.667..0.75)        2.91 (2.8..3)
  floor            10 (10..11)                2 (2..2.1)                 1 (1..1)
A processor, 2 cores, 8 GiB, Linux 6.1, Debian 12, kernel TLS
)");
}

TEST_CASE("a search says its limit, its band and each trial") {
    Result result = example_result();
    result.found = Found{64, 66, 60, 70, {{64, {true, ""}}, {66, {false, "p99 is 0.62"}}}};
    CHECK(to_text(result) ==
          R"(capacity: 64 sustained; 66 not; every trial up to 60 held, none from 70 on
         64  holds
         66  p99 is 0.62
A processor, 2 cores, 8 GiB, Linux 6.1, Debian 12, kernel TLS
)");
}

TEST_CASE("as Markdown it has the command, the machine, the versions and the table") {
    CHECK(to_markdown(example_comparison(), "Cost | of a hit") ==
          R"(
## Cost \| of a hit

Boxes of a county.

```
outpost-bench run county --stand outpost-edge
```

2023-11-14T22:13:20Z; A processor, 2 cores, 8 GiB, Linux 6.1, Debian 12, kernel TLS.
Versions: outpost-edge: outpost 0.1.0.

64 KB from cache, CPU µs/request, median (least…most) of 3 rounds:

| Server | Cost | Outpost's to it | Times the floor |
|---|---|---|---|
| outpost-edge | **21** (20…22) | **1** (1…1) | **2** (2…2.1) |
| nginx-cache | **30** (28…32) | **0.688** (0.667…0.75) | **2.91** (2.8…3) |
| floor | **10** (10…11) | **2** (2…2.1) | **1** (1…1) |
)");
}

TEST_SUITE_END();

}  // namespace outpost::bench
