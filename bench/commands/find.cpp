// The largest load that a server sustains.
#include "bench/search/find.hpp"

#include <fmt/format.h>

#include "bench/commands/drive.hpp"
#include "bench/report/figures.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

struct FindChoice {
    std::string scenario, typed;
    ServerChoice server;
    DriveOptions drive;
    Outputs outputs;
    FindOptions options;
    double compress = 1;
};

// Those that scaled() multiplies.
std::uint64_t boxes_of(const Scenario& scenario) {
    std::uint64_t all = 0;
    for (const Crowd& crowd : scenario.crowds)
        if (crowd.activity == Activity::play || crowd.activity == Activity::hold) all += crowd.count;
    return all;
}

CapacityPoint point_of(double load, const RunResult& run, const Judgement& judgement) {
    CapacityPoint point;
    point.load = load;
    point.holds = judgement.holds;
    point.segment_part_p99 = static_cast<double>(run.recording.segment_part().quantile(0.99).count()) / 1e9;
    point.first_byte_p99 = run.recording.first_byte().quantile(0.99);
    point.megabits = average_rate(run) / 1e6;
    point.cores = cores_used(run);
    point.stalls = run.recording.totals().stalls;
    return point;
}

// Tries loads, and keeps the runs nearest to the limit: the largest that held, the smallest that did not.
class Search {
  public:
    Search(const Scenario& scenario, const Server& server, const DriveOptions& drive, Result& result,
           const Cancellation& cancellation)
        : scenario_{scenario}, server_{server}, drive_{drive}, result_{result}, cancellation_{cancellation} {}

    std::optional<Judgement> trial(double load) {
        if (cancellation_.requested()) return std::nullopt;
        const Scenario scaled = scenario_.scaled(load / static_cast<double>(boxes_of(scenario_)));
        const std::string what =
            fmt::format("trial {}: {} boxes", result_.capacity.size() + 1, shown_number(load));
        progress_.begin(what);
        auto ran = drive(scaled, server_, drive_, progress_, cancellation_);
        if (!ran) {
            problem_ = ran.error();
            return std::nullopt;
        }
        if (cancellation_.requested()) return std::nullopt;
        Judgement judgement = judge(ran->recording, scenario_.objective);
        const CapacityPoint point = point_of(load, *ran, judgement);
        result_.capacity.push_back(point);
        progress_.say(fmt::format("{:<24} {:<14} {:>11}  {}", what,
                                  judgement.holds ? "holds" : "does not hold",
                                  shown_rate(point.megabits * 1e6), judgement.why));
        ran->load = fmt::format("{} boxes", shown_number(load));
        auto& kept = judgement.holds ? held_ : refused_;
        auto& kept_load = judgement.holds ? held_load_ : refused_load_;
        if (!kept || (judgement.holds ? load >= kept_load : load <= kept_load)) {
            kept.emplace(std::move(*ran));
            kept_load = load;
        }
        return judgement;
    }
    void finish() {
        if (held_) result_.runs.push_back(std::move(*held_));
        if (refused_) result_.runs.push_back(std::move(*refused_));
    }
    [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }

  private:
    const Scenario& scenario_;
    const Server& server_;
    const DriveOptions& drive_;
    Result& result_;
    const Cancellation& cancellation_;
    ProgressLine progress_{stderr};
    std::optional<RunResult> held_, refused_;
    double held_load_ = 0, refused_load_ = 0;
    std::optional<Problem> problem_;
};

int find(const FindChoice& choice) {
    auto read = scenario_named(choice.scenario);
    if (!read) return 1;
    const Scenario scenario = read->compressed(choice.compress);
    if (boxes_of(scenario) == 0)
        return complain({choice.scenario, "has no boxes and no idle connections whose number could grow",
                         "choose a scenario that plays or holds"});
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    Result result = new_result(choice.typed, scenario);
    const auto server = server_for(choice.server, scenario, cancellation);
    if (!server) return complain(server.error());
    Search search{scenario, *server, choice.drive, result, cancellation};
    result.found = find_limit(choice.options, [&](double load) { return search.trial(load); });
    if (search.problem()) return complain(*search.problem());
    if (!result.found) return complain({"", "called off before the limit was found", ""});
    search.finish();
    fmt::print("{}", to_text(result));
    std::fflush(stdout);
    const auto wrote = write_outputs(choice.outputs, result,
                                     fmt::format("Capacity: {} against {}", scenario.name, server->name));
    if (!wrote) return complain(wrote.error());
    return result.found->sustained > 0 ? 0 : 1;
}

}  // namespace

void add_find(CLI::App& app, int& exit_status, const std::string& typed) {
    auto* command = app.add_subcommand("find", "Find the largest number of boxes that holds the objective");
    const auto choice = std::make_shared<FindChoice>();
    choice->typed = typed;
    command
        ->add_option("scenario", choice->scenario, "A scenario file, or the name of one of bench/scenarios")
        ->required();
    add_server_options(*command, choice->server);
    command->add_option("--first", choice->options.first, "Boxes of the first trial")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command->add_option("--most", choice->options.most, "Never more boxes than these")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command
        ->add_option("--precision", choice->options.precision, "Stop when the gap is this part of the load")
        ->capture_default_str()
        ->check(CLI::Range(0.001, 1.0));
    command
        ->add_option("--repeats", choice->options.repeats,
                     "Trials on one load, at most; the majority decides")
        ->capture_default_str()
        ->check(CLI::Range(1, 99));
    command->add_option("--compress", choice->compress, "Each trial in so many times less time")
        ->check(CLI::PositiveNumber);
    add_drive_options(*command, choice->drive);
    add_output_options(*command, choice->outputs);
    command->callback([choice, &exit_status] { exit_status = find(*choice); });
}

}  // namespace outpost::bench
