// The same load against several servers, in turn and repeated, in one run: what a machine that others share
// does to one of them it does to the others as well, and the ratios stay.
#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/commands/drive.hpp"
#include "bench/commands/rounds.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

struct CompareChoice {
    std::vector<std::string> scenarios;
    std::string contestants, typed;
    unsigned rounds = 7;
    double seconds = 0;
    StandChoice how;
    DriveOptions drive;
    Outputs outputs;
};
constexpr std::string_view usual_contestants = "outpost-edge,nginx-cache,varnish,floor";

Outcome<std::vector<Scenario>> scenarios_of(const CompareChoice& choice) {
    std::vector<Scenario> all;
    for (const std::string& name : choice.scenarios) {
        auto scenario = scenario_named(name);
        if (!scenario) return Problem{name, "can't be compared", ""};
        if (!scenario->events.empty())
            return Problem{name, "does something to its server, and no two rounds would be alike",
                           "use run --stand"};
        if (!all.empty() && all.front().content != scenario->content)
            return Problem{name,
                           fmt::format("needs the content {}, {} needs {}", scenario->content,
                                       choice.scenarios.front(), all.front().content),
                           "compare them one after the other"};
        if (choice.seconds > 0)
            scenario->lasts = Milliseconds{static_cast<std::int64_t>(choice.seconds * 1000)};
        scenario->warm_up =
            Milliseconds{0};  // processor time counts all that was asked, so the requests must
        all.push_back(std::move(*scenario));
    }
    return all;
}

class Bout {
  public:
    Bout(const CompareChoice& choice, const Cancellation& cancellation)
        : choice_{choice}, cancellation_{cancellation} {}

    Outcome<void> start(const std::string& content);
    // Asks everything once and, so that what is kept in several places is where it will be, once more.
    Outcome<void> warm(const Scenario& scenario);
    // One scenario's rounds; those that were whole when it was called off.
    Outcome<void> rounds(const Scenario& scenario, bool several, Result& result);

  private:
    Outcome<void> ask_once(const Scenario& scenario, const Server& server);
    Outcome<RunResult> turn(const Scenario& scenario, const Server& server, std::string what);
    void keep(const Scenario& scenario, std::vector<RunResult> last, bool several, Result& result);

    const CompareChoice& choice_;
    const Cancellation& cancellation_;
    ProgressLine progress_{stderr};
    Folder folder_;
    std::vector<Server> servers_;
};

Outcome<void> Bout::start(const std::string& content) {
    auto folder = Folder::make(choice_.how.folder);
    if (!folder) return folder.error();
    folder_ = std::move(*folder);
    const bool chosen = !choice_.contestants.empty();
    for (const std::string_view name : split(chosen ? choice_.contestants : usual_contestants, ',')) {
        const auto contestant = contestant_of(name);
        if (!contestant)
            return Problem{std::string{name}, "is no contestant",
                           "some of outpost-library outpost-edge nginx-static nginx-cache varnish floor"};
        auto server = stand_for(*contestant, choice_.how, content, folder_.path(), cancellation_);
        if (!server) {
            if (chosen || cancellation_.requested()) return server.error();
            complain(server.error());  // the usual ones that this machine has
            continue;
        }
        progress_.say(fmt::format("{}: {}", server->name, server->version));
        servers_.push_back(std::move(*server));
    }
    if (servers_.size() < 2) return Problem{"", "there is nothing to compare", "name two contestants"};
    return {};
}

Outcome<void> Bout::ask_once(const Scenario& scenario, const Server& server) {
    const Scenario once = asking_once(scenario);
    if (once.crowds.empty()) return {};
    Cancellation done;
    LoadOptions load;
    load.target = server.url;
    load.checksums = server.checksums;
    load.first_core = choice_.drive.first_core;
    load.begin = steady_now();
    LoadHooks hooks;
    hooks.progress = [&](const LoadProgress& progress) {
        progress_.show(progress, steady_now());
        if (progress.requests >= once.crowds.size() || cancellation_.requested()) done.request(1);
    };
    const auto recording = run_load(once, load, hooks, done);
    progress_.clear();
    if (!recording) return recording.error();
    const Recording::Totals& totals = recording->totals();
    if (cancellation_.requested() || (totals.failed() == 0 && totals.requests >= once.crowds.size()))
        return {};
    return Problem{server.name,
                   fmt::format("of {} requests that were to warm it {} were answered; failed: {}",
                               once.crowds.size(), totals.requests, failures_in_words(totals)),
                   "see whether its content has the scenario's paths"};
}

Outcome<void> Bout::warm(const Scenario& scenario) {
    const bool plays = std::any_of(scenario.crowds.begin(), scenario.crowds.end(),
                                   [](const Crowd& crowd) { return crowd.activity == Activity::play; });
    for (const Server& server : servers_) {
        for (int time = 0; time < 2 && !cancellation_.requested(); ++time) {
            progress_.begin(fmt::format("warming {}", server.name));
            if (const auto asked = ask_once(scenario, server); !asked) return asked.error();
        }
        if (plays && !cancellation_.requested()) {
            const auto played = turn(scenario, server, fmt::format("warming {}", server.name));
            if (!played) return played.error();
        }
    }
    return {};
}

