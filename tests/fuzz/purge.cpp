// Whatever an operator or another node sends: an order that is taken is whole, and comes back out of its
// payload as it went in; a Redis URL that is taken does not show its password.
#include <cstdlib>

#include "base/redis/connection.hpp"
#include "cdn/purge/order.hpp"

namespace {

using namespace outpost;
using namespace outpost::cdn;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(PurgeOrder order) {
    require((order.kind == PurgeKind::all) == order.value.empty());
    require(order.value.size() <= (order.kind == PurgeKind::tag ? most_purge_tag : most_purge_url));
    if (order.id.empty()) order.id = "1";
    const auto again = parse_payload(to_payload(order));
    require(again.has_value() && *again == order);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto order = parse_purge_request(text)) check(*order);
    if (const auto order = parse_payload(text)) check(*order);
    if (const auto address = redis::parse_redis_url(text)) {
        require(!address->host.empty() && address->port != 0);
        require(address->password.empty() || address->text().find('@') == std::string::npos);
    }
    return 0;
}
