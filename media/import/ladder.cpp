#include "media/import/ladder.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace outpost::media {
namespace {

struct Rung {
    std::uint32_t width, height;
    std::uint32_t sdr_kbps, hdr_kbps;  // HEVC, up to 30 frames a second
};

// The 360p rung is above the table's 145 kb/s: lessons show small text.
constexpr std::array<Rung, 6> rungs{{{3840, 2160, 11600, 13900},
                                     {2560, 1440, 8100, 9700},
                                     {1920, 1080, 4500, 5400},
                                     {1280, 720, 2400, 2900},
                                     {960, 540, 1200, 1450},
                                     {640, 360, 450, 540}}};

constexpr double h264_factor = 1.7;
constexpr double fast_factor = 1.45;  // above 31 frames a second: 16800 to 11600 in the table
constexpr double peak_factor = 1.3;

std::uint32_t even(double value) {
    return std::max(2U, 2 * static_cast<std::uint32_t>(std::lround(value / 2)));
}

Rendition make(const Rung& rung, const LadderSource& source, VideoCodec codec) {
    const double fit = std::min({1.0, static_cast<double>(rung.width) / source.width,
                                 static_cast<double>(rung.height) / source.height});
    Rendition rendition;
    rendition.width = even(source.width * fit);
    rendition.height = even(source.height * fit);
    // A rung that the source does not fill, by its smaller picture.
    const double filled = std::min(1.0, static_cast<double>(rendition.width) * rendition.height /
                                            (static_cast<double>(rung.width) * rung.height));
    const bool hdr = source.range != manifest::VideoRange::sdr;
    double kbps = (hdr ? rung.hdr_kbps : rung.sdr_kbps) * std::pow(filled, 0.75);
    if (codec == VideoCodec::h264) kbps *= h264_factor;
    if (source.frame_rate.value() > 31) kbps *= fast_factor;
    rendition.average = BitRate{static_cast<std::uint64_t>(std::max(64.0, kbps)) * 1000};
    rendition.peak = BitRate{static_cast<std::uint64_t>(std::max(64.0, kbps) * peak_factor) * 1000};
    return rendition;
}

std::uint32_t top_height(LadderTop top) {
    return top == LadderTop::uhd ? 2160 : top == LadderTop::hd ? 1080 : 540;
}

}  // namespace

std::optional<VideoCodec> parse_video_codec(std::string_view word) {
    if (word == "h264") return VideoCodec::h264;
    if (word == "hevc") return VideoCodec::hevc;
    return std::nullopt;
}

std::optional<LadderTop> parse_ladder_top(std::string_view word) {
    if (word == "uhd") return LadderTop::uhd;
    if (word == "hd") return LadderTop::hd;
    if (word == "sd") return LadderTop::sd;
    return std::nullopt;
}

std::vector<Rendition> plan_ladder(const LadderSource& source, VideoCodec codec, LadderTop top) {
    std::vector<Rendition> plan;
    for (const Rung& rung : rungs) {
        if (rung.height > top_height(top)) continue;
        // A rung is there when the source fills its box in one direction; one that is a little smaller than
        // a box (1916 x 1036) is given that rung in its own size.
        const bool fills =
            source.width * 100ULL >= rung.width * 97ULL || source.height * 100ULL >= rung.height * 97ULL;
        if (!fills) continue;
        plan.push_back(make(rung, source, codec));
        plan.back().name = std::to_string(rung.height) + "p";
    }
    if (plan.empty()) {
        plan.push_back(make(rungs.back(), source, codec));
        plan.back().name = std::to_string(plan.back().height) + "p";
    }
    return plan;
}

std::uint32_t frames_of_segment(Milliseconds segment, Ratio frame_rate) {
    const double frames = frame_rate.value() * static_cast<double>(segment.count()) / 1000;
    return static_cast<std::uint32_t>(std::clamp<long>(std::lround(frames), 1, 100000));
}

}  // namespace outpost::media
