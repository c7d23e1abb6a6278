// outpost fill: has an edge fetch what its viewers will want, by asking it for that as they would.
#include <algorithm>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "base/signals_cancel.hpp"
#include "base/text.hpp"
#include "media/import/meter.hpp"
#include "server/commands/api_client.hpp"
#include "server/commands/commands.hpp"
#include "server/commands/fill/run.hpp"

namespace outpost::server {
namespace {

constexpr int usage_error = 2;
constexpr Milliseconds connecting{10'000};
constexpr std::size_t most_lines = 1'000'000, most_line = 8 << 10, most_told = 1'000;

struct Words {
    std::string edge, host, urls, manifest, renditions = "all", max_rate, between, state;
    std::size_t parallel = 4;
    bool check = false;
};

// What the words come to.
struct Wanted {
    FillOptions options;
    Uri base;  // what paths are relative to
    std::optional<Uri> manifest;
    Renditions renditions;
};

Problem bad_value(const char* option, const std::string& value, std::string wrong, std::string remedy) {
    return {std::string{option} + " " + printable(value.substr(0, 256)), std::move(wrong), std::move(remedy)};
}

Outcome<config::Address> edge_address(const std::string& text, Uri& base) {
    const auto uri = parse_uri(text);
    const bool plain = uri && uri->scheme == "http" && uri->path == "/" && !uri->query;
    if (uri && uri->scheme == "https")
        return bad_value("--edge", text, "is https, and fill speaks plain HTTP to the edge",
                         "give a plain listener of it, such as http://127.0.0.1:8080");
    if (!plain) return bad_value("--edge", text, "is no address of an edge", "write http://127.0.0.1:8080");
    base = *uri;
    std::string host = uri->host;
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    return config::Address{host, uri->port};
}

// A URL as a player has it, or a path on the edge.
Outcome<Uri> url_of(const Wanted& wanted, std::string_view text) {
    const auto uri =
        text.starts_with('/') && !text.starts_with("//") ? resolve(wanted.base, text) : parse_uri(text);
    if (uri) return *uri;
    return Problem{printable(text.substr(0, 256)), "is neither a URL nor a path",
                   "write http://films.example.org/a.m4s, or /a.m4s"};
}

Outcome<Wanted> translate(const Words& words) {
    Wanted wanted;
    FillOptions& options = wanted.options;
    auto edge = edge_address(words.edge, wanted.base);
    if (!edge) return edge.error();
    options.edge = std::move(*edge);
    if (!words.host.empty()) {
        const auto named = parse_uri("http://" + words.host + "/");
        if (!named || named->path != "/" || named->query)
            return bad_value("--host", words.host, "is no host", "write films.example.org");
        options.host = words.host;
        wanted.base = *named;
    }
    if (words.urls.empty() == words.manifest.empty())
        return Problem{"fill",
                       words.urls.empty() ? "nothing is named" : "both --urls and --manifest are given",
                       "give --manifest URL, or --urls FILE"};
    if (!words.manifest.empty()) {
        auto manifest = url_of(wanted, words.manifest);
        if (!manifest) return manifest.error();
        wanted.manifest = std::move(*manifest);
    }
    const auto renditions = parse_renditions(words.renditions);
    if (!renditions)
        return bad_value("--renditions", words.renditions, "is unknown",
                         "choose all, highest, or heights: 1080p,720p");
    wanted.renditions = *renditions;
    if (!words.max_rate.empty()) {
        const auto rate = parse_bit_rate(words.max_rate);
        if (!rate || rate->bits_per_second() < 1000)
            return bad_value("--max-rate", words.max_rate, "is no rate of at least 1kbps", "write 50Mbps");
        options.max_rate = *rate;
    }
    if (!words.between.empty()) {
        options.between = parse_between(words.between);
        if (!options.between)
            return bad_value("--between", words.between, "is no time from one clock to another",
                             "write 01:00-06:00");
    }
    options.parallel = words.parallel;
    options.only_check = words.check;
    return wanted;
}

Outcome<std::vector<Uri>> urls_in(const Wanted& wanted, const std::string& name) {
    std::ifstream file;
    if (name != "-") file.open(name);
    std::istream& in = name == "-" ? std::cin : file;
    if (!in) return bad_value("--urls", name, "can't be read", "name a file with a URL on each line, or -");
    std::vector<Uri> urls;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const std::string where = fmt::format("{}:{}", name, number);
        if (line.size() > most_line || urls.size() >= most_lines)
            return Problem{where, "has too long a line or too many", "fill it in parts"};
        std::string_view text = line;
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
        if (text.empty() || text.starts_with('#')) continue;
        auto uri = url_of(wanted, text);
        if (!uri) return Problem{where, uri.error().line(), ""};
        urls.push_back(std::move(*uri));
    }
    return urls;
}

void tell(const FillResult& result, bool only_check, Seconds took) {
    const std::string how =
        only_check ? std::string{"only checked"}
                   : fmt::format("{} were there, {} fetched: {:.1f} MB in {}", result.there, result.fetched,
                                 static_cast<double>(result.bytes) / 1e6, media::clock_text(took));
    fmt::print("ready: {} of {} ({})\n", result.ready(), result.total, how);
    if (result.missing.empty()) return;
    fmt::print("missing: {}\n", result.missing.size());
    std::size_t told = 0;
    for (const FillMissing& each : result.missing) {
        if (++told > most_told) {
            fmt::print("  and {} more\n", result.missing.size() - most_told);
            return;
        }
        fmt::print("  {}: {}\n", each.url, printable(each.why));
    }
}

int fail(const Problem& problem, int status) {
    fmt::print(stderr, "outpost: {}\n", printable(problem.line()));
    return status;
}

// What the manifest leads to. What it could not be read is missing, whatever it would have listed.
Outcome<Plan> plan_for(const Wanted& wanted, FillRun& run) {
    const auto read = [&run](const Uri& at) { return run.read_manifest(at); };
    return make_plan(*wanted.manifest, wanted.renditions, read);
}

void add_unread(FillResult& result, const std::vector<Unread>& unread) {
    result.total += unread.size();
    for (const Unread& each : unread)
        result.missing.push_back({to_text(each.manifest), each.why + "; what it lists is not known"});
}

int run(const Words& words) {
    const auto wanted = translate(words);
    if (!wanted) return fail(wanted.error(), usage_error);
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    const auto reached = dial(wanted->options.edge.host, wanted->options.edge.port, connecting, cancellation);
    if (!reached)
        return fail(bad_value("--edge", words.edge, "can't be connected: " + reached.error().what,
                              "does the edge run, and listen there?"),
                    1);
    auto state = words.state.empty() ? Outcome<FillState>{FillState{}} : FillState::open(words.state);
    if (!state) return fail(state.error(), 1);
    FillRun filling{wanted->options, words.state.empty() ? nullptr : &*state, cancellation};
    const SteadyTime began = steady_now();
    Plan plan;
    if (wanted->manifest) {
        auto made = plan_for(*wanted, filling);
        if (!made) return fail(made.error(), 1);
        plan = std::move(*made);
    } else {
        auto urls = urls_in(*wanted, words.urls);
        if (!urls) return fail(urls.error(), usage_error);
        plan.all = std::move(*urls);
    }
    std::vector<Uri> readable;  // the others are missing as they are
    for (Uri& uri : plan.all) {
        const bool unread = std::any_of(plan.unread.begin(), plan.unread.end(),
                                        [&](const Unread& each) { return each.manifest == uri; });
        if (!unread) readable.push_back(std::move(uri));
    }
    FillResult result = filling.run(readable);
    add_unread(result, plan.unread);
    if (result.problem) return fail(*result.problem, 1);
    if (cancellation.requested()) {
        fmt::print(stderr, "outpost: fill: stopped with {} of {} ready; the same command goes on{}\n",
                   result.ready(), result.total,
                   words.state.empty() ? ": what is there is asked about, and not fetched again"
                                       : " where " + words.state + " ends");
        return 128 + cancellation.reason();
    }
    tell(result, words.check, std::chrono::round<Seconds>(steady_now() - began));
    return result.missing.empty() ? 0 : 1;
}

}  // namespace

void add_fill(CLI::App& app, int& exit_status) {
    auto words = std::make_shared<Words>();
    CLI::App* command = app.add_subcommand("fill", "Have an edge fetch what its viewers will want");
    command->add_option("--edge", words->edge, "A plain listener of the edge: http://127.0.0.1:8080")
        ->required();
    command->add_option("--host", words->host,
                        "The host that the edge is asked for (default: each URL's own)");
    command
        ->add_option("--urls", words->urls, "A file with a URL or a path on each line; - is standard input")
        ->type_name("FILE");
    command->add_option("--manifest", words->manifest,
                        "The URL or path of an HLS playlist or an MPD: it, and all that it leads to");
    command
        ->add_option(
            "--renditions", words->renditions,
            "Of the picture: all, highest, or heights such as 1080p,720p; sound and subtitles always")
        ->capture_default_str();
    command->add_option("--max-rate", words->max_rate, "Most that is taken from the edge: 50Mbps");
    command->add_option("--between", words->between, "Only at these local times: 01:00-06:00");
    command->add_option("--parallel", words->parallel, "Requests at once")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command->add_option("--state", words->state, "Remembers what is done, for the next run")
        ->type_name("FILE");
    command->add_flag("--check", words->check, "Only tell what is there: nothing is fetched");
    command->callback([words, &exit_status] { exit_status = run(*words); });
}

}  // namespace outpost::server
