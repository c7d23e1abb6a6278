// Reading a JSON object strictly: what is missing, of another type or out of range is a Problem that names
// it, the first one is kept, and all that is read after it is nothing. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::bench {

class Fields {
  public:
    Fields(const boost::json::value& value, std::string path, std::optional<std::string>& wrong);

    [[nodiscard]] bool has(std::string_view name) const;  // and it is not null
    std::string text(std::string_view name);
    std::uint64_t count(std::string_view name,
                        std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
    double number(std::string_view name);  // finite, not below 0
    bool flag(std::string_view name);
    Milliseconds time(std::string_view name);  // whole milliseconds, up to a year
    std::vector<std::string> texts(std::string_view name);
    std::vector<double> numbers(std::string_view name);

    template <class Enum, std::size_t size>
    Enum one_of(std::string_view name, const std::array<std::string_view, size>& words) {
        const std::string word = text(name);
        for (std::size_t i = 0; i < size; ++i)
            if (words[i] == word) return static_cast<Enum>(i);
        complain(name, fmt::format("is \"{}\", which is none of its words", word.substr(0, 40)));
        return Enum{};
    }
    Fields object(std::string_view name);
    const boost::json::value& value(std::string_view name);  // null when it is missing
    // A Fields for each element of an array, until something is wrong.
    template <class Take>
    void each(std::string_view name, Take take) {
        const boost::json::array* array = array_of(name);
        for (std::size_t i = 0; array != nullptr && i < array->size() && !wrong_; ++i)
            take(Fields{(*array)[i], fmt::format("{}{}[{}]", path_, name, i), wrong_});
    }
    // What a reader of the values found wrong.
    void complain(std::string_view name, std::string_view what);

  private:
    const boost::json::array* array_of(std::string_view name);

    const boost::json::object* object_;
    std::string path_;  // "runs[0]." before its members' names
    std::optional<std::string>& wrong_;
};

}  // namespace outpost::bench
