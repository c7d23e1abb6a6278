// How commands ask a running node: HTTP/1.1 over plain TCP to its admin listener, one connection for each
// request. Thread rule: any thread; waits.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "auth/keys/secret.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "config/address.hpp"

namespace outpost::server {

// "http://127.0.0.1:9090", with a name or an address; port 80 when it has none.
Outcome<config::Address> parse_admin_url(std::string_view url);
// Where the configuration in `file` has its admin listener, as this machine reaches it. The rest of the file
// has to be right, but nothing that it names is opened.
Outcome<config::Address> admin_address_in(const std::string& file);

// --admin, --config and --key-file of a command, and what they come to.
class AdminOption {
  public:
    void add_to(CLI::App& command);
    [[nodiscard]] Outcome<config::Address> address() const;
    // Of the file, else of the environment's OUTPOST_ADMIN_KEY; empty when there is neither.
    [[nodiscard]] Outcome<auth::Secret> key() const;

  private:
    std::string url_ = "http://127.0.0.1:9090", file_, key_file_;
};

struct ApiRequest {
    std::string method = "GET", path;
    std::string json = {};      // the body; "" is none
    std::string_view key = {};  // of an account; "" is none
};

struct ApiReply {
    int status = 0;
    std::string body;

    [[nodiscard]] bool good() const { return status >= 200 && status < 300; }
    // What a reply that isn't good says: the detail or title of its problem (RFC 9457), else its status.
    [[nodiscard]] std::string complaint() const;
    // The same as a Problem of `where`, with what to do when it is the key that is at fault.
    [[nodiscard]] Problem problem(std::string where) const;
    [[nodiscard]] bool is_about_key() const { return status == 401 || status == 403; }
};

// All of it within `timeout`. A reply that breaks off, or is longer than 8 MiB, is a Problem.
Outcome<ApiReply> ask_api(const config::Address& node, const ApiRequest& request, Milliseconds timeout);

// What somebody else wrote, safe to print: control characters become '?'.
std::string printable(std::string_view text);

}  // namespace outpost::server
