#include "base/redis/connection.hpp"

#include <array>
#include <hiredis/hiredis.h>
#include <optional>

#include <fmt/format.h>

#include "base/dial.hpp"
#include "base/text.hpp"

namespace outpost::redis {
namespace {

constexpr std::size_t longest_url = 1024;

struct ReaderDeleter {
    void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
};
struct ReplyDeleter {
    void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};

const redisReplyObjectFunctions* usual_functions = nullptr;

// hiredis takes room for as many elements as a list says that it has.
void* create_list(const redisReadTask* task, int elements) {
    if (elements > static_cast<int>(RedisConnection::most_list)) return nullptr;
    return usual_functions->createArray(task, elements);
}

std::unique_ptr<redisReader, ReaderDeleter> make_reader() {
    std::unique_ptr<redisReader, ReaderDeleter> reader{::redisReaderCreate()};
    if (!reader) throw std::bad_alloc{};
    static redisReplyObjectFunctions bounded = [&] {
        usual_functions = reader->fn;
        redisReplyObjectFunctions functions = *reader->fn;
        functions.createArray = create_list;
        return functions;
    }();
    reader->fn = &bounded;
    return reader;
}

RedisReply reply_of(const redisReply& from) {
    RedisReply reply;
    switch (from.type) {
        case REDIS_REPLY_ERROR:
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
            reply.kind = from.type == REDIS_REPLY_ERROR ? RedisReply::Kind::error : RedisReply::Kind::text;
            reply.text.assign(from.str, from.len);
            break;
        case REDIS_REPLY_INTEGER:
            reply.kind = RedisReply::Kind::integer;
            reply.integer = from.integer;
            break;
        case REDIS_REPLY_ARRAY:
            reply.kind = RedisReply::Kind::list;
            reply.list.reserve(from.elements);
            for (std::size_t i = 0; i < from.elements; ++i) reply.list.push_back(reply_of(*from.element[i]));
            break;
        default: break;
    }
    return reply;
}

std::string format_command(std::span<const std::string_view> words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* command = nullptr;
    const int size =
        ::redisFormatCommandArgv(&command, static_cast<int>(words.size()), texts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc{};
    std::string text{command, static_cast<std::size_t>(size)};
    ::redisFreeCommand(command);
    return text;
}

// %XX decoded; nothing when an escape is malformed.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto digit = [&](std::size_t at) -> int {
            const char c = at < text.size() ? ascii_lower(text[at]) : ' ';
            if (c >= '0' && c <= '9') return c - '0';
            return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        };
        const int high = digit(i + 1), low = digit(i + 2);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

Problem url_problem(std::string what) {
    return {"redis URL", std::move(what), "write redis://[user:password@]host[:port][/database]"};
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '.' ||
               c == '-' || c == '_' || c == ':' || c == '%';  // colons of IPv6 and the % of its zone
    });
}

// "host", "host:port", "[v6]", "[v6]:port".
bool read_authority(std::string_view text, RedisAddress& address) {
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && end == std::string_view::npos) return false;
    const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    std::string_view behind = end == std::string_view::npos ? "" : text.substr(bracketed ? end + 1 : end);
    if (!is_host(host)) return false;
    address.host = host;
    if (behind.empty()) return true;
    if (behind.front() != ':') return false;
    const auto port = parse_unsigned(behind.substr(1));
    if (!port || *port == 0 || *port > 65535) return false;
    address.port = static_cast<std::uint16_t>(*port);
    return true;
}

}  // namespace

std::string RedisAddress::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("redis://{}{}{}:{}{}", v6 ? "[" : "", host, v6 ? "]" : "", port,
                       database == 0 ? "" : fmt::format("/{}", database));
}

Outcome<RedisAddress> parse_redis_url(std::string_view url) {
    constexpr std::string_view scheme = "redis://";
    if (url.starts_with("rediss://"))
        return Problem{"redis URL", "TLS to Redis is not spoken",
                       "use redis:// over a private network or a tunnel"};
    if (url.size() > longest_url || !url.starts_with(scheme)) return url_problem("it is no Redis URL");
    url.remove_prefix(scheme.size());
    RedisAddress address;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        const std::string_view person = url.substr(0, at);
        const auto colon = person.find(':');
        if (colon == std::string_view::npos) return url_problem("it has a user without a password");
        auto user = decode(person.substr(0, colon)), password = decode(person.substr(colon + 1));
        if (!user || !password || password->empty())
            return url_problem("its user or password can't be read: escape % as %25");
        address.user = std::move(*user);
        address.password = std::move(*password);
        url.remove_prefix(at + 1);
    }
    const auto slash = url.find('/');
    if (slash != std::string_view::npos && slash + 1 < url.size()) {
        const auto database = parse_unsigned(url.substr(slash + 1));
        if (!database || *database > 65535) return url_problem("its database is no number");
        address.database = static_cast<std::uint32_t>(*database);
    }
    if (!read_authority(url.substr(0, slash), address)) return url_problem("its host or port can't be read");
    return address;
}

