#include "bench/scenario/read.hpp"

#include <filesystem>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hpp"
#include "bench/scenario/sections.hpp"

using namespace outpost;
using namespace outpost::bench;
using namespace std::chrono_literals;

namespace {

std::string lines_of(const ReadScenario& read) {
    std::vector<std::string> lines;
    for (const Problem& problem : read.problems) lines.push_back(problem.line());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

struct Case {
    std::string_view text;
    std::string_view wanted;  // all lines
};

// Each text stands behind a crowd that is right, on lines 1 to 4.
void check_cases(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        CAPTURE(each.text);
        const ReadScenario read = parse_scenario(
            "[[crowd]]\nname = \"a\"\ntitles = [\"/a.mpd\"]\n\n" + std::string{each.text}, "s.toml");
        CHECK(lines_of(read) == each.wanted);
        CHECK_FALSE(read.scenario.has_value());
    }
}

}  // namespace

TEST_CASE("what a scenario file leaves out is as the structure says") {
    const ReadScenario read =
        parse_scenario("[[crowd]]\nname = \"a\"\ntitles = [\"/a.m3u8\"]\n", "x/evening.toml");
    REQUIRE_MESSAGE(read.scenario.has_value(), lines_of(read));
    const Scenario& scenario = *read.scenario;
    const Scenario plain;
    CHECK(scenario.name == "evening");
    CHECK(scenario.seed == plain.seed);
    CHECK(scenario.lasts == plain.lasts);
    CHECK(scenario.warm_up == plain.warm_up);
    CHECK(scenario.content == plain.content);
    CHECK(scenario.objective.stalls == plain.objective.stalls);
    CHECK(scenario.objective.errors == plain.objective.errors);
    CHECK(scenario.objective.segment_time == plain.objective.segment_time);
    CHECK(scenario.objective.first_byte_p99 == plain.objective.first_byte_p99);
    CHECK(scenario.events.empty());
    REQUIRE(scenario.crowds.size() == 1);
    const Crowd& crowd = scenario.crowds[0];
    const Crowd usual;
    CHECK(crowd.activity == usual.activity);
    CHECK(crowd.count == usual.count);
    CHECK(crowd.arrival == usual.arrival);
    CHECK(crowd.stay == usual.stay);
    CHECK(crowd.catalogue == usual.catalogue);
    CHECK(crowd.zipf == usual.zipf);
    CHECK(crowd.adaptation == usual.adaptation);
    CHECK(crowd.profile == usual.profile);
    CHECK(crowd.bit_rate == usual.bit_rate);
    CHECK(crowd.zap_every == usual.zap_every);
    CHECK(crowd.cmcd == usual.cmcd);
    CHECK(crowd.loop == usual.loop);
    CHECK(crowd.rate == usual.rate);
    CHECK(crowd.connections == usual.connections);
    CHECK(crowd.receive_rate == usual.receive_rate);
    CHECK(crowd.verify == usual.verify);
    CHECK(crowd.tls_resume == usual.tls_resume);
    CHECK(crowd.token == usual.token);
    CHECK(crowd.tokens == usual.tokens);
    CHECK(crowd.token_life == usual.token_life);
}

