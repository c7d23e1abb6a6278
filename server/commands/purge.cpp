#include "server/commands/purge.hpp"

#include <iostream>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "server/commands/commands.hpp"

namespace outpost::server {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr Milliseconds patience = 30s;  // a prefix may be looked for among millions
constexpr int usage_error = 2;
constexpr std::size_t most_lines = 1'000'000;
constexpr std::size_t most_line = 16 << 10;

PurgeAsked asked_for(const char* kind, const std::string& value, bool soft) {
    json::object object;
    object[kind] = value;
    if (soft) object["soft"] = true;
    return {fmt::format("{} {}", kind, printable(value)), json::serialize(object)};
}

Outcome<std::vector<std::string>> lines_of(std::istream& in) {
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (line.size() > most_line || lines.size() >= most_lines)
            return Problem{"standard input", "has too long a line or too many",
                           "purge a prefix or a tag instead"};
        lines.push_back(line);
    }
    return lines;
}

int run(const PurgeWords& words, const AdminOption& admin) {
    const auto fail = [](const Problem& problem) {
        fmt::print(stderr, "outpost: {}\n", problem.line());
        return 1;
    };
    const auto node = admin.address();
    if (!node) return fail(node.error());
    const auto key = admin.key();
    if (!key) return fail(key.error());
    const bool from_input = std::find(words.urls.begin(), words.urls.end(), "-") != words.urls.end();
    const auto lines =
        from_input ? lines_of(std::cin) : Outcome<std::vector<std::string>>{std::vector<std::string>{}};
    if (!lines) return fail(lines.error());
    const auto asked = purges_in(words, *lines);
    if (!asked) {
        fail(asked.error());
        return usage_error;
    }
    int exit_status = 0;
    for (const PurgeAsked& one : *asked) {
        ApiRequest request{"POST", "/api/v1/purge", one.json, key->bytes()};
        const auto reply = ask_api(*node, request, patience);
        // The next would fare no better.
        if (!reply) return fail(reply.error());
        if (reply->is_about_key()) return fail(reply->problem(one.name));
        const auto result = purge_result(one, words.soft, *reply);
        if (result) {
            fmt::print("{}\n", *result);
        } else {
            exit_status = fail(result.error());
        }
    }
    return exit_status;
}

}  // namespace

Outcome<std::vector<PurgeAsked>> purges_in(const PurgeWords& words, const std::vector<std::string>& lines) {
    const int kinds =
        int{!words.urls.empty()} + int{!words.prefix.empty()} + int{!words.tag.empty()} + int{words.all};
    if (kinds != 1)
        return Problem{"purge", kinds == 0 ? "nothing is named" : "more than one kind is named",
                       "give --url (as often as you like), --prefix, --tag or --all"};
    std::vector<PurgeAsked> asked;
    if (!words.prefix.empty()) asked.push_back(asked_for("prefix", words.prefix, words.soft));
    if (!words.tag.empty()) asked.push_back(asked_for("tag", words.tag, words.soft));
    if (words.all)
        asked.push_back({"everything", words.soft ? R"({"all":true,"soft":true})" : R"({"all":true})"});
    for (const std::string& url : words.urls) {
        if (url != "-") {
            asked.push_back(asked_for("url", url, words.soft));
            continue;
        }
        for (std::string_view line : lines) {
            while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
            if (!line.empty()) asked.push_back(asked_for("url", std::string{line}, words.soft));
        }
    }
    return asked;
}

Outcome<std::string> purge_result(const PurgeAsked& asked, bool soft, const ApiReply& reply) {
    if (!reply.good()) return reply.problem(asked.name);
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view{reply.body.data(), reply.body.size()}, error);
    const json::object* object = error ? nullptr : value.if_object();
    const auto* purged = object == nullptr ? nullptr : object->if_contains("purged");
    const auto* spread = object == nullptr ? nullptr : object->if_contains("spread");
    if (purged == nullptr || spread == nullptr || !spread->is_bool() ||
        !(purged->is_null() || purged->is_int64()))
        return Problem{asked.name, "the node's answer is not understood", "is it of the same version?"};
    const std::string_view done = soft ? "made stale" : "purged";
    const std::string what = purged->is_null() ? std::string{done}
                                               : fmt::format("{} {} response{}", done, purged->get_int64(),
                                                             purged->get_int64() == 1 ? "" : "s");
    return fmt::format("{}: {}, {}", asked.name, what,
                       spread->get_bool() ? "other nodes are told" : "on this node only");
}

void add_purge(CLI::App& app, int& exit_status) {
    auto words = std::make_shared<PurgeWords>();
    auto admin = std::make_shared<AdminOption>();
    CLI::App* command = app.add_subcommand("purge", "Have a running node forget cached responses");
    command
        ->add_option(
            "--url", words->urls,
            "A URL, with its query; may be given again. - reads URLs from standard input, one a line")
        ->allow_extra_args(false);
    command->add_option("--prefix", words->prefix, "Every URL that begins so: https://host/path/");
    command->add_option("--tag", words->tag, "Every response that its origin gave this tag");
    command->add_flag("--all", words->all, "Everything");
    command->add_flag(
        "--soft", words->soft,
        "Only make it stale: it is validated at its next use, and still there when its origin is not");
    admin->add_to(*command);
    command->callback([words, admin, &exit_status] { exit_status = run(*words, *admin); });
}

}  // namespace outpost::server
