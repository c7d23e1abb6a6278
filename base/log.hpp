// The program's log: lines on standard error for the operator. One event, one line, where it was handled.
// Never a token, a cookie or a query string. Thread rule: call from any thread.
#pragma once

#include <string_view>

#include <fmt/format.h>

namespace outpost::log {

enum class Level { debug, info, warning, error };

void set_level(Level level);
bool enabled(Level level);
void write(Level level, std::string_view line);

template <class... Args>
void write(Level level, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) write(level, std::string_view{fmt::format(format, std::forward<Args>(args)...)});
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warning, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::error, format, std::forward<Args>(args)...);
}

}  // namespace outpost::log
