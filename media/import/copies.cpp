#include "media/import/copies.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace outpost::media {
namespace {

constexpr double shape_tolerance = 0.02;
constexpr double rate_tolerance = 0.0005;  // half of what 30 and 30000/1001 differ by

double shape(const CopiedPicture& picture) {
    return static_cast<double>(picture.width) / std::max(picture.height, 1U);
}

double seconds(Milliseconds time) { return static_cast<double>(time.count()) / 1000; }

double frame_milliseconds(const CopiedPicture& picture) {
    return picture.frame_rate.value() > 0 ? 1000 / picture.frame_rate.value() : 0;
}

bool rates_go_together(const CopiedPicture& a, const CopiedPicture& b) {
    const auto [slow, fast] = std::minmax({a.frame_rate.value(), b.frame_rate.value()});
    if (slow <= 0) return false;
    const double times = fast / slow;
    return std::abs(times / std::round(times) - 1) < rate_tolerance;
}

// How they differ, or "".
std::string difference(const CopiedPicture& a, const CopiedPicture& b) {
    // A millisecond more: both lengths are rounded to one.
    const double tolerance = std::max(frame_milliseconds(a), frame_milliseconds(b)) + 1;
    if (std::abs(static_cast<double>((a.length - b.length).count())) > tolerance)
        return fmt::format("one lasts {:.3f} s, the other {:.3f} s", seconds(a.length), seconds(b.length));
    const auto [narrow, wide] = std::minmax({shape(a), shape(b)});
    if (wide > narrow * (1 + shape_tolerance))
        return fmt::format("{}x{} and {}x{} are not of one shape", a.width, a.height, b.width, b.height);
    if (!rates_go_together(a, b))
        return fmt::format("they have {:.3f} and {:.3f} frames a second", a.frame_rate.value(),
                           b.frame_rate.value());
    return {};
}

}  // namespace

Outcome<void> check_one_film(const std::vector<CopiedPicture>& pictures) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const std::string wrong = difference(pictures[i], pictures[j]);
            if (wrong.empty()) continue;
            return Problem{pictures[i].name,
                           fmt::format("is not the film of {}: {}", pictures[j].name, wrong),
                           "--copy takes renditions of one film"};
        }
    }
    return {};
}

}  // namespace outpost::media