TEST_CASE("what a scenario file says is in the scenario, events by their time") {
    const ReadScenario read = parse_scenario(R"toml(
[scenario]
name = "all of it"
about = "every option"
seed = 7
lasts = "1h"
warm_up = "1min"
content = "thin"
[objective]
stalls = 3
errors = 0.25
segment_time = 1
first_byte_p99 = "200ms"
[[crowd]]
name = "boxes"
count = 205
arrival = "flash"
start = "10s"
over = "20s"
stay = "30min"
titles = ["/a-{}.m3u8", "https://cdn.example.org/b.mpd?x=1"]
catalogue = 20
zipf = 0.8
adaptation = "fixed"
profile = "dashjs"
bit_rate = "25Mbps"
zap_every = "1min"
seek_every = "2min"
pause_every = "3min"
pause_for = "4s"
cmcd = true
loop = false
receive_rate = "2.5Mbps"
verify = true
tls_resume = false
token = "cookie"
tokens = 9
token_key = "keys/k.jwk"
token_life = "5min"
[[crowd]]
name = "wrk"
activity = "request"
paths = ["/f/{}"]
catalogue = 16
rate = 12.5
connections = 64
[[event]]
at = "30min"
what = "reload"
[[event]]
at = "10min"
what = "origin_stalls"
lasts = "30s"
)toml",
                                             "/etc/bench/all.toml");
    REQUIRE_MESSAGE(read.scenario.has_value(), lines_of(read));
    const Scenario& scenario = *read.scenario;
    CHECK(scenario.name == "all of it");
    CHECK(scenario.doc == "every option");
    CHECK(scenario.seed == 7);
    CHECK(scenario.lasts == 1h);
    CHECK(scenario.warm_up == 1min);
    CHECK(scenario.content == "thin");
    CHECK(scenario.objective.stalls == 3);
    CHECK(scenario.objective.errors == 0.25);
    CHECK(scenario.objective.segment_time == 1);
    CHECK(scenario.objective.first_byte_p99 == 200ms);
    REQUIRE(scenario.crowds.size() == 2);
    const Crowd& boxes = scenario.crowds[0];
    CHECK(boxes.name == "boxes");
    CHECK(boxes.activity == Activity::play);
    CHECK(boxes.count == 205);
    CHECK(boxes.arrival == Arrival::flash);
    CHECK(boxes.start == 10s);
    CHECK(boxes.over == 20s);
    CHECK(boxes.stay == 30min);
    CHECK(boxes.titles == std::vector<std::string>{"/a-{}.m3u8", "https://cdn.example.org/b.mpd?x=1"});
    CHECK(boxes.catalogue == 20);
    CHECK(boxes.zipf == 0.8);
    CHECK(boxes.adaptation == Adaptation::fixed);
    CHECK(boxes.profile == PlayerProfile::dashjs);
    CHECK(boxes.bit_rate == 25_Mbps);
    CHECK(boxes.zap_every == 1min);
    CHECK(boxes.seek_every == 2min);
    CHECK(boxes.pause_every == 3min);
    CHECK(boxes.pause_for == 4s);
    CHECK(boxes.cmcd);
    CHECK_FALSE(boxes.loop);
    CHECK(boxes.receive_rate == 2500_kbps);
    CHECK(boxes.verify);
    CHECK_FALSE(boxes.tls_resume);
    CHECK(boxes.token == TokenPlace::cookie);
    CHECK(boxes.tokens == 9);
    CHECK(boxes.token_key == "/etc/bench/keys/k.jwk");
    CHECK(boxes.token_life == 5min);
    const Crowd& wrk = scenario.crowds[1];
    CHECK(wrk.activity == Activity::request);
    CHECK(wrk.paths == std::vector<std::string>{"/f/{}"});
    CHECK(wrk.rate == 12.5);
    CHECK(wrk.connections == 64);
    REQUIRE(scenario.events.size() == 2);
    CHECK(scenario.events[0].what == Happening::origin_stalls);
    CHECK(scenario.events[0].lasts == 30s);
    CHECK(scenario.events[1].at == 30min);
}

TEST_CASE("names that are unknown, types and bounds are told with their place") {
    check_cases({
        {"[[crowds]]", "s.toml:5:1: there is no section \"crowds\"; did you mean crowd?"},
        {"[wheather]",
         "s.toml:5:2: there is no section \"wheather\"; docs/bench-scenarios.md has all that there are"},
        {"[crowd]",
         "s.toml:5:1: not TOML: while parsing table header: cannot redefine existing array 'crowd' as table"},
        {"[[scenario]]", "s.toml:5:1: [[scenario]] is not written so; write [scenario]"},
        {"[scenario]\nlast = \"1h\"", "s.toml:6:1: [scenario] has no option \"last\"; did you mean lasts?"},
        {"[scenario]\nlasts = 60",
         "s.toml:6:9: lasts is 60, not a time; write a number and one of ms s min h d, in quotes, such as "
         "\"1min\""},
        {"[scenario]\nlasts = \"2d\"", "s.toml:6:9: lasts is \"2d\", too much; it may be 1s to 1d"},
        {"[objective]\nerrors = 1.5", "s.toml:6:10: errors is a decimal number, too much; it may be 0 to 1"},
        {"[objective]\nerrors = nan",
         "s.toml:6:10: errors is a decimal number, not a number; write a number without quotes, such as "
         "0.0001"},
        {"[objective]\nerrors = \"0.1\"",
         "s.toml:6:10: errors is \"0.1\", not a number; write a number without quotes, such as 0.0001"},
        {"[scenario]\ncontent = \"shire\"",
         "s.toml:6:11: content is \"shire\", not one of \"county\", \"longtail\", \"thin\", \"sizes\", "
         "\"tiny\"; write one of these, in quotes"},
        {"[[crowd]]\ntitles = [\"/a.mpd\"]", "s.toml:5:1: [[crowd]] lacks name; add name = \"boxes\""},
        {"[[event]]\nat = \"1s\"", "s.toml:5:1: [[event]] lacks what; add what = \"origin_dies\""},
    });
}