struct RedisConnection::Parts {
    std::string where;
    Fd socket;
    const Cancellation* cancellation;
    std::unique_ptr<redisReader, ReaderDeleter> reader = make_reader();

    [[nodiscard]] Problem problem(std::string what) const { return {where, std::move(what), ""}; }
    Outcome<RedisReply> read_reply(SteadyTime deadline);
};

Outcome<RedisReply> RedisConnection::Parts::read_reply(SteadyTime deadline) {
    std::array<char, 16 << 10> buffer{};
    for (std::size_t total = 0;;) {
        void* got = nullptr;
        if (::redisReaderGetReply(reader.get(), &got) != REDIS_OK) {
            return problem(reader->err == REDIS_ERR_OOM
                               ? fmt::format("a reply has a list of more than {} elements", most_list)
                               : fmt::format("this is not Redis' protocol: {}", reader->errstr));
        }
        if (got != nullptr)
            return reply_of(*std::unique_ptr<redisReply, ReplyDeleter>{static_cast<redisReply*>(got)});
        if (total > most_reply_bytes)
            return problem(fmt::format("a reply is longer than {}", to_text(Bytes{most_reply_bytes})));
        const auto n = receive_some(socket.get(), buffer, deadline, *cancellation);
        if (!n) return problem(n.error().what);
        if (*n == 0) return problem("the connection was closed");
        total += *n;
        if (::redisReaderFeed(reader.get(), buffer.data(), *n) != REDIS_OK) throw std::bad_alloc{};
    }
}

RedisConnection::RedisConnection(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}
RedisConnection::RedisConnection(RedisConnection&&) noexcept = default;
RedisConnection& RedisConnection::operator=(RedisConnection&&) noexcept = default;
RedisConnection::~RedisConnection() = default;

Outcome<RedisConnection> RedisConnection::open(const RedisAddress& address, Milliseconds timeout,
                                               const Cancellation& cancellation) {
    const SteadyTime deadline = steady_now() + timeout;
    auto socket = dial(address.host, address.port, timeout, cancellation);
    if (!socket) return Problem{address.text(), "can't be connected: " + socket.error().what, ""};
    auto parts = std::make_unique<Parts>();
    parts->where = address.text();
    parts->socket = std::move(*socket);
    parts->cancellation = &cancellation;
    RedisConnection connection{std::move(parts)};
    if (const auto introduced = connection.introduce(address, deadline); !introduced)
        return introduced.error();
    return connection;
}

Outcome<void> RedisConnection::introduce(const RedisAddress& address, SteadyTime deadline) {
    if (!address.password.empty()) {
        std::vector<std::string_view> words{"AUTH"};
        if (!address.user.empty()) words.emplace_back(address.user);
        words.emplace_back(address.password);
        const auto reply = ask(words, deadline);
        if (!reply) return reply.error();
        // Only its first word: some servers repeat in the others what they were sent.
        if (reply->is_error())
            return Problem{parts_->where,
                           fmt::format("the user or the password is refused ({})",
                                       std::string_view{reply->text}.substr(0, reply->text.find(' '))),
                           "see the url of [redis]"};
    }
    if (address.database != 0) {
        const std::string number = std::to_string(address.database);
        const auto reply = ask(std::array<std::string_view, 2>{"SELECT", number}, deadline);
        if (!reply) return reply.error();
        if (reply->is_error()) return parts_->problem(fmt::format("database {}: {}", number, reply->text));
    }
    const auto reply = ask(std::array<std::string_view, 1>{"PING"}, deadline);
    if (!reply) return reply.error();
    if (reply->is_error()) {
        const bool wants_password = reply->text.starts_with("NOAUTH");
        return Problem{parts_->where, reply->text,
                       wants_password ? "put the password into the url of [redis]" : ""};
    }
    return {};
}

Outcome<RedisReply> RedisConnection::ask(std::span<const std::string_view> words, SteadyTime deadline) {
    const auto sent = send_all(parts_->socket.get(), format_command(words), deadline, *parts_->cancellation);
    if (!sent) return parts_->problem(sent.error().what);
    return parts_->read_reply(deadline);
}

Outcome<RedisReply> RedisConnection::command(std::span<const std::string_view> words, Milliseconds timeout) {
    return ask(words, steady_now() + timeout);
}

}  // namespace outpost::redis
