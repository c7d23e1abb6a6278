// One call to one origin whose reply's head has arrived: the connection in use, the right to it, what the
// origin is to be told it did. Thread rule: the loop's thread.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "cdn/origin/connection.hpp"
#include "cdn/origin/response.hpp"
#include "cdn/origin/slots.hpp"
#include "cdn/origin/standing.hpp"

namespace outpost::cdn::origin {

class Origin;

class Exchange {
  public:
    struct Parts {
        std::shared_ptr<Origin> origin;
        Slots::Slot slot;
        Standing::Trial trial;
        std::unique_ptr<Connection> connection;
        ReplyHead head;
        Response::Times times;
        SteadyTime whole_by;
    };
    // Gives the connection back at once when there is no body to come.
    explicit Exchange(Parts parts);

    [[nodiscard]] const ReplyHead& head() const { return parts_.head; }
    [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
    [[nodiscard]] const std::string& origin_name() const;
    [[nodiscard]] Response::Times times() const { return parts_.times; }

    // As Response::read. Whoever awaits it keeps the exchange alive.
    Task<Result<std::size_t>> read(std::span<char> into);

  private:
    void finish();

    Parts parts_;
    std::optional<std::uint64_t> length_;
    boost::system::error_code broken_;
};

}  // namespace outpost::cdn::origin
