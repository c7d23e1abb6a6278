#include "bench/report/fields.hpp"

#include <boost/json.hpp>

namespace outpost::bench {
namespace {

namespace json = boost::json;

constexpr Milliseconds most_time = std::chrono::hours{24 * 366};

std::optional<double> finite(const json::value& value) {
    boost::system::error_code error;
    const double number = value.to_number<double>(error);
    if (error || !std::isfinite(number) || number < 0) return std::nullopt;
    return number;
}

}  // namespace

Fields::Fields(const json::value& value, std::string path, std::optional<std::string>& wrong)
    : object_{value.if_object()}, path_{std::move(path)}, wrong_{wrong} {
    if (object_ == nullptr && !wrong_)
        wrong_ = fmt::format("{} is no object", path_.empty() ? "the whole" : path_);
    if (!path_.empty()) path_ += '.';
}

void Fields::complain(std::string_view name, std::string_view what) {
    if (!wrong_) wrong_ = fmt::format("{}{} {}", path_, name, what);
}

bool Fields::has(std::string_view name) const {
    const auto* found = object_ == nullptr ? nullptr : object_->if_contains(name);
    return found != nullptr && !found->is_null();
}

const json::value& Fields::value(std::string_view name) {
    static const json::value nothing;
    const auto* found = object_ == nullptr ? nullptr : object_->if_contains(name);
    if (found == nullptr) complain(name, "is missing");
    return found == nullptr ? nothing : *found;
}

std::string Fields::text(std::string_view name) {
    if (const auto* string = value(name).if_string()) return {string->data(), string->size()};
    complain(name, "is no text");
    return {};
}

std::uint64_t Fields::count(std::string_view name, std::uint64_t most) {
    boost::system::error_code error;
    const json::value& found = value(name);
    const auto number = found.is_double() ? 0 : found.to_number<std::uint64_t>(error);
    if (!found.is_double() && !error && number <= most) return number;
    complain(name, "is no count, or too large");
    return 0;
}

double Fields::number(std::string_view name) {
    if (const auto number = finite(value(name))) return *number;
    complain(name, "is no number from 0 on");
    return 0;
}

bool Fields::flag(std::string_view name) {
    if (const auto* flag = value(name).if_bool()) return *flag;
    complain(name, "is neither true nor false");
    return false;
}

Milliseconds Fields::time(std::string_view name) {
    return Milliseconds{count(name, static_cast<std::uint64_t>(most_time.count()))};
}

std::vector<std::string> Fields::texts(std::string_view name) {
    std::vector<std::string> all;
    const json::array* array = array_of(name);
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
        if (const auto* string = (*array)[i].if_string())
            all.emplace_back(string->data(), string->size());
        else
            complain(name, "holds something that is no text");
    }
    return all;
}

std::vector<double> Fields::numbers(std::string_view name) {
    std::vector<double> all;
    const json::array* array = array_of(name);
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
        if (const auto number = finite((*array)[i]))
            all.push_back(*number);
        else
            complain(name, "holds something that is no number from 0 on");
    }
    return all;
}

Fields Fields::object(std::string_view name) {
    return {value(name), fmt::format("{}{}", path_, name), wrong_};
}

const json::array* Fields::array_of(std::string_view name) {
    const auto* array = value(name).if_array();
    if (array == nullptr) complain(name, "is no list");
    return array;
}

}  // namespace outpost::bench
