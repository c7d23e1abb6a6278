// manifest::view() for HLS playlists of both kinds. Include manifest/view.hpp instead. Thread rule: pure.
#pragma once

#include "manifest/view.hpp"

namespace outpost::manifest::hls {

Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options);

}  // namespace outpost::manifest::hls
