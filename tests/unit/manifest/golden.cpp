#include "tests/unit/manifest/golden.hpp"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace outpost::golden {

std::string first_difference(std::string_view wanted, std::string_view actual) {
    const std::vector<std::string_view> want = split(wanted, '\n');
    const std::vector<std::string_view> got = split(actual, '\n');
    std::size_t line = 0;
    while (line < want.size() && line < got.size() && want[line] == got[line]) ++line;
    const auto at = [&](const std::vector<std::string_view>& lines) {
        return line < lines.size() ? lines[line] : std::string_view{"(the end)"};
    };
    return fmt::format("line {}\n- {}\n+ {}", line + 1, at(want), at(got));
}

std::string difference(const std::string& name, std::string_view actual) {
    const std::filesystem::path path = std::filesystem::path{OUTPOST_SOURCE_DIR} / "tests/golden" / name;
    const Outcome<std::string> wanted = read_file(path, 1_MiB);
    if (wanted && *wanted == actual) return {};
    const std::string told = wanted ? first_difference(*wanted, actual) : "there is no such file";
    if (std::getenv("OUTPOST_UPDATE_GOLDEN") == nullptr) return fmt::format("{}: {}", name, told);
    std::filesystem::create_directories(path.parent_path());
    const Outcome<void> written = write_file_atomically(path, actual);
    return fmt::format("{}: {}: {}", name, written ? "written anew" : written.error().line(), told);
}

}  // namespace outpost::golden