TEST_CASE("a crowd does what its activity is about, and says so") {
    check_cases({
        {"[[crowd]]\nname = \"b\"",
         "s.toml:5:1: crowd b has no titles; write titles = [\"/vod/film/index.m3u8\"]"},
        {"[[crowd]]\nname = \"b\"\nactivity = \"hold\"",
         "s.toml:5:1: crowd b has no paths; write paths = [\"/file\"]"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\nrate = 3",
         "s.toml:8:8: rate does nothing where activity is \"play\"; remove it, or change the other"},
        {"[[crowd]]\nname = \"b\"\nactivity = \"request\"\npaths = [\"/b\"]\ncount = 3",
         "s.toml:9:9: count does nothing where activity is \"request\": its clients are `connections`; "
         "remove it, or change the other"},
        {"[[crowd]]\nname = \"b\"\nactivity = \"connect\"\npaths = [\"/b\"]\nzap_every = \"1s\"",
         "s.toml:9:13: zap_every does nothing where activity is \"connect\"; remove it, or change the other"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\nbit_rate = \"1Mbps\"",
         "s.toml:8:12: bit_rate does nothing where adaptation is not \"fixed\"; remove it, or change the "
         "other"},
        {"[[crowd]]\nname = \"a\"\ntitles = [\"/b.mpd\"]",
         "s.toml:6:8: there are two crowds a; give one another name"},
    });
}

TEST_CASE("titles and paths are what can be asked for") {
    check_cases({
        {"[[crowd]]\nname = \"b\"\ntitles = [\"b.mpd\"]",
         "s.toml:7:10: \"b.mpd\" is no path or URL; begin it with / or http://"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mp4\"]",
         "s.toml:7:10: \"/b.mp4\" is no manifest; boxes play what ends in .m3u8 or .mpd; the activity "
         "\"request\" asks for any"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b c.mpd\"]",
         "s.toml:7:10: \"/b c.mpd\" can't be asked for; write blanks as %20, and leave # and what follows "
         "out"},
        {"[[crowd]]\nname = \"b\"\nactivity = \"hold\"\npaths = [\"http://h/b\"]",
         "s.toml:8:9: \"http://h/b\" is no path; begin it with /"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/{}/{}.mpd\"]\ncatalogue = 2",
         "s.toml:7:10: \"/{}/{}.mpd\" has more than one {}; keep one"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\ncatalogue = 2",
         "s.toml:8:13: no titles has {} in it; write {} where the number belongs, or remove catalogue"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\nzipf = 1",
         "s.toml:8:8: zipf chooses among one; add titles or a catalogue"},
    });
}

TEST_CASE("times fit into the run and each other") {
    check_cases({
        {"[scenario]\nwarm_up = \"1min\"",
         "s.toml:6:11: the warm-up takes the whole run, so nothing counts; the run lasts 1min"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\narrival = \"poisson\"",
         "s.toml:8:11: arrival \"poisson\" needs a time in which they come; write over = \"30s\""},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\narrival = \"at_once\"\nover = \"1s\"",
         "s.toml:9:8: over does nothing where arrival is \"at_once\"; remove it, or change the other"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\nstart = \"60s\"",
         "s.toml:8:9: crowd b comes when the run is over; the run lasts 1min"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\nstart = \"30s\"\nover = \"31s\"",
         "s.toml:9:8: crowd b still comes when the run is over; the run lasts 1min"},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\npause_every = \"30s\"",
         "s.toml:8:15: pause_every and pause_for need each other; write pause_for = \"30s\""},
        {"[[event]]\nat = \"1min\"\nwhat = \"reload\"",
         "s.toml:6:6: this happens when the run is over; the run lasts 1min"},
        {"[[event]]\nat = \"50s\"\nwhat = \"origin_dies\"\nlasts = \"11s\"",
         "s.toml:8:9: this lasts longer than the run; the run lasts 1min"},
        {"[[event]]\nat = \"50s\"\nwhat = \"reload\"\nlasts = \"1s\"",
         "s.toml:8:9: lasts does nothing for what happens at once; remove it, or change the other"},
    });
}

TEST_CASE("tokens need a key, and options of tokens need tokens") {
    check_cases({
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\ntoken = \"path\"",
         "s.toml:8:9: tokens need a key that signs them; make one with `outpost token keygen` and write "
         "token_key = \"key.jwk\""},
        {"[[crowd]]\nname = \"b\"\ntitles = [\"/b.mpd\"]\ntokens = 5",
         "s.toml:8:10: tokens does nothing where token is \"none\"; remove it, or change the other"},
    });
}

