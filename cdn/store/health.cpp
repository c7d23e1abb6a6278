#include "cdn/store/health.hpp"

#include <algorithm>
#include <cerrno>

namespace outpost::cdn {

std::string_view to_text(DiskState state) {
    switch (state) {
        case DiskState::good: return "good";
        case DiskState::full: return "full";
        case DiskState::failed: return "failed";
    }
    return "";
}

DiskFault disk_fault(const boost::system::error_code& error) {
    if (error == Errc::disk_full) return DiskFault::full;
    if (error == Errc::disk_failed) return DiskFault::failed;
    if (error == Errc::corrupt) return DiskFault::broken_index;
    if (error.category() != boost::system::system_category()) return DiskFault::none;
    switch (error.value()) {
        case ENOSPC:
        case EDQUOT: return DiskFault::full;
        case EIO:
        case EROFS:
        case ENODEV:
        case ENXIO:
        case EUCLEAN:
        case ESTALE:
        case EBADMSG: return DiskFault::failed;
        default: return DiskFault::none;
    }
}

bool DiskHealth::fault(DiskFault kind, std::string reason, SteadyTime now) {
    switch (kind) {
        case DiskFault::none: return false;
        case DiskFault::full:
            if (state_ != DiskState::good) return false;
            state_ = DiskState::full;
            reason_ = std::move(reason);
            next_probe_ = now;
            return true;
        case DiskFault::failed:
            if (state_ == DiskState::failed) return false;
            fail(std::move(reason), now);
            return true;
        case DiskFault::broken_index: {
            const bool news = state_ != DiskState::failed || next_probe_;
            state_ = DiskState::failed;
            lasting_ = true;
            next_probe_.reset();
            if (news) reason_ = std::move(reason);
            return news;
        }
    }
    return false;
}

bool DiskHealth::probed(DiskFault result, std::string reason, SteadyTime now) {
    if (!next_probe_) return false;
    if (result == DiskFault::none) {
        const bool was_failed = state_ == DiskState::failed;
        state_ = DiskState::good;
        lasting_ = false;
        reason_.clear();
        next_probe_.reset();
        if (was_failed) returned_ = now;
        return true;
    }
    if (result == DiskFault::full) {
        const bool changed = state_ != DiskState::full || !lasting_;
        state_ = DiskState::full;
        lasting_ = true;
        reason_ = std::move(reason);
        next_probe_ = now + probe_every_;
        return changed;
    }
    if (state_ == DiskState::failed) {
        next_probe_ = now + wait_;
        return false;
    }
    fail(std::move(reason), now);
    return true;
}

void DiskHealth::fail(std::string reason, SteadyTime now) {
    constexpr int most_growth = 16;
    constexpr int soon = 20;  // times the wait
    const bool again = returned_ && now - *returned_ < wait_ * soon;
    wait_ = again ? std::min(wait_ * 2, probe_every_ * most_growth) : probe_every_;
    state_ = DiskState::failed;
    lasting_ = true;
    reason_ = std::move(reason);
    next_probe_ = now + wait_;
}

}  // namespace outpost::cdn
