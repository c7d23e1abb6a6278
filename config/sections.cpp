#include "config/sections.hpp"

#include <array>
#include <span>

namespace outpost::config {

template <>
std::span<const Named<TlsVersion>> names_of() {
    static constexpr auto names =
        std::to_array<Named<TlsVersion>>({{"1.2", TlsVersion::v1_2}, {"1.3", TlsVersion::v1_3}});
    return names;
}

template <>
std::span<const Named<LogLevel>> names_of() {
    static constexpr auto names = std::to_array<Named<LogLevel>>({{"debug", LogLevel::debug},
                                                                  {"info", LogLevel::info},
                                                                  {"warning", LogLevel::warning},
                                                                  {"error", LogLevel::error}});
    return names;
}

template <>
std::span<const Named<AccessLogFormat>> names_of() {
    static constexpr auto names =
        std::to_array<Named<AccessLogFormat>>({{"json", AccessLogFormat::json},
                                               {"combined", AccessLogFormat::combined},
                                               {"off", AccessLogFormat::off}});
    return names;
}

template <>
std::span<const Named<AccountRole>> names_of() {
    static constexpr auto names =
        std::to_array<Named<AccountRole>>({{"viewer", AccountRole::viewer},
                                           {"operator", AccountRole::operate},
                                           {"administrator", AccountRole::administrator}});
    return names;
}

}  // namespace outpost::config
