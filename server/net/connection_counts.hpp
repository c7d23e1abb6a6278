// How many connections are open, in all and from each address (an IPv6 client counts by its /64, as one site
// has one). Thread rule: any thread.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

namespace outpost::server {

class ConnectionCounts {
  public:
    enum class Verdict { welcome, too_many, too_many_of_address };
    using Key = std::uint64_t;

    static Key key_of(const boost::asio::ip::address& address);
    // Counts the connection in when it is welcome; leave() takes it out again.
    Verdict enter(Key key, std::size_t most, std::size_t most_of_address);
    void leave(Key key);

  private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<Key, std::uint32_t> counts;
    };
    Shard& shard_of(Key key) { return shards_[(key * 0x9E3779B97F4A7C15ULL) >> 60]; }

    std::atomic<std::size_t> all_{0};
    std::array<Shard, 16> shards_;
};

}  // namespace outpost::server