TEST_CASE("a scenario without a crowd is none, and all problems are told at once") {
    CHECK(lines_of(parse_scenario("", "s.toml")) ==
          "s.toml:1:1: there is no crowd, so nobody comes; add [[crowd]] with name = \"boxes\" and titles");
    CHECK(parse_scenario("[scenario]\nlasts = 1\nseeds = 2\n[[crowd]]\n", "s.toml").problems.size() == 4);
    CHECK(lines_of(parse_scenario("[scenario", "s.toml")).starts_with("s.toml:1:"));
    CHECK(parse_scenario("[scenario", "s.toml").problems.size() == 1);
    CHECK(lines_of(load_scenario("/no/such.toml")).starts_with("/no/such.toml: can't be opened"));
}

TEST_CASE("every scenario of the folder is right, says what it is about, and begins with a comment") {
    std::set<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator{OUTPOST_SOURCE_DIR "/bench/scenarios"}) {
        if (each.path().extension() != ".toml") continue;
        CAPTURE(each.path().string());
        names.insert(each.path().stem());
        const ReadScenario read = load_scenario(each.path());
        REQUIRE_MESSAGE(read.scenario.has_value(), lines_of(read));
        CHECK(read.scenario->name == each.path().stem());
        CHECK(read.scenario->doc.size() >= 10);
        CHECK(read_file(each.path(), 1_MiB)->starts_with("# "));
        // Compressed as far as somebody may want, it is still in order.
        const Scenario short_one = read.scenario->compressed(10);
        CHECK(short_one.warm_up < short_one.lasts);
        for (const Event& event : short_one.events) CHECK(event.at < short_one.lasts);
    }
    for (const char* name :
         {"county", "premiere", "zapping", "longtail", "thin-links", "tls", "tokens", "failover", "reload",
          "playlists", "small", "segments-3m", "segments-12m", "handshakes", "idle", "streams-8000"})
        CHECK_MESSAGE(names.contains(name), name);
}

TEST_CASE("the reference's example is right, and what it says of a wrong one is what is told") {
    const std::string reference = scenario_reference();
    const auto block = [&reference](const std::string& fence, std::size_t from) {
        const std::size_t begin = reference.find(fence + "\n", from) + fence.size() + 1;
        return reference.substr(begin, reference.find("```", begin) - begin);
    };
    std::string text = block("```toml", 0);
    CHECK(parse_scenario(text, "evening.toml").scenario.has_value());
    text.replace(text.find("count"), 5, "cuont");
    const std::size_t over = text.find("over");
    text.erase(over, text.find('\n', over) - over);
    const std::size_t told = reference.find("all of it at once");
    CHECK(lines_of(parse_scenario(text, "evening.toml")) + "\n" == block("```", told));
}

TEST_CASE("docs/bench-scenarios.md is what the program prints") {
    const auto text = read_file(OUTPOST_SOURCE_DIR "/docs/bench-scenarios.md", 1_MiB);
    REQUIRE(text.has_value());
    CHECK_MESSAGE(*text == scenario_reference(), "run: outpost-bench scenarios > docs/bench-scenarios.md");
}

TEST_CASE("every option of a scenario has prose that is a sentence, and a default within its bounds") {
    const ScenarioFile file;
    for (const Root::Part& part : file.parts()) {
        const auto* const* single = std::get_if<Section*>(&part);
        const auto sample = single != nullptr ? nullptr : std::get<config::RepeatedBase*>(part)->sample();
        const Section& section = single != nullptr ? **single : *sample;
        const std::string header =
            single != nullptr ? fmt::format("[{}]", section.name()) : fmt::format("[[{}]]", section.name());
        CHECK(section.doc().ends_with("."));
        for (const config::OptionBase* option : section.options()) {
            CAPTURE(option->name());
            CHECK(option->doc().size() >= 20);
            CHECK(option->doc().ends_with("."));
            const std::string text =
                fmt::format("{}\n{} = {}\n", header, option->name(), option->default_text());
            const std::string place = fmt::format("o.toml:2:{}", option->name().size() + 4);
            for (const Problem& problem : parse_scenario(text, "o.toml").problems) {
                CAPTURE(problem.line());
                // What it means beside the others is not meant here.
                const bool by_itself = problem.what.starts_with(option->name() + " is ");
                CHECK_FALSE((by_itself && problem.where == place));
            }
        }
    }
}
