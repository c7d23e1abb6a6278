#include "bench/commands/shared.hpp"

#include <fstream>
#include <stdlib.h>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "bench/scenario/read.hpp"
#include "bench/stand/content.hpp"

namespace outpost::bench {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

// Content is large and the same every time: it stays from one run to the next.
fs::path usual_content() {
    if (const char* cache = ::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
        return fs::path{cache} / "outpost-bench";
    if (const char* home = ::getenv("HOME"); home != nullptr && home[0] == '/')
        return fs::path{home} / ".cache" / "outpost-bench";
    return fs::temp_directory_path() / "outpost-bench-content";
}

std::optional<fs::path> scenario_file(const std::string& name) {
    std::error_code error;
    if (fs::exists(name, error)) return name;
    if (name.find('/') != std::string::npos) return std::nullopt;
    // Beside the sources, from where one builds or from the build itself.
    const fs::path file = fs::path{"bench"} / "scenarios" / (name + ".toml");
    for (const fs::path& root : {fs::path{"."}, own_folder() / ".." / "..", own_folder()})
        if (fs::exists(root / file, error)) return root / file;
    return std::nullopt;
}

}  // namespace

Outcome<Folder> Folder::make(const fs::path& named) {
    Folder folder;
    if (!named.empty()) {
        std::error_code error;
        fs::create_directories(named, error);
        if (error)
            return Problem{named.string(), "can't be made: " + error.message(), "choose another folder"};
        folder.path_ = fs::absolute(named);
        return folder;
    }
    std::error_code error;
    std::string name = fs::temp_directory_path(error) / "outpost-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        return Problem{name, "can't be made", "name a folder with --folder"};
    folder.path_ = name;
    folder.ours_ = true;
    return folder;
}

Folder& Folder::operator=(Folder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(ours_, other.ours_);
    return *this;
}

Folder::~Folder() {
    std::error_code left;  // what can't be removed is the system's to clean
    if (ours_) fs::remove_all(path_, left);
}

std::optional<Scenario> scenario_named(const std::string& name) {
    const auto file = scenario_file(name);
    if (!file) {
        complain({name, "there is no such scenario", "name a file, or one of bench/scenarios"});
        return std::nullopt;
    }
    ReadScenario read = load_scenario(*file);
    for (const Problem& problem : read.problems) complain(problem);
    return std::move(read.scenario);
}

void add_stand_options(CLI::App& command, StandChoice& choice) {
    choice.content = usual_content();
    choice.outpost = own_folder() / "outpost";
    command.add_option("--server-core", choice.server_core, "The core that the server is pinned to")
        ->capture_default_str();
    command.add_option("--origin-core", choice.origin_core, "The core that its origin is pinned to")
        ->capture_default_str();
    command.add_flag("--tls", choice.tls, "Stands listen with TLS 1.3");
    command.add_option("--outpost", choice.outpost, "The outpost program; else the one beside this");
    command.add_option("--content", choice.content, "Where stands' films are kept; else in the user's cache");
    command.add_option("--folder", choice.folder,
                       "Where stands keep their disks and logs; else a temporary folder");
    command.add_option("--cache", choice.cache,
                       "Most that an edge keeps; else 4GiB, or 512MiB of a long tail");
    command.add_option("--token-keys", choice.token_keys,
                       "Outpost asks for tokens made with a key of this folder");
}

Outcome<Server> stand_for(Contestant contestant, const StandChoice& choice, const std::string& content,
                          const fs::path& folder, const Cancellation& cancellation) {
    std::error_code error;
    fs::create_directories(choice.content, error);
    if (error)
        return Problem{choice.content, "can't be made: " + error.message(), "choose another --content"};
    StandOptions options;
    options.content = fs::absolute(fs::path{choice.content} / content);
    if (const auto made = make_content(content, options.content, cancellation); !made) return made.error();
    options.folder = folder / name_of(contestant);
    fs::create_directories(options.folder, error);
    if (error)
        return Problem{options.folder.string(), "can't be made: " + error.message(),
                       "choose another --folder"};
    const auto cache = parse_bytes(choice.cache);
    if (!choice.cache.empty() && !cache) return Problem{"--cache", "is no size", "write it as 512MiB"};
    // A tail is long because it does not fit.
    if (content == "longtail") options.cache = 512_MiB;
    if (cache) options.cache = *cache;
    options.outpost = choice.outpost;
    options.core = choice.server_core;
    options.origin_core = choice.origin_core;
    options.tls = choice.tls;
    options.token_key_folder = choice.token_keys;
    auto stand = start_stand(contestant, options, cancellation);
    if (!stand) return stand.error();
    Server server;
    server.stand = std::move(*stand);
    server.name = name_of(contestant);
    server.url = server.stand->url();
    server.version = server.stand->version();
    server.configuration = server.stand->configuration();
    server.process = server.stand->process();
    server.checksums = options.content / "checksums.txt";
    return server;
}

void add_server_options(CLI::App& command, ServerChoice& choice) {
    auto* target = command.add_option("--target", choice.target, "The server's URL: http://host:port");
    auto* stand = command.add_option(
        "--stand", choice.stand,
        "Start one: outpost-library, outpost-edge, nginx-static, nginx-cache, varnish or floor");
    target->excludes(stand);
    command
        .add_option("--process", choice.process, "The target's process on this machine: its cost is measured")
        ->needs(target);
    add_stand_options(command, choice.how);
}

Outcome<Server> server_for(const ServerChoice& choice, const Scenario& scenario,
                           const Cancellation& cancellation) {
    Server server;
    if (!choice.target.empty()) {
        if (!scenario.events.empty())
            return Problem{choice.target, "the scenario does something to its server, which only a stand can",
                           "give --stand instead of --target"};
        server.name = server.url = choice.target;
        while (server.url.ends_with('/')) server.url.pop_back();
        server.process = choice.process;
        return server;
    }
    if (choice.stand.empty()) return Problem{"", "which server?", "give --target URL or --stand CONTESTANT"};
    const auto contestant = contestant_of(choice.stand);
    if (!contestant)
        return Problem{choice.stand, "is no contestant",
                       "one of outpost-library outpost-edge nginx-static nginx-cache varnish floor"};
    auto folder = Folder::make(choice.how.folder);
    if (!folder) return folder.error();
    auto stand = stand_for(*contestant, choice.how, scenario.content, folder->path(), cancellation);
    if (stand) stand->folder = std::move(*folder);
    return stand;
}

void add_output_options(CLI::App& command, Outputs& outputs) {
    command.add_option("--json", outputs.json, "Write the result here; `report` makes a page of it");
    command.add_option("--html", outputs.html, "Write the result as a page here");
    command.add_option("--markdown", outputs.markdown, "Append the result as a section here");
}

Outcome<void> write_outputs(const Outputs& outputs, const Result& result, std::string_view title) {
    if (!outputs.json.empty())
        if (const auto wrote = write_file_atomically(outputs.json, to_json(result)); !wrote)
            return wrote.error();
    if (!outputs.html.empty())
        if (const auto wrote = write_file_atomically(outputs.html, to_html(result)); !wrote)
            return wrote.error();
    if (!outputs.markdown.empty()) {
        std::ofstream file{outputs.markdown, std::ios::app | std::ios::binary};
        file << to_markdown(result, title) << std::flush;
        if (!file) return Problem{outputs.markdown, "can't be written", "choose another file"};
    }
    return {};
}

Result new_result(const std::string& typed, const Scenario& scenario) {
    Result result;
    result.command = typed;
    result.began = wall_now();
    result.machine = this_machine();
    result.scenario = scenario;
    return result;
}

int complain(const Problem& problem) {
    fmt::print(stderr, "outpost-bench: {}\n", problem.line());
    return 1;
}

}  // namespace outpost::bench
