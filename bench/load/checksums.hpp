// What bodies must be: the XXH3 of each file by its path, as they stand in checksums.txt, a line each
// ("<16 hexadecimal digits>  <path>"). Thread rule: immutable once read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"

namespace outpost::bench {

class Checksums {
  public:
    static Outcome<Checksums> parse(std::string_view text, std::string_view where);

    // Of the path of a URL, without query. Nothing for what is not in the list: it can't be verified.
    [[nodiscard]] std::optional<std::uint64_t> of(std::string_view path) const;
    [[nodiscard]] std::size_t size() const { return sums_.size(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> sums_;
};

}  // namespace outpost::bench
