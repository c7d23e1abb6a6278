// manifest::view() for MPDs. Include manifest/view.hpp instead. Thread rule: pure.
#pragma once

#include "manifest/view.hpp"

namespace outpost::manifest::dash {

Outcome<View> view(std::string_view text, std::string_view where, const ViewOptions& options);

}  // namespace outpost::manifest::dash
