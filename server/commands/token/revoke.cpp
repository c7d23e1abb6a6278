// outpost token revoke and revocations: has a running node revoke, and lists what is revoked.
#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "server/commands/api_client.hpp"
#include "server/commands/token/inputs.hpp"
#include "server/commands/token/token.hpp"

namespace outpost::server {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Milliseconds patience = 30s;
constexpr std::string_view path = "/api/v1/revocations";

struct Words {
    std::string token, subject, device, key, until, lasting = "7d";
    AdminOption admin;
};

Outcome<ApiReply> ask(const AdminOption& admin, std::string method, std::string body) {
    const auto node = admin.address();
    if (!node) return node.error();
    const auto key = admin.key();
    if (!key) return key.error();
    const ApiRequest request{std::move(method), std::string{path}, std::move(body), key->bytes()};
    auto reply = ask_api(*node, request, patience);
    if (reply && !reply->good()) return reply->problem("revocations");
    return reply;
}

// Exactly one of them.
Outcome<std::pair<std::string, std::string>> named(const Words& words) {
    std::pair<std::string, std::string> found;
    int count = 0;
    for (const auto& [kind, value] : {std::pair{"token", &words.token}, std::pair{"subject", &words.subject},
                                      std::pair{"device", &words.device}, std::pair{"key", &words.key}}) {
        if (value->empty()) continue;
        found = {kind, *value};
        ++count;
    }
    if (count == 1) return found;
    return Problem{"revoke", count == 0 ? "nothing is named" : "more than one thing is named",
                   "give one of --token, --subject, --device and --key"};
}

int revoke(const Words& words) {
    const auto what = named(words);
    if (!what) return fail(what.error(), 2);
    json::object object;
    object[what->first] = what->second;
    if (words.until.empty())
        object["for"] = words.lasting;
    else
        object["until"] = words.until;
    const auto reply = ask(words.admin, "POST", json::serialize(object));
    if (!reply) return fail(reply.error());
    const auto value = parse_json(reply->body);
    const json::object* answer = value ? value->if_object() : nullptr;
    const auto is = [answer](const char* name) {
        const json::value* member = answer == nullptr ? nullptr : answer->if_contains(name);
        return member != nullptr && member->is_bool() && member->get_bool();
    };
    if (answer == nullptr)
        return fail({"revocations", "the node's answer is not understood", "is it of the same version?"});
    fmt::print("{} {}: {}, {}\n", what->first, printable(what->second),
               is("known") ? "was revoked already" : "revoked",
               is("spread") ? "other nodes are told" : "on this node only");
    return 0;
}

std::string member(const json::object& object, const char* name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return "";
    if (const auto* text = value->if_string()) return printable({text->data(), text->size()});
    const auto* number = value->if_int64();
    return number == nullptr ? "" : iso_time(WallTime{Milliseconds{*number}});
}

int list(const Words& words) {
    const auto reply = ask(words.admin, "GET", "");
    if (!reply) return fail(reply.error());
    const auto value = parse_json(reply->body);
    const json::object* answer = value ? value->if_object() : nullptr;
    const json::value* all = answer == nullptr ? nullptr : answer->if_contains("revocations");
    if (all == nullptr || !all->is_array())
        return fail({"revocations", "the node's answer is not understood", "is it of the same version?"});
    fmt::print("{:8} {:32} {:25} {:25} {}\n", "KIND", "VALUE", "UNTIL", "SINCE", "NODE");
    for (const json::value& each : all->get_array()) {
        if (const auto* row = each.if_object())
            fmt::print("{:8} {:32} {:25} {:25} {}\n", member(*row, "kind"), member(*row, "value"),
                       member(*row, "until"), member(*row, "at"), member(*row, "node"));
    }
    return 0;
}

}  // namespace

void add_token_revoke(CLI::App& token, int& exit_status) {
    auto w = std::make_shared<Words>();
    CLI::App* command =
        token.add_subcommand("revoke", "Have a running node, and all others, refuse tokens from now on");
    command->add_option("--token", w->token, "The token with this id (jti, cti)")->type_name("ID");
    command->add_option("--subject", w->subject, "All tokens of this subject");
    command->add_option("--device", w->device, "All tokens of this device");
    command->add_option("--key", w->key, "All tokens signed with the key of this id")->type_name("KID");
    command->add_option("--for", w->lasting, "For how long: at least as long as such tokens live")
        ->capture_default_str();
    command->add_option("--until", w->until, "Until when instead, such as 2026-12-01T08:00:00Z");
    w->admin.add_to(*command);
    command->callback([w, &exit_status] { exit_status = revoke(*w); });
    auto l = std::make_shared<Words>();
    CLI::App* listing = token.add_subcommand("revocations", "List what is revoked");
    l->admin.add_to(*listing);
    listing->callback([l, &exit_status] { exit_status = list(*l); });
}

}  // namespace outpost::server
