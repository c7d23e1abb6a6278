// Numbers as people read them: three digits that count, and a unit. Thread rule: pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/units.hpp"
#include "bench/measure/histogram.hpp"

namespace outpost::bench {

std::string shown_number(double value);          // "0.0123", "1.23", "123", "12,345"
std::string shown_count(std::uint64_t count);    // "12,345"
std::string shown_time(Nanoseconds time);        // "850 ns", "12.3 µs", "4.56 ms", "1.23 s", "150 s"
std::string shown_seconds(double seconds);       // the same
std::string shown_bytes(double bytes);           // "5.12 GB": powers of 1000
std::string shown_memory(double bytes);          // "80.1 MiB": powers of 1024
std::string shown_rate(double bits_per_second);  // "5.12 Gb/s"
std::string shown_part(double part);             // of a whole: "99.8 %"
std::string shown_clock(double seconds);         // "0:05", "12:30", "1:00:00": a moment of a run
std::string plural(std::uint64_t count, std::string_view one,
                   std::string_view several);  // "1 box", "2 boxes"

}  // namespace outpost::bench
