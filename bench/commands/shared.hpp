// What the commands have in common: their registration, the scenario, the server, where results go.
// Thread rule: the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/process.hpp"
#include "base/result.hpp"
#include "base/signals_cancel.hpp"
#include "bench/report/result.hpp"
#include "bench/scenario/scenario.hpp"
#include "bench/stand/stand.hpp"

namespace outpost::bench {

// Each in a file of its own. `typed` is the command line, for the result.
void add_run(CLI::App& app, int& exit_status, const std::string& typed);
void add_find(CLI::App& app, int& exit_status, const std::string& typed);
void add_compare(CLI::App& app, int& exit_status, const std::string& typed);
void add_report(CLI::App& app, int& exit_status);
void add_scenarios(CLI::App& app, int& exit_status);
void add_share(CLI::App& app, int& exit_status);  // one process of several, started by drive()
void add_floor(CLI::App& app, int& exit_status);  // the floor's server, started by its stand

// A folder that goes when it does; or one that was named, which stays.
class Folder {
  public:
    static Outcome<Folder> make(const std::filesystem::path& named);
    Folder() = default;
    Folder(Folder&& other) noexcept
        : path_{std::move(other.path_)}, ours_{std::exchange(other.ours_, false)} {}
    Folder& operator=(Folder&& other) noexcept;
    ~Folder();
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    bool ours_ = false;
};

// A file, or the name of one of bench/scenarios. Everything that is wrong with it is printed, then nothing.
std::optional<Scenario> scenario_named(const std::string& name);

// Where a stand's things are, and where it runs.
struct StandChoice {
    std::string folder, content, outpost, token_keys, cache;
    int server_core = 0, origin_core = 1;
    bool tls = false;
};
void add_stand_options(CLI::App& command, StandChoice& choice);
struct Server {
    std::string name, url, version, configuration;
    std::string checksums;  // a file, for crowds that verify; "": the server has it
    pid_t process = 0;      // 0: not known
    Folder folder;
    std::unique_ptr<Stand> stand;  // null: a foreign one; goes before its folder
};

// One more stand for content of this kind, which is made first when it is not there, and it as a Server whose
// folder is the caller's.
Outcome<Server> stand_for(Contestant contestant, const StandChoice& choice, const std::string& content,
                          const std::filesystem::path& folder, const Cancellation& cancellation);

// A server to load: a foreign one by its URL, or a stand.
struct ServerChoice {
    std::string target, stand;
    pid_t process = 0;  // a foreign server's, if it is on this machine
    StandChoice how;
};
void add_server_options(CLI::App& command, ServerChoice& choice);
Outcome<Server> server_for(const ServerChoice& choice, const Scenario& scenario,
                           const Cancellation& cancellation);

struct Outputs {
    std::string json, html, markdown;
};
void add_output_options(CLI::App& command, Outputs& outputs);
// Writes what was asked for; Markdown is appended, under the heading `title`.
Outcome<void> write_outputs(const Outputs& outputs, const Result& result, std::string_view title);

Result new_result(const std::string& typed, const Scenario& scenario);

// Prints "outpost-bench: …" and is 1, an exit status.
int complain(const Problem& problem);

}  // namespace outpost::bench
