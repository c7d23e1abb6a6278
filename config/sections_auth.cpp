#include "config/sections_auth.hpp"

#include <array>

namespace outpost::config {

template <>
std::span<const Named<Otherwise>> names_of() {
    static constexpr auto names =
        std::to_array<Named<Otherwise>>({{"refuse", Otherwise::refuse}, {"allow", Otherwise::allow}});
    return names;
}

template <>
std::span<const Named<AccessLet>> names_of() {
    static constexpr auto names = std::to_array<Named<AccessLet>>(
        {{"tokens", AccessLet::tokens}, {"anybody", AccessLet::anybody}, {"nobody", AccessLet::nobody}});
    return names;
}

template <>
std::span<const Named<StreamBy>> names_of() {
    static constexpr auto names =
        std::to_array<Named<StreamBy>>({{"address", StreamBy::address}, {"session", StreamBy::session}});
    return names;
}

template <>
std::span<const Named<QueryTokens>> names_of() {
    static constexpr auto names = std::to_array<Named<QueryTokens>>(
        {{"rewrite", QueryTokens::rewrite}, {"define", QueryTokens::define}, {"plain", QueryTokens::plain}});
    return names;
}

}  // namespace outpost::config
