// Whatever arrives as a structured field: what parses is written in one form, which parses to the same.
#include "cdn/policy/structured.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cdn/policy/cache_control.hpp"
#include "cdn/policy/status_fields.hpp"

namespace {

using namespace outpost;
using namespace outpost::cdn::policy;

void require(bool holds) {
    if (!holds) std::abort();
}

template <class Value, class Parse>
void check(std::string_view text, Parse parse) {
    const std::optional<Value> value = parse(text);
    if (!value) return;
    const std::optional<std::string> written = structured::serialise(*value);
    require(written.has_value());
    const std::optional<Value> again = parse(*written);
    require(again && *again == *value && structured::serialise(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check<structured::Item>(text, structured::parse_item);
    check<structured::List>(text, structured::parse_list);
    check<structured::Dictionary>(text, structured::parse_dictionary);

    const http::Field field{"CDN-Cache-Control", text};
    const auto dictionary = structured::parse_dictionary(text);
    require(parse_targeted({&field, 1}).has_value() == (dictionary && !dictionary->empty()));

    // What we write of a text from outside parses, up to the limit of a string.
    const std::string_view some = text.substr(0, structured::longest_string);
    require(structured::parse_list(cache_status({.cache = some, .hit = true, .key = some, .detail = some}))
                .has_value());
    require(
        structured::parse_list(proxy_status({.proxy = some, .next_hop = some, .details = some})).has_value());
    return 0;
}
