#include "cdn/prefetch/budget.hpp"

#include <doctest/doctest.h>

namespace outpost::cdn {
namespace {
constexpr SteadyTime begin{std::chrono::hours{1}};
constexpr Seconds second{1};
}  // namespace

TEST_CASE("no more than so many are under way, and each that ends makes room") {
    const auto budget = std::make_shared<PrefetchBudget>(2, BitRate{0});
    auto first = budget->permit(begin);
    const auto other = budget->permit(begin);
    CHECK(first);
    CHECK(other);
    CHECK_FALSE(budget->permit(begin));
    first.reset();
    CHECK(budget->under_way() == 1);
    CHECK(budget->permit(begin));
}

TEST_CASE("what was taken beyond the rate is paid back before anything more is allowed") {
    const auto budget = std::make_shared<PrefetchBudget>(64, 8_Mbps);  // 1 MB/s
    budget->permit(begin)->took(3'000'000);
    CHECK_FALSE(budget->permit(begin + second));
    CHECK_FALSE(budget->permit(begin + 2 * second));
    CHECK(budget->permit(begin + 2 * second + Milliseconds{1}));
}

TEST_CASE("quiet times save up one second's bytes and no more") {
    const auto budget = std::make_shared<PrefetchBudget>(64, 8_Mbps);
    CHECK(budget->permit(begin));
    const SteadyTime later = begin + 3600 * second;
    budget->permit(later)->took(1'500'000);
    CHECK_FALSE(budget->permit(later));
    CHECK(budget->permit(later + second));
}

TEST_CASE("without a rate any number of bytes is allowed") {
    const auto budget = std::make_shared<PrefetchBudget>(64, BitRate{0});
    budget->permit(begin)->took(UINT64_MAX / 2);
    CHECK(budget->permit(begin));
}

TEST_CASE("a permit may outlive what else knows the budget") {
    auto budget = std::make_shared<PrefetchBudget>(1, BitRate{0});
    const auto permit = budget->permit(begin);
    budget.reset();
    permit->took(1);
}

}  // namespace outpost::cdn
