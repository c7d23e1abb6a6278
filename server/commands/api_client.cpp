#include "server/commands/api_client.hpp"

#include <array>
#include <cstdlib>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "auth/accounts.hpp"
#include "base/dial.hpp"
#include "base/file.hpp"
#include "base/http/chunked.hpp"
#include "base/http/head.hpp"
#include "base/text.hpp"
#include "config/load.hpp"

namespace outpost::server {
namespace {

namespace json = boost::json;

constexpr std::size_t most_body = 8 << 20;
constexpr Bytes most_file{1 << 20};
constexpr Bytes most_key_file{4 << 10};
constexpr auto key_variable = "OUTPOST_ADMIN_KEY";
constexpr http::HeadLimits head_limits{16 << 10, 64};

// A reply as it arrives.
class Reading {
  public:
    // Whether it is whole; false: more is needed.
    Outcome<bool> take(std::string_view bytes);
    // The connection ended.
    Outcome<bool> end();
    ApiReply reply() && { return {head_.status, std::move(body_)}; }

  private:
    Outcome<bool> take_body(std::string_view bytes);

    std::string buffer_;  // the head, until it is whole
    std::size_t searched_ = 0;
    bool has_head_ = false;
    http::ResponseHead head_;
    http::ChunkedDecoder chunks_{most_body};
    std::string body_;
};

Problem broken(std::string what) { return {"", std::move(what), ""}; }

Outcome<bool> Reading::take(std::string_view bytes) {
    if (has_head_) return take_body(bytes);
    buffer_ += bytes;
    const auto parsed = http::parse_response_head(buffer_, head_limits, searched_, head_);
    if (parsed.state == http::ParsedHead::State::incomplete) return false;
    if (parsed.state == http::ParsedHead::State::refused)
        return broken("what answers there does not speak HTTP");
    has_head_ = true;
    return take_body(std::string_view{buffer_}.substr(parsed.consumed));
}

Outcome<bool> Reading::take_body(std::string_view bytes) {
    if (head_.chunked) {
        const auto progress = chunks_.decode(bytes, body_);
        if (!progress) return broken("the reply is broken: " + progress.error().message());
        return *progress == http::ChunkedDecoder::Progress::whole;
    }
    if (head_.status == 204 || head_.status == 304) return true;
    if (bytes.size() > most_body - body_.size() || head_.length.value_or(0) > most_body)
        return broken("the reply is too long");
    body_ += bytes;
    if (!head_.length) return false;
    if (body_.size() < *head_.length) return false;
    body_.resize(*head_.length);
    return true;
}

Outcome<bool> Reading::end() {
    if (has_head_ && !head_.chunked && !head_.length) return true;
    return broken("the connection was closed before the reply was whole");
}

Outcome<ApiReply> exchange(const config::Address& node, const std::string& request, Milliseconds timeout) {
    const SteadyTime deadline = steady_now() + timeout;
    const Cancellation never;
    const auto socket = dial(node.host, node.port, timeout, never);
    if (!socket) return broken("can't be connected: " + socket.error().what);
    if (const auto sent = send_all(socket->get(), request, deadline, never); !sent) return sent.error();
    Reading reading;
    std::array<char, 16 << 10> buffer{};
    for (;;) {
        const auto n = receive_some(socket->get(), buffer, deadline, never);
        if (!n) return n.error();
        const auto whole = *n == 0 ? reading.end() : reading.take({buffer.data(), *n});
        if (!whole) return whole.error();
        if (*whole) return std::move(reading).reply();
    }
}

}  // namespace

Outcome<config::Address> parse_admin_url(std::string_view url) {
    const Problem wrong{"--admin " + printable(url.substr(0, 128)), "is no address of an admin listener",
                        "write http://127.0.0.1:9090"};
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return wrong;
    url.remove_prefix(scheme.size());
    if (url.ends_with('/')) url.remove_suffix(1);
    if (auto address = config::parse_address(url)) return *address;
    const auto colon = url.find(':');
    const std::string_view host = url.substr(0, colon);
    const auto port = colon == std::string_view::npos ? std::optional<std::uint64_t>{80}
                                                      : parse_unsigned(url.substr(colon + 1));
    if (host.empty() || host.find_first_of("/?#@[] ") != std::string_view::npos || !port || *port == 0 ||
        *port > 65535)
        return wrong;
    return config::Address{std::string{host}, static_cast<std::uint16_t>(*port)};
}

Outcome<config::Address> admin_address_in(const std::string& file) {
    const auto text = read_file(file, most_file);
    if (!text) return text.error();
    const config::Loaded loaded = config::parse(*text, file);
    if (!loaded) return loaded.problems.front();
    config::Address address = loaded.settings->admin.address();
    if (address.is_any()) address.host = address.is_v6() ? "::1" : "127.0.0.1";
    return address;
}

void AdminOption::add_to(CLI::App& command) {
    CLI::Option* url =
        command.add_option("--admin", url_, "The node's admin listener")->capture_default_str();
    command.add_option("--config", file_, "The node's configuration file, which says where that is")
        ->type_name("FILE")
        ->excludes(url);
    command
        .add_option("--key-file", key_file_,
                    fmt::format("A file with the key of an account; without it, {}", key_variable))
        ->type_name("FILE");
}

Outcome<auth::Secret> AdminOption::key() const {
    std::string key, where{key_variable};
    if (!key_file_.empty()) {
        auto text = read_file(key_file_, most_key_file);
        if (!text) return text.error();
        key = std::move(*text);
        where = key_file_;
    } else if (const char* variable = std::getenv(key_variable); variable != nullptr) {
        key = variable;
    }
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' ')) key.pop_back();
    if (key.empty() && key_file_.empty()) return auth::Secret{};
    if (!auth::is_bearer_key(key)) {
        auth::wipe(key);
        return Problem{where, "holds no key",
                       "it should be one line, as `outpost token keygen --account NAME` writes it"};
    }
    return auth::Secret{std::move(key)};
}

