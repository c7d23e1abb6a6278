// How each type of option is read from a file, written into the reference, and named to a person.
// Thread rule: pure functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/units.hpp"
#include "config/address.hpp"
#include "config/value.hpp"

namespace outpost::config {

// The least and the most that an option may be, both allowed.
template <class T>
struct Bounds {
    T least;
    T most;
};
template <class T>
concept Bounded = std::same_as<T, std::uint32_t> || std::same_as<T, double> || std::same_as<T, Bytes> ||
                  std::same_as<T, Milliseconds> || std::same_as<T, BitRate>;

// An enum says how its values are written by specialising names_of.
template <class E>
struct Named {
    std::string_view name;
    E value;
};
template <class E>
std::span<const Named<E>> names_of();

// Codec<T>:
//   read              the value, or nothing when the file's value is no T
//   write             as TOML; write_bare: without quotes
//   type              "time"; article_and_type: "a time"
//   remedy            what to write instead, with `example`, which is TOML
template <class T>
struct Codec;

// What all codecs but the enums' share: their words.
struct Words {
    std::string_view type, article_and_type, wanted;
};
std::string remedy_text(const Words& words, const std::string& example);

template <class T, const Words& words>
struct WordedCodec {
    static std::string type() { return std::string{words.type}; }
    static std::string article_and_type() { return std::string{words.article_and_type}; }
    static std::string remedy(const Value&, const std::string& example) {
        return remedy_text(words, example);
    }
};

namespace words {
inline constexpr Words boolean{"true or false", "true or false", "true or false, without quotes"};
inline constexpr Words number{"number", "a whole number", "a whole number without quotes"};
inline constexpr Words decimal{"decimal number", "a number", "a number without quotes"};
inline constexpr Words size{"size", "a size", "a number and one of B KiB MiB GiB TiB KB MB GB TB, in quotes"};
inline constexpr Words time{"time", "a time", "a number and one of ms s min h d, in quotes"};
inline constexpr Words rate{"bit rate", "a bit rate", "a number and one of bps kbps Mbps Gbps, in quotes"};
inline constexpr Words text{"text", "a line of text", "at most 255 printable ASCII characters in quotes"};
inline constexpr Words texts{"list of texts", "a list of texts", "at most 256 texts in square brackets"};
inline constexpr Words path{"path", "a path", "a path in quotes"};
inline constexpr Words address{"address", "an IP address with a port",
                               "an IPv4 address or an IPv6 address in square brackets, a colon and a port"};
}  // namespace words

template <>
struct Codec<bool> : WordedCodec<bool, words::boolean> {
    static std::optional<bool> read(const Value& value, const std::filesystem::path& directory);
    static std::string write(bool value) { return value ? "true" : "false"; }
};

template <>
struct Codec<std::uint32_t> : WordedCodec<std::uint32_t, words::number> {
    static std::optional<std::uint32_t> read(const Value& value, const std::filesystem::path& directory);
    static std::string write(std::uint32_t value) { return std::to_string(value); }
    static std::string write_bare(std::uint32_t value) { return write(value); }
};

// Whole numbers are decimal numbers too.
template <>
struct Codec<double> : WordedCodec<double, words::decimal> {
    static std::optional<double> read(const Value& value, const std::filesystem::path& directory);
    static std::string write(double value);
    static std::string write_bare(double value) { return write(value); }
};

template <>
struct Codec<Bytes> : WordedCodec<Bytes, words::size> {
    static std::optional<Bytes> read(const Value& value, const std::filesystem::path& directory);
    static std::string write_bare(Bytes value) { return to_text(value); }
    static std::string write(Bytes value) { return toml_string(to_text(value)); }
};

template <>
struct Codec<Milliseconds> : WordedCodec<Milliseconds, words::time> {
    static std::optional<Milliseconds> read(const Value& value, const std::filesystem::path& directory);
    static std::string write_bare(Milliseconds value) { return to_text(value); }
    static std::string write(Milliseconds value) { return toml_string(to_text(value)); }
};

template <>
struct Codec<BitRate> : WordedCodec<BitRate, words::rate> {
    static std::optional<BitRate> read(const Value& value, const std::filesystem::path& directory);
    static std::string write_bare(BitRate value) { return to_text(value); }
    static std::string write(BitRate value) { return toml_string(to_text(value)); }
};

template <>
struct Codec<std::string> : WordedCodec<std::string, words::text> {
    static std::optional<std::string> read(const Value& value, const std::filesystem::path& directory);
    static std::string write(const std::string& value) { return toml_string(value); }
};

template <>
struct Codec<std::vector<std::string>> : WordedCodec<std::vector<std::string>, words::texts> {
    static std::optional<std::vector<std::string>> read(const Value& value,
                                                        const std::filesystem::path& directory);
    static std::string write(const std::vector<std::string>& value);
};

// A relative path is relative to the file that holds it; "-" stays as it is, for options that give it a
// meaning.
template <>
struct Codec<std::filesystem::path> : WordedCodec<std::filesystem::path, words::path> {
    static std::optional<std::filesystem::path> read(const Value& value,
                                                     const std::filesystem::path& directory);
    static std::string write(const std::filesystem::path& value) { return toml_string(value.string()); }
};

template <>
struct Codec<Address> : WordedCodec<Address, words::address> {
    static std::optional<Address> read(const Value& value, const std::filesystem::path& directory);
    static std::string write(const Address& value) { return toml_string(to_text(value)); }
};

// "one of …", and the nearest of `names` to what stands in the file.
std::string enum_type(const std::vector<std::string>& names);
std::string enum_remedy(const Value& value, const std::vector<std::string>& names);

template <class E>
    requires std::is_enum_v<E>
struct Codec<E> {
    static std::optional<E> read(const Value& value, const std::filesystem::path&) {
        const auto* text = std::get_if<std::string>(&value);
        for (const Named<E>& each : names_of<E>()) {
            if (text != nullptr && *text == each.name) return each.value;
        }
        return std::nullopt;
    }
    static std::string write(E value) {
        for (const Named<E>& each : names_of<E>()) {
            if (each.value == value) return toml_string(each.name);
        }
        return {};
    }
    static std::string type() { return enum_type(names()); }
    static std::string article_and_type() { return type(); }
    static std::string remedy(const Value& value, const std::string&) { return enum_remedy(value, names()); }

  private:
    static std::vector<std::string> names() {
        std::vector<std::string> all;
        for (const Named<E>& each : names_of<E>()) all.emplace_back(each.name);
        return all;
    }
};

}  // namespace outpost::config
