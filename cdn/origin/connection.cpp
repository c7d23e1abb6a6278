#include "cdn/origin/connection.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace outpost::cdn::origin {
namespace {

constexpr std::size_t piece = 16 << 10;
constexpr int most_interim = 8;  // 1xx replies before the final one

// RFC 9110 section 7.6.1: what Connection names goes no further, nor do those that were always meant so.
http::FieldList end_to_end(const std::vector<http::Field>& fields) {
    static constexpr std::array<std::string_view, 8> of_connection{
        "Connection", "Keep-Alive",        "Proxy-Connection", "TE",
        "Trailer",    "Transfer-Encoding", "Upgrade",          "Proxy-Authenticate"};
    std::vector<std::string_view> dropped{of_connection.begin(), of_connection.end()};
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "Connection")) continue;
        for (const std::string_view name : split(field.value, ',')) dropped.push_back(trim_blanks(name));
    }
    std::vector<http::Field> kept;
    kept.reserve(fields.size());
    std::copy_if(fields.begin(), fields.end(), std::back_inserter(kept), [&](const http::Field& field) {
        return std::none_of(dropped.begin(), dropped.end(),
                            [&](std::string_view name) { return iequals(name, field.name); });
    });
    return http::FieldList{kept};
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, http::HeadLimits limits, TaskGroup& group)
    : stream_{std::move(stream)},
      notice_{group.at_end([all = stream_.get()] { all->close(); })},
      limits_{limits} {}

// Appends what arrives; how much, 0 at the connection's end.
Task<Result<std::size_t>> Connection::receive(SteadyTime deadline) {
    if (consumed_ == input_.size()) {
        input_.clear();
        consumed_ = 0;
    }
    const std::size_t before = input_.size();
    input_.resize(before + piece);
    const std::span<char> room{input_.data() + before, piece};
    const auto got = co_await stream_->read(room, deadline);
    input_.resize(before + (got ? *got : 0));
    heard_ |= input_.size() > before;
    co_return got;
}

Task<Result<ReplyHead>> Connection::ask(const std::string& request, bool is_head_request,
                                        SteadyTime deadline) {
    heard_ = false;
    const auto sent = co_await stream_->write(request, deadline);
    if (!sent) co_return sent.error();
    http::ResponseHead head;
    std::size_t searched = 0;
    int interim = 0;
    while (true) {
        const auto parsed = http::parse_response_head(unread(), limits_, searched, head);
        if (parsed.state == http::ParsedHead::State::refused) co_return Errc::origin_malformed;
        if (parsed.state == http::ParsedHead::State::complete) {
            if (head.status / 100 != 1) {
                ReplyHead reply{head.status, end_to_end(head.fields)};
                keep_alive_ = head.keep_alive;
                body_ = BodyReader{head, is_head_request};
                consumed_ += parsed.consumed;  // the head's views end here
                co_return std::move(reply);
            }
            consumed_ += parsed.consumed;
            searched = 0;
            // Nobody asked for another protocol.
            if (head.status == 101 || ++interim > most_interim) co_return Errc::origin_malformed;
            continue;
        }
        const auto got = co_await receive(deadline);
        if (!got && got.error() == Errc::origin_timeout) co_return Errc::origin_timeout;
        if (!got || *got == 0) co_return Errc::origin_reset;
    }
}

Task<Result<std::size_t>> Connection::read(std::span<char> into, SteadyTime deadline) {
    while (!body_.whole()) {
        std::string_view input = unread();
        const auto taken = body_.take(input, into);
        if (!taken) co_return taken.error();
        consumed_ = input_.size() - input.size();
        if (*taken > 0) co_return *taken;
        if (body_.whole()) break;
        if (!input.empty()) continue;
        const std::size_t wanted = body_.direct(into.size());
        Result<std::size_t> got{0};
        if (wanted > 0) {
            got = co_await stream_->read(into.first(wanted), deadline);
        } else {
            got = co_await receive(deadline);
        }
        if (!got) co_return got.error();
        if (*got == 0) {
            const auto end = body_.end();
            if (!end) co_return end.error();
        } else if (wanted > 0) {
            body_.took_direct(*got);
            co_return *got;
        }
    }
    co_return 0U;
}

bool Connection::is_reusable() {
    return keep_alive_ && body_.whole() && !body_.until_close() && unread().empty() && is_alive();
}

}  // namespace outpost::cdn::origin
