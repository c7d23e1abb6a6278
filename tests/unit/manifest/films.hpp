// Presentations that tests write, with numbers that are easy to follow.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "manifest/presentation.hpp"

namespace outpost::manifest::films {

// 3840x2160 at 25 frames a second in H.264, four renditions, AAC in two languages and E-AC-3 in one, texts.
Presentation uhd();
// HEVC in PQ at 24000/1001 frames a second, two renditions, one audio track.
Presentation hevc_pq();
// No video: AAC in two languages.
Presentation audio_only();
// Cut at scene changes, another grid for each rendition, media time that begins at ten seconds.
Presentation uneven();

// Every film with the name of its golden directory.
std::vector<std::pair<std::string, Presentation>> all();

Track video(std::string id, std::uint32_t width, std::uint32_t height, std::uint64_t bytes_per_segment);
Track audio(std::string id, std::string language, std::string name, std::uint64_t bytes_per_segment);
Track text(std::string id, std::string language, std::string name);

}  // namespace outpost::manifest::films
