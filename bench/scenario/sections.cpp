#include "bench/scenario/sections.hpp"

#include <array>

namespace outpost::config {

using namespace outpost::bench;

template <>
std::span<const Named<Activity>> names_of() {
    static constexpr auto names = std::to_array<Named<Activity>>({{"play", Activity::play},
                                                                  {"request", Activity::request},
                                                                  {"hold", Activity::hold},
                                                                  {"connect", Activity::connect}});
    return names;
}

template <>
std::span<const Named<Arrival>> names_of() {
    static constexpr auto names = std::to_array<Named<Arrival>>({{"at_once", Arrival::at_once},
                                                                 {"ramp", Arrival::ramp},
                                                                 {"poisson", Arrival::poisson},
                                                                 {"flash", Arrival::flash}});
    return names;
}

template <>
std::span<const Named<Adaptation>> names_of() {
    static constexpr auto names = std::to_array<Named<Adaptation>>({{"fixed", Adaptation::fixed},
                                                                    {"throughput", Adaptation::throughput},
                                                                    {"bola", Adaptation::bola},
                                                                    {"dynamic", Adaptation::dynamic},
                                                                    {"exoplayer", Adaptation::exoplayer}});
    return names;
}

template <>
std::span<const Named<PlayerProfile>> names_of() {
    static constexpr auto names =
        std::to_array<Named<PlayerProfile>>({{"exoplayer", PlayerProfile::exoplayer},
                                             {"hlsjs", PlayerProfile::hlsjs},
                                             {"dashjs", PlayerProfile::dashjs},
                                             {"shaka", PlayerProfile::shaka}});
    return names;
}

template <>
std::span<const Named<TokenPlace>> names_of() {
    static constexpr auto names = std::to_array<Named<TokenPlace>>({{"none", TokenPlace::none},
                                                                    {"path", TokenPlace::path},
                                                                    {"query", TokenPlace::query},
                                                                    {"cookie", TokenPlace::cookie}});
    return names;
}

template <>
std::span<const Named<Happening>> names_of() {
    static constexpr auto names =
        std::to_array<Named<Happening>>({{"origin_dies", Happening::origin_dies},
                                         {"origin_returns", Happening::origin_returns},
                                         {"origin_stalls", Happening::origin_stalls},
                                         {"reload", Happening::reload},
                                         {"purge_all", Happening::purge_all}});
    return names;
}

template <>
std::span<const Named<Content>> names_of() {
    static constexpr auto names = std::to_array<Named<Content>>({{"county", Content::county},
                                                                 {"longtail", Content::longtail},
                                                                 {"thin", Content::thin},
                                                                 {"sizes", Content::sizes},
                                                                 {"tiny", Content::tiny}});
    return names;
}

}  // namespace outpost::config
