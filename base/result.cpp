#include "base/result.hpp"

#include <stdexcept>

namespace outpost {
namespace {

class Category final : public boost::system::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "outpost"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::bad_request: return "the request is malformed or ambiguous";
            case Errc::body_too_large: return "the request's body is larger than the limits allow";
            case Errc::not_found: return "not found";
            case Errc::file_truncated: return "a file is shorter than its index says";
            case Errc::disk_failed: return "the disk answered with an error";
            case Errc::overloaded: return "a queue is full";
            case Errc::broken_asset: return "the asset directory is broken";
            case Errc::disk_full: return "the disk is full";
            case Errc::corrupt: return "stored bytes are not those that were written";
            case Errc::abandoned: return "nobody wants it any more";
            case Errc::database: return "the database refused a statement";
            case Errc::origin_unreachable: return "the origin can't be reached";
            case Errc::origin_connect_timeout: return "the origin does not take the connection";
            case Errc::origin_dns: return "the origin's name has no address";
            case Errc::origin_tls: return "no TLS with the origin";
            case Errc::origin_certificate: return "the origin's certificate is not trusted";
            case Errc::origin_timeout: return "the origin is too slow";
            case Errc::origin_reset: return "the origin broke the connection";
            case Errc::origin_malformed: return "the origin's reply is malformed";
            case Errc::origin_truncated: return "the origin's reply ended early";
            case Errc::origin_busy: return "all connections to the origin are in use";
            case Errc::origin_none: return "no origin is usable";
            case Errc::origin_failed: return "the origin says that it has failed";
            case Errc::origin_changed: return "the origin has another body now";
            case Errc::retry_refused: return "no more retries are allowed";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& outpost_category() noexcept {
    static const Category category;
    return category;
}

boost::system::error_code make_error_code(Errc e) noexcept {
    return {static_cast<int>(e), outpost_category()};
}

Party party_at_fault(const boost::system::error_code& error) noexcept {
    if (error.category() != outpost_category()) return Party::client;
    if (error.value() >= static_cast<int>(Errc::origin_unreachable)) return Party::origin;
    return error.value() <= static_cast<int>(Errc::not_found) ? Party::client : Party::internal;
}

std::string Problem::line() const {
    std::string text = where.empty() ? what : where + ": " + what;
    if (!remedy.empty()) text += "; " + remedy;
    return text;
}

void throw_exception_from_error(const Problem& problem, const boost::source_location&) {
    throw std::runtime_error(problem.line());
}

}  // namespace outpost
