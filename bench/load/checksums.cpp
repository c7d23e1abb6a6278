#include "bench/load/checksums.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"

namespace outpost::bench {

Outcome<Checksums> Checksums::parse(std::string_view text, std::string_view where) {
    Checksums made;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        std::uint64_t sum = 0;
        const std::string_view digits = line.substr(0, 16);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sum, 16);
        const bool whole = line.size() > 18 && error == std::errc{} && end == digits.data() + 16;
        if (!whole || line.substr(16, 3) != "  /")
            return Problem{fmt::format("{}:{}", where, number), "is no checksum with a path",
                           "write 16 hexadecimal digits, two blanks and the path"};
        made.sums_.insert_or_assign(std::string{line.substr(18)}, sum);
    }
    return made;
}

std::optional<std::uint64_t> Checksums::of(std::string_view path) const {
    const auto found = sums_.find(path.substr(0, path.find('?')));
    if (found == sums_.end()) return std::nullopt;
    return found->second;
}

}  // namespace outpost::bench
