// The addresses of one origin's name. Looked up again in the background when they are used and old, or when
// they did not answer; while DNS fails, the last ones are used on. Thread rule: the loop's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/async_group.hpp"
#include "base/result.hpp"
#include "cdn/origin/stream.hpp"

namespace outpost::cdn::origin {

class Addresses : public std::enable_shared_from_this<Addresses> {
  public:
    // `host` is a name or an address (IPv6 without brackets). The group outlives this.
    Addresses(Executor executor, std::shared_ptr<TaskGroup> group, std::string host, std::uint16_t port);

    // At least one; the one that worked last comes first. Errc::origin_dns when none was ever found, also
    // when none was found until then.
    Task<Result<std::vector<Endpoint>>> get(SteadyTime deadline);
    void prefer(const Endpoint& endpoint) { preferred_ = endpoint; }
    // They did not answer: look again.
    void doubt();

  private:
    void look_up();
    static Task<void> look_up_once(std::shared_ptr<Addresses> self);

    std::shared_ptr<TaskGroup> group_;
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
    std::string host_;
    std::uint16_t port_;
    bool fixed_ = false;  // an address needs no looking up
    bool under_way_ = false;
    bool reported_ = false;  // that it fails, once
    SteadyTime asked_{};
    std::vector<Endpoint> known_;
    Endpoint preferred_;
    WaitList waiting_;
    TaskGroup::Notice notice_;
};

}  // namespace outpost::cdn::origin
