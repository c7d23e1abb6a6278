#include "config/codec.hpp"

#include <algorithm>
#include <limits>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"

namespace outpost::config {
namespace {

constexpr std::size_t longest_text = 255;
constexpr std::size_t longest_list = 256;

// The text of `value`, or an empty view, which no quantity is read from.
std::string_view text_of(const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::string_view{} : std::string_view{*text};
}

bool is_line(std::string_view text) {
    return text.size() <= longest_text &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string remedy_text(const Words& words, const std::string& example) {
    if (example == "true" || example == "false") return fmt::format("write {}", words.wanted);
    return fmt::format("write {}, such as {}", words.wanted, example);
}

std::optional<bool> Codec<bool>::read(const Value& value, const std::filesystem::path&) {
    const auto* read = std::get_if<bool>(&value);
    return read == nullptr ? std::nullopt : std::optional{*read};
}

std::optional<std::uint32_t> Codec<std::uint32_t>::read(const Value& value, const std::filesystem::path&) {
    const auto* read = std::get_if<std::int64_t>(&value);
    if (read == nullptr || *read < 0) return std::nullopt;
    // Past the type is past every option's bounds: the largest number lets those speak.
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>(*read, std::numeric_limits<std::uint32_t>::max()));
}

std::optional<double> Codec<double>::read(const Value& value, const std::filesystem::path&) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    const auto* foreign = std::get_if<Foreign>(&value);
    return foreign == nullptr ? std::nullopt : foreign->decimal;
}

std::string Codec<double>::write(double value) { return fmt::format("{}", value); }

std::optional<Bytes> Codec<Bytes>::read(const Value& value, const std::filesystem::path&) {
    return parse_bytes(text_of(value));
}

std::optional<Milliseconds> Codec<Milliseconds>::read(const Value& value, const std::filesystem::path&) {
    return parse_duration(text_of(value));
}

std::optional<BitRate> Codec<BitRate>::read(const Value& value, const std::filesystem::path&) {
    return parse_bit_rate(text_of(value));
}

std::optional<std::string> Codec<std::string>::read(const Value& value, const std::filesystem::path&) {
    const auto* read = std::get_if<std::string>(&value);
    if (read == nullptr || !is_line(*read)) return std::nullopt;
    return *read;
}

std::optional<std::vector<std::string>> Codec<std::vector<std::string>>::read(const Value& value,
                                                                              const std::filesystem::path&) {
    const auto* read = std::get_if<std::vector<std::string>>(&value);
    if (read == nullptr || read->size() > longest_list || !std::all_of(read->begin(), read->end(), is_line))
        return std::nullopt;
    return *read;
}

std::string Codec<std::vector<std::string>>::write(const std::vector<std::string>& value) {
    std::vector<std::string> items;
    for (const std::string& each : value) items.push_back(toml_string(each));
    return fmt::format("[{}]", fmt::join(items, ", "));
}

std::optional<std::filesystem::path> Codec<std::filesystem::path>::read(
    const Value& value, const std::filesystem::path& directory) {
    const std::string_view text = text_of(value);
    if (text.empty() || has_control_characters(text)) return std::nullopt;
    if (text == "-") return std::filesystem::path{text};
    return (directory / text).lexically_normal();
}

std::optional<Address> Codec<Address>::read(const Value& value, const std::filesystem::path&) {
    return parse_address(text_of(value));
}

std::string enum_type(const std::vector<std::string>& names) {
    std::vector<std::string> quoted_names;
    for (const std::string& name : names) quoted_names.push_back(toml_string(name));
    return fmt::format("one of {}", fmt::join(quoted_names, ", "));
}

std::string enum_remedy(const Value& value, const std::vector<std::string>& names) {
    const std::string_view text = text_of(value);
    const auto near = text.empty() ? std::nullopt : nearest(ascii_lower(text.substr(0, 64)), names);
    return near ? fmt::format("did you mean {}?", toml_string(*near)) : "write one of these, in quotes";
}

}  // namespace outpost::config
