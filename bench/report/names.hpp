// How a scenario's choices are written: the words of its file, in results as well. Thread rule: pure.
#pragma once

#include <array>
#include <string_view>

#include "bench/scenario/scenario.hpp"

namespace outpost::bench {

// In the enumerations' order.
constexpr std::array<std::string_view, 4> activity_names{"play", "request", "hold", "connect"};
constexpr std::array<std::string_view, 4> arrival_names{"at_once", "ramp", "poisson", "flash"};
constexpr std::array<std::string_view, 5> adaptation_names{"fixed", "throughput", "bola", "dynamic",
                                                           "exoplayer"};
constexpr std::array<std::string_view, 4> profile_names{"exoplayer", "hlsjs", "dashjs", "shaka"};
constexpr std::array<std::string_view, 4> token_place_names{"none", "path", "query", "cookie"};
constexpr std::array<std::string_view, 5> happening_names{"origin_dies", "origin_returns", "origin_stalls",
                                                          "reload", "purge_all"};
constexpr std::array<std::string_view, 8> failure_names{"none",    "connect", "tls",       "reset",
                                                        "timeout", "status",  "malformed", "mismatch"};

template <class Enum, std::size_t count>
std::string_view word_of(const std::array<std::string_view, count>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < count ? names[index] : std::string_view{"?"};
}

}  // namespace outpost::bench
