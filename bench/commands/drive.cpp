#include "bench/commands/drive.hpp"

#include "bench/commands/share.hpp"
#include "bench/load/load.hpp"

namespace outpost::bench {
namespace {

constexpr Milliseconds between_samples{950};  // told of twice a second; a little early is better than late
constexpr Milliseconds to_start{500};         // what other processes take to be ready

// The server's cost over the run: at its beginning, each second, at its end.
class CostMeter {
  public:
    CostMeter(pid_t process, SteadyTime began) : process_{process}, began_{began} {}
    void sample(SteadyTime now) {
        if (process_ <= 0) return;
        const auto at = std::chrono::duration_cast<Milliseconds>(now - began_);
        samples_.push_back({std::max(at, Milliseconds{0}), cost_of(process_)});
    }
    void sample_when_due(SteadyTime now) {
        if (!samples_.empty() && now - began_ < samples_.back().at + between_samples) return;
        sample(now);
    }
    std::vector<CostSample> taken() { return std::move(samples_); }

  private:
    pid_t process_;
    SteadyTime began_;
    std::vector<CostSample> samples_;
};

}  // namespace

void add_drive_options(CLI::App& command, DriveOptions& options) {
    command.add_option("--threads", options.threads, "Threads of each loading process")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command.add_option("--processes", options.processes, "Loading processes, merged afterwards")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    command.add_option("--first-core", options.first_core,
                       "Pin the loading threads to cores from this one on");
    command.add_option("--ca", options.ca_file, "Whom TLS trusts; else anybody");
}

Outcome<RunResult> drive(const Scenario& scenario, const Server& server, const DriveOptions& options,
                         ProgressLine& progress, const Cancellation& cancellation) {
    LoadOptions load;
    load.target = server.url;
    load.checksums = server.checksums;
    load.threads = options.threads;
    load.first_core = options.first_core;
    load.ca_file = options.ca_file;
    load.shares = options.processes;
    load.begin = steady_now();
    if (options.processes > 1) load.begin += to_start;

    auto shares = Shares::start(scenario, load, cancellation);
    if (!shares) return shares.error();
    const std::uint64_t origin_before = server.stand ? server.stand->origin_bytes() : 0;
    CostMeter meter{server.process, load.begin};
    meter.sample(steady_now());
    LoadHooks hooks;
    hooks.progress = [&](const LoadProgress& own) {
        const SteadyTime now = steady_now();
        meter.sample_when_due(now);
        progress.show(shares->with(own), now);
    };
    hooks.happening = [&](const Event& event) {
        if (!server.stand) return;
        if (const auto happened = server.stand->happen(event); !happened)
            progress.say("outpost-bench: " + happened.error().line());
    };
    auto recording = run_load(scenario, load, hooks, cancellation);
    meter.sample(steady_now());
    progress.clear();
    const auto merged = recording ? shares->merge_into(*recording) : Outcome<void>{};
    if (!recording) return recording.error();
    if (!merged) return merged.error();
    return RunResult{.server = server.name,
                     .load = {},
                     .version = server.version,
                     .configuration = server.configuration,
                     .recording = std::move(*recording),
                     .cost = meter.taken(),
                     .origin_bytes = (server.stand ? server.stand->origin_bytes() : 0) - origin_before};
}

}  // namespace outpost::bench
