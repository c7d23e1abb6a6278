// An expression and a text, cut at the first line feed: compiling and matching end soon whatever they say,
// and what has no special characters fits itself alone. The same for wildcards.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/uri_rule.hpp"
#include "base/network.hpp"

namespace {

using namespace outpost;
using namespace outpost::auth;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_networks(std::string_view text) {
    const auto network = parse_network(text);
    if (!network) return;
    require(parse_network(to_text(*network)) == network);
    require(network->contains(network->address));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto end = std::min(input.find('\n'), size);
    const std::string_view expression = input.substr(0, end);
    const std::string_view text = end < size ? input.substr(end + 1) : std::string_view{};
    const bool special = expression.find_first_of("^.[]$()|*+?{}\\") != std::string_view::npos;
    if (const auto pattern = Pattern::compile(expression)) {
        const bool fits = pattern->matches(text);
        require(special || fits == (text == expression) || text.size() > 400);
        require(special || expression.size() > 400 || pattern->matches(expression));
    } else {
        require(special || expression.size() > 1024);
    }
    const bool fits = matches_wildcard(expression, text);
    const bool wild = expression.find_first_of("*?") != std::string_view::npos;
    require(wild || fits == (text == expression));
    require(!wild || !fits || text.size() + 64 >= expression.size());
    check_networks(expression);
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = "edge.example";
    facts.raw_path = text;
    facts.path = text;
    UriView view{facts};
    const std::string whole = view.whole();
    require(whole.empty() || whole.starts_with("https://edge.example/"));
    if (!whole.empty()) require(matches(ExactUri{whole}, view));
    return 0;
}
