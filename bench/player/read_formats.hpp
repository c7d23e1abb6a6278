// Inside of title.cpp: its two formats. Include title.hpp instead.
#pragma once

#include <string_view>

#include "base/uri.hpp"
#include "bench/player/title.hpp"

namespace outpost::bench {

Outcome<Title> read_hls_title(std::string_view text, const Uri& url);
Outcome<Rendition> read_hls_rendition(std::string_view text, const Uri& url);
Outcome<Title> read_dash_title(std::string_view text, const Uri& url);

}  // namespace outpost::bench
