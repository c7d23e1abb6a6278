// outpost status: what a running node is doing, on one screen. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace outpost::server {

struct Screen {
    std::size_t columns = 80, rows = 23;  // one row less than a terminal's 24, for the cursor
};

// What GET /api/v1/status answered (its shape is in status.cpp), as lines that fit. Where disks or origins
// don't, those that are not well come first and the rest is counted; what ails them is told where it fits.
Outcome<std::string> render_status(std::string_view json, const Screen& screen);

}  // namespace outpost::server
