#include "config/sections_edge.hpp"

#include <array>
#include <span>

namespace outpost::config {

template <>
std::span<const Named<Balance>> names_of() {
    static constexpr auto names =
        std::to_array<Named<Balance>>({{"hash", Balance::hash}, {"weighted", Balance::weighted}});
    return names;
}

template <>
std::span<const Named<Redirects>> names_of() {
    static constexpr auto names =
        std::to_array<Named<Redirects>>({{"pass", Redirects::pass}, {"follow", Redirects::follow}});
    return names;
}

template <>
std::span<const Named<AfterWait>> names_of() {
    static constexpr auto names =
        std::to_array<Named<AfterWait>>({{"refuse", AfterWait::refuse}, {"fetch", AfterWait::fetch}});
    return names;
}

template <>
std::span<const Named<RouteCache>> names_of() {
    static constexpr auto names = std::to_array<Named<RouteCache>>(
        {{"standard", RouteCache::standard}, {"bypass", RouteCache::bypass}, {"pin", RouteCache::pin}});
    return names;
}

}  // namespace outpost::config
