#include "cdn/prefetch/budget.hpp"

#include <algorithm>
#include <chrono>

namespace outpost::cdn {

PrefetchBudget::Permit::~Permit() {
    const std::lock_guard lock{budget_->mutex_};
    --budget_->under_way_;
}

void PrefetchBudget::Permit::took(std::uint64_t bytes) {
    const std::lock_guard lock{budget_->mutex_};
    budget_->left_ -= static_cast<double>(bytes);
}

std::shared_ptr<PrefetchBudget::Permit> PrefetchBudget::permit(SteadyTime now) {
    {
        const std::lock_guard lock{mutex_};
        if (under_way_ >= most_) return nullptr;
        if (const auto a_second = static_cast<double>(rate_.bytes_per_second()); a_second > 0) {
            const std::chrono::duration<double> passed = now - counted_;
            left_ = std::min(a_second, left_ + a_second * passed.count());
            counted_ = now;
            if (left_ <= 0) return nullptr;
        }
        ++under_way_;
    }
    return std::make_shared<Permit>(shared_from_this());
}

std::size_t PrefetchBudget::under_way() const {
    const std::lock_guard lock{mutex_};
    return under_way_;
}

}  // namespace outpost::cdn
