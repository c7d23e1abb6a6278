// Results as JSON: all of a result, so that a page can be made of it later and elsewhere.
#include "base/json.hpp"

#include <boost/json.hpp>

#include "bench/report/result.hpp"
#include "bench/report/scenario_json.hpp"

namespace outpost::bench {
namespace {

namespace json = boost::json;

constexpr std::uint64_t format = 1;  // another one is refused, not guessed at
constexpr std::size_t most_depth = 24;

json::value machine_to_json(const Machine& machine) {
    return json::object{{"processor", machine.processor}, {"cores", machine.cores},
                        {"memory", machine.memory},       {"kernel", machine.kernel},
                        {"system", machine.system},       {"kernel_tls", machine.kernel_tls}};
}

json::value run_to_json(const RunResult& run) {
    json::array cost;
    for (const CostSample& sample : run.cost)
        cost.push_back(json::object{{"at_ms", sample.at.count()},
                                    {"cpu_s", sample.cost.cpu_seconds},
                                    {"rss", sample.cost.rss},
                                    {"threads", sample.cost.threads},
                                    {"descriptors", sample.cost.descriptors},
                                    {"read_bytes", sample.cost.read_bytes}});
    return json::object{{"server", run.server},
                        {"load", run.load},
                        {"version", run.version},
                        {"configuration", run.configuration},
                        {"origin_bytes", run.origin_bytes},
                        {"recording", json::parse(run.recording.json())},
                        {"cost", cost}};
}

json::value comparison_to_json(const Comparison& comparison) {
    json::array rows;
    for (const CompareRow& row : comparison.rows)
        rows.push_back(json::object{{"server", row.server},
                                    {"values", json::value_from(row.values)},
                                    {"ratios", json::value_from(row.ratios)}});
    return json::object{{"what", comparison.what}, {"unit", comparison.unit}, {"rows", rows}};
}

json::value found_to_json(const Found& found) {
    json::array trials;
    for (const Trial& trial : found.trials)
        trials.push_back(json::object{
            {"load", trial.load}, {"holds", trial.judgement.holds}, {"why", trial.judgement.why}});
    return json::object{{"sustained", found.sustained},
                        {"refused", found.refused},
                        {"low", found.low},
                        {"high", found.high},
                        {"trials", trials}};
}

json::value point_to_json(const CapacityPoint& point) {
    return json::object{{"load", point.load},
                        {"holds", point.holds},
                        {"segment_part_p99", point.segment_part_p99},
                        {"first_byte_p99_ns", point.first_byte_p99.count()},
                        {"megabits", point.megabits},
                        {"cores", point.cores},
                        {"stalls", point.stalls}};
}

Machine machine_from_json(Fields fields) {
    Machine machine;
    machine.processor = fields.text("processor");
    machine.cores = static_cast<unsigned>(fields.count("cores", 1 << 20));
    machine.memory = fields.text("memory");
    machine.kernel = fields.text("kernel");
    machine.system = fields.text("system");
    machine.kernel_tls = fields.flag("kernel_tls");
    return machine;
}

CostSample sample_from_json(Fields fields) {
    CostSample sample;
    sample.at = fields.time("at_ms");
    sample.cost.cpu_seconds = fields.number("cpu_s");
    sample.cost.rss = fields.count("rss");
    sample.cost.threads = fields.count("threads");
    sample.cost.descriptors = fields.count("descriptors");
    sample.cost.read_bytes = fields.count("read_bytes");
    return sample;
}

std::optional<RunResult> run_from_json(Fields fields) {
    auto recording = Recording::parse(json::serialize(fields.value("recording")), "");
    if (!recording) {
        fields.complain("recording", recording.error().line());
        return std::nullopt;
    }
    RunResult run{.server = fields.text("server"),
                  .load = fields.text("load"),
                  .version = fields.text("version"),
                  .configuration = fields.text("configuration"),
                  .recording = std::move(*recording),
                  .cost = {},
                  .origin_bytes = fields.count("origin_bytes")};
    fields.each("cost", [&](Fields each) { run.cost.push_back(sample_from_json(std::move(each))); });
    for (std::size_t i = 1; i < run.cost.size(); ++i)
        if (run.cost[i].at < run.cost[i - 1].at) fields.complain("cost", "goes back in time");
    return run;
}

Comparison comparison_from_json(Fields fields) {
    Comparison comparison{fields.text("what"), fields.text("unit"), {}};
    fields.each("rows", [&](Fields row) {
        comparison.rows.push_back({row.text("server"), row.numbers("values"), row.numbers("ratios")});
    });
    return comparison;
}

Found found_from_json(Fields fields) {
    Found found;
    found.sustained = fields.number("sustained");
    found.refused = fields.number("refused");
    found.low = fields.number("low");
    found.high = fields.number("high");
    fields.each("trials", [&](Fields trial) {
        found.trials.push_back({trial.number("load"), {trial.flag("holds"), trial.text("why")}});
    });
    return found;
}

CapacityPoint point_from_json(Fields fields) {
    CapacityPoint point;
    point.load = fields.number("load");
    point.holds = fields.flag("holds");
    point.segment_part_p99 = fields.number("segment_part_p99");
    point.first_byte_p99 =
        Nanoseconds{fields.count("first_byte_p99_ns", std::numeric_limits<std::int64_t>::max())};
    point.megabits = fields.number("megabits");
    point.cores = fields.number("cores");
    point.stalls = fields.count("stalls");
    return point;
}

Result result_from_json(Fields& fields) {
    Result result;
    if (fields.count("outpost_bench") != format)
        fields.complain("outpost_bench", "is not 1: this was written by another version");
    result.command = fields.text("command");
    if (const auto began = parse_iso_time(fields.text("began")))
        result.began = *began;
    else
        fields.complain("began", "is no time in UTC");
    result.machine = machine_from_json(fields.object("machine"));
    result.scenario = scenario_from_json(fields.object("scenario"));
    fields.each("runs", [&](Fields each) {
        if (auto run = run_from_json(std::move(each))) result.runs.push_back(std::move(*run));
    });
    fields.each("comparisons",
                [&](Fields each) { result.comparisons.push_back(comparison_from_json(std::move(each))); });
    if (fields.has("found")) result.found = found_from_json(fields.object("found"));
    fields.each("capacity",
                [&](Fields each) { result.capacity.push_back(point_from_json(std::move(each))); });
    return result;
}

}  // namespace

std::string to_json(const Result& result) {
    json::array runs, comparisons, capacity;
    for (const RunResult& run : result.runs) runs.push_back(run_to_json(run));
    for (const Comparison& each : result.comparisons) comparisons.push_back(comparison_to_json(each));
    for (const CapacityPoint& point : result.capacity) capacity.push_back(point_to_json(point));
    const json::object whole{
        {"outpost_bench", format},
        {"command", result.command},
        {"began", iso_time(result.began)},
        {"machine", machine_to_json(result.machine)},
        {"scenario", scenario_to_json(result.scenario)},
        {"runs", runs},
        {"comparisons", comparisons},
        {"found", result.found ? found_to_json(*result.found) : json::value{}},
        {"capacity", capacity},
    };
    return json::serialize(whole) + "\n";
}

Outcome<Result> read_result(std::string_view text, const std::string& where) {
    const auto whole = parse_json(text, most_depth);
    if (!whole) return Problem{where, "is not JSON", "give a file that --json wrote"};
    std::optional<std::string> wrong;
    Fields fields{*whole, "", wrong};
    Result result = result_from_json(fields);
    if (wrong) return Problem{where, *wrong, "give a file that --json wrote"};
    return result;
}

}  // namespace outpost::bench
