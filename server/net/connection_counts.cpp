#include "server/net/connection_counts.hpp"

namespace outpost::server {

ConnectionCounts::Key ConnectionCounts::key_of(const boost::asio::ip::address& address) {
    Key key = 0;
    if (address.is_v4() || address.to_v6().is_v4_mapped()) {
        const auto v4 = address.is_v4()
                            ? address.to_v4()
                            : boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
        return v4.to_uint();
    }
    const auto bytes = address.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i) key = key << 8 | bytes[i];
    return key;
}

ConnectionCounts::Verdict ConnectionCounts::enter(Key key, std::size_t most, std::size_t most_of_address) {
    if (all_.fetch_add(1, std::memory_order_relaxed) >= most) {
        all_.fetch_sub(1, std::memory_order_relaxed);
        return Verdict::too_many;
    }
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    std::uint32_t& count = shard.counts[key];
    if (count >= most_of_address) {
        all_.fetch_sub(1, std::memory_order_relaxed);
        return Verdict::too_many_of_address;
    }
    ++count;
    return Verdict::welcome;
}

void ConnectionCounts::leave(Key key) {
    all_.fetch_sub(1, std::memory_order_relaxed);
    Shard& shard = shard_of(key);
    const std::lock_guard lock{shard.mutex};
    const auto found = shard.counts.find(key);
    if (found != shard.counts.end() && --found->second == 0) shard.counts.erase(found);
}

}  // namespace outpost::server
