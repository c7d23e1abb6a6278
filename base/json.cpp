#include "base/json.hpp"

#include <set>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include "base/text.hpp"

namespace outpost {
namespace {

namespace json = boost::json;

// Boost.JSON's own parser keeps the last of two members of one name. This handler looks at names only.
struct Names {
    static constexpr std::size_t max_object_size = 4096, max_array_size = 65536, max_key_size = 4096,
                                 max_string_size = 1 << 20;
    std::vector<std::set<std::string, std::less<>>> open;  // of each object that has begun
    std::string part;
    bool twice = false;

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        open.pop_back();
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t, json::error_code&) { return true; }
    bool on_key_part(json::string_view text, std::size_t, json::error_code&) {
        part.append(text.data(), text.size());
        return true;
    }
    bool on_key(json::string_view text, std::size_t, json::error_code&) {
        part.append(text.data(), text.size());
        twice |= !open.back().insert(part).second;
        part.clear();
        return !twice;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

}  // namespace

std::optional<json::value> parse_json(std::string_view text, std::size_t most_depth,
                                      json::storage_ptr storage) {
    json::parse_options options;
    options.max_depth = most_depth;
    json::error_code error;
    json::basic_parser<Names> names{options};
    const std::size_t read = names.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size() || names.handler().twice) return std::nullopt;
    json::value value = json::parse({text.data(), text.size()}, error, std::move(storage), options);
    if (error) return std::nullopt;
    return value;
}

}  // namespace outpost
