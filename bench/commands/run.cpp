// One load against one server.
#include <fmt/format.h>

#include "bench/commands/drive.hpp"

namespace outpost::bench {
namespace {

struct RunChoice {
    std::string scenario, typed;
    ServerChoice server;
    DriveOptions drive;
    Outputs outputs;
    double compress = 1, scale = 1;
};

int run(const RunChoice& choice) {
    auto read = scenario_named(choice.scenario);
    if (!read) return 1;
    const Scenario scenario = read->compressed(choice.compress).scaled(choice.scale);
    Cancellation cancellation;
    const SignalsCancel signals{cancellation};
    Result result = new_result(choice.typed, scenario);
    const auto server = server_for(choice.server, scenario, cancellation);
    if (!server) return complain(server.error());
    ProgressLine progress{stderr};
    progress.begin(scenario.name);
    auto ran = drive(scenario, *server, choice.drive, progress, cancellation);
    if (!ran) return complain(ran.error());
    result.runs.push_back(std::move(*ran));
    fmt::print("{}", to_text(result));
    std::fflush(stdout);
    if (const auto wrote =
            write_outputs(choice.outputs, result, fmt::format("{} against {}", scenario.name, server->name));
        !wrote)
        return complain(wrote.error());
    if (cancellation.requested()) return complain({"", "called off before its end", ""});
    return judge(result.runs.front().recording, scenario.objective).holds ? 0 : 1;
}

}  // namespace

void add_run(CLI::App& app, int& exit_status, const std::string& typed) {
    auto* command = app.add_subcommand("run", "Run a scenario against a server");
    const auto choice = std::make_shared<RunChoice>();
    choice->typed = typed;
    command
        ->add_option("scenario", choice->scenario, "A scenario file, or the name of one of bench/scenarios")
        ->required();
    add_server_options(*command, choice->server);
    command->add_option("--compress", choice->compress, "The same load in so many times less time")
        ->check(CLI::PositiveNumber);
    command->add_option("--scale", choice->scale, "So many times the boxes")->check(CLI::PositiveNumber);
    add_drive_options(*command, choice->drive);
    add_output_options(*command, choice->outputs);
    command->callback([choice, &exit_status] { exit_status = run(*choice); });
}

}  // namespace outpost::bench