Outcome<RunResult> Bout::turn(const Scenario& scenario, const Server& server, std::string what) {
    progress_.begin(std::move(what));
    return drive(scenario, server, choice_.drive, progress_, cancellation_);
}

Outcome<void> Bout::rounds(const Scenario& scenario, bool several, Result& result) {
    std::vector<std::vector<RoundCost>> costs(servers_.size());
    std::vector<RunResult> last;
    for (unsigned round = 0; round < choice_.rounds && !cancellation_.requested(); ++round) {
        std::vector<std::optional<RunResult>> ran(servers_.size());
        for (const std::size_t i : order_of_round(round, servers_.size())) {
            auto one = turn(scenario, servers_[i],
                            fmt::format("{}, round {} of {}, {}", scenario.name, round + 1, choice_.rounds,
                                        servers_[i].name));
            if (!one) return one.error();
            if (cancellation_.requested()) break;
            if (one->recording.totals().failed() > 0)
                progress_.say(fmt::format("{} failed in round {}: {}", servers_[i].name, round + 1,
                                          failures_in_words(one->recording.totals())));
            ran[i].emplace(std::move(*one));
        }
        if (cancellation_.requested()) break;  // half a round compares nothing
        last.clear();
        for (std::size_t i = 0; i < servers_.size(); ++i) {
            costs[i].push_back({ran[i]->cpu_per_request(), ran[i]->cpu_per_gigabyte()});
            last.push_back(std::move(*ran[i]));
        }
    }
    if (last.empty()) return {};
    std::vector<std::string> names;
    for (const Server& server : servers_) names.push_back(server.name);
    for (Comparison& each : comparisons_of(scenario.name, names, costs))
        result.comparisons.push_back(std::move(each));
    keep(scenario, std::move(last), several, result);
    return {};
}

void Bout::keep(const Scenario& scenario, std::vector<RunResult> last, bool several, Result& result) {
    for (RunResult& run : last) {
        run.load = several ? scenario.name + ", last round" : "last round";
        result.runs.push_back(std::move(run));
    }
}

int compare(const CompareChoice& choice) {
    auto scenarios = scenarios_of(choice);
    if (!scenarios) return complain(scenarios.error());
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    Result result = new_result(choice.typed, scenarios->front());
    for (std::size_t i = 1; i < scenarios->size(); ++i) {
        const Scenario& scenario = (*scenarios)[i];
        result.scenario.name += ", " + scenario.name;
        result.scenario.doc += "; " + scenario.doc;
        result.scenario.crowds.insert(result.scenario.crowds.end(), scenario.crowds.begin(),
                                      scenario.crowds.end());
    }
    Bout bout{choice, cancellation};
    if (const auto started = bout.start(scenarios->front().content); !started)
        return complain(started.error());
    for (const Scenario& scenario : *scenarios) {
        if (cancellation.requested()) break;
        if (const auto warmed = bout.warm(scenario); !warmed) return complain(warmed.error());
        if (const auto ran = bout.rounds(scenario, scenarios->size() > 1, result); !ran)
            return complain(ran.error());
    }
    fmt::print("{}", to_text(result));
    std::fflush(stdout);
    bool failures = false;
    for (const RunResult& run : result.runs) failures = failures || run.recording.totals().failed() > 0;
    const auto wrote = write_outputs(choice.outputs, result, "Comparison: " + result.scenario.name);
    if (!wrote) return complain(wrote.error());
    if (cancellation.requested()) return complain({"", "called off before its end", ""});
    return failures ? 1 : 0;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_status, const std::string& typed) {
    auto* command = app.add_subcommand(
        "compare", "Compare what servers cost: the same load against each in turn, several times over");
    const auto choice = std::make_shared<CompareChoice>();
    choice->typed = typed;
    choice->drive.first_core = 1;
    command->add_option("scenarios", choice->scenarios, "Scenario files, or names of bench/scenarios")
        ->required();
    command->add_option(
        "--contestants", choice->contestants,
        fmt::format("Comma-separated; else those of {} that are installed", usual_contestants));
    command->add_option("--rounds", choice->rounds, "How often each is measured")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command
        ->add_option("--seconds", choice->seconds,
                     "How long one measurement takes; else as the scenario says")
        ->check(CLI::PositiveNumber);
    add_stand_options(*command, choice->how);
    add_drive_options(*command, choice->drive);
    command->add_option("--load-core", choice->drive.first_core, "The same as --first-core")
        ->capture_default_str();
    add_output_options(*command, choice->outputs);
    command->callback([choice, &exit_status] { exit_status = compare(*choice); });
}

}  // namespace outpost::bench