Outcome<config::Address> AdminOption::address() const {
    return file_.empty() ? parse_admin_url(url_) : admin_address_in(file_);
}

std::string ApiReply::complaint() const {
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view{body.data(), body.size()}, error);
    if (!error && value.is_object()) {
        for (const char* name : {"detail", "title"}) {
            const auto* text = value.get_object().if_contains(name);
            if (text != nullptr && text->is_string() && !text->get_string().empty())
                return printable({text->get_string().data(), text->get_string().size()});
        }
    }
    return fmt::format("the node answers {}", status);
}

Problem ApiReply::problem(std::string where) const {
    if (status == 401)
        return {std::move(where), "the node takes the key of an account, and this is none that it knows",
                "name a file with one by --key-file, or set OUTPOST_ADMIN_KEY"};
    if (status == 403)
        return {std::move(where), "the account's role is too low for this",
                "use an account whose role in the node's configuration is higher"};
    return {std::move(where), complaint(), ""};
}

Outcome<ApiReply> ask_api(const config::Address& node, const ApiRequest& request, Milliseconds timeout) {
    const std::string at = config::to_text(node);
    std::string text =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n",
                    request.method, request.path, at);
    if (!request.json.empty())
        text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", request.json.size());
    if (!request.key.empty()) {
        text.reserve(text.size() + request.key.size() + request.json.size() + 64);  // one copy of it, to wipe
        text.append("Authorization: Bearer ").append(request.key).append("\r\n");
    }
    text.append("\r\n").append(request.json);
    auto reply = exchange(node, text, timeout);
    auth::wipe(text);
    if (!reply)
        return Problem{
            "http://" + at, reply.error().what,
            "does the node run, and has it its admin listener there? --admin or --config says where"};
    return reply;
}

std::string printable(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return out;
}

}  // namespace outpost::server
