// Without which no figure means anything: the machine, the versions, the configurations, the load in full.
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/report/figures.hpp"
#include "bench/report/names.hpp"
#include "bench/report/page.hpp"
#include "bench/report/sentences.hpp"

namespace outpost::bench {
namespace {

std::string fact(std::string_view name, std::string_view text) {
    return text.empty() ? std::string{} : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, xml_escape(text));
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

std::string what_it_does(const Crowd& crowd) {
    std::string words;
    if (crowd.activity != Activity::play) return joined(crowd.paths);
    words = fmt::format("{}; {} adaptation, limits of {}", joined(crowd.titles),
                        word_of(adaptation_names, crowd.adaptation), word_of(profile_names, crowd.profile));
    if (crowd.zipf > 0) words += fmt::format("; Zipf {}", shown_number(crowd.zipf));
    if (crowd.zap_every.count() > 0) words += "; zaps every " + outpost::to_text(crowd.zap_every);
    if (crowd.seek_every.count() > 0) words += "; seeks every " + outpost::to_text(crowd.seek_every);
    if (crowd.pause_every.count() > 0)
        words += fmt::format("; pauses every {} for {}", outpost::to_text(crowd.pause_every),
                             outpost::to_text(crowd.pause_for));
    if (crowd.cmcd) words += "; CMCD";
    return words;
}

std::string for_all(const Crowd& crowd) {
    std::string words;
    if (crowd.receive_rate.bits_per_second() > 0)
        words += fmt::format("; reads {}", outpost::to_text(crowd.receive_rate));
    if (crowd.verify) words += "; verifies every byte";
    if (crowd.token != TokenPlace::none)
        words += fmt::format("; {} in the {}", plural(crowd.tokens, "token", "tokens"),
                             word_of(token_place_names, crowd.token));
    return words;
}

std::string arrival(const Crowd& crowd) {
    std::string words{word_of(arrival_names, crowd.arrival)};
    if (words == "at_once") words = "at once";
    if (crowd.over.count() > 0) words += " over " + outpost::to_text(crowd.over);
    if (crowd.start.count() > 0) words += " from " + outpost::to_text(crowd.start);
    return words;
}

std::string scenario_details(const Scenario& scenario) {
    std::string out = fmt::format("<details><summary>Load <span>{}</span></summary>\n<dl class=\"facts\">\n",
                                  xml_escape(crowds_in_words(scenario)));
    out += fact("Lasts", outpost::to_text(scenario.lasts));
    if (scenario.warm_up.count() > 0) out += fact("Warm-up", outpost::to_text(scenario.warm_up));
    out += fact("Seed", fmt::to_string(scenario.seed));
    out += fact("Content", scenario.content);
    for (const Event& event : scenario.events)
        out += fact(word_of(happening_names, event.what),
                    fmt::format("at {}{}", outpost::to_text(event.at),
                                event.lasts.count() > 0 ? ", for " + outpost::to_text(event.lasts) : ""));
    out +=
        "</dl>\n<div class=\"scroll\"><table class=\"words\"><thead><tr><th>Crowd</th><th>Who</th>"
        "<th>Arrive</th><th>What they do</th></tr></thead><tbody>\n";
    for (const Crowd& crowd : scenario.crowds) {
        Scenario alone;
        alone.crowds = {crowd};
        out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", xml_escape(crowd.name),
                           xml_escape(crowds_in_words(alone)), xml_escape(arrival(crowd)),
                           xml_escape(what_it_does(crowd) + for_all(crowd)));
    }
    return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string details_section(const Result& result) {
    const Machine& machine = result.machine;
    std::string out = "<section class=\"setup\"><h2>What it ran on</h2>\n<dl class=\"facts\">\n";
    out +=
        fact("Processor", fmt::format("{}, {}", machine.processor, plural(machine.cores, "core", "cores")));
    out += fact("Memory", machine.memory) + fact("System", machine.system) + fact("Kernel", machine.kernel);
    out += fact("Kernel TLS", machine.kernel_tls ? "yes" : "no");
    std::set<std::string> servers;
    for (const RunResult& run : result.runs)
        if (servers.insert(run.server).second) out += fact(xml_escape(run.server), run.version);
    out += "</dl>\n<div>" + scenario_details(result.scenario);
    servers.clear();
    for (const RunResult& run : result.runs) {
        if (run.configuration.empty() || !servers.insert(run.server + '\0' + run.configuration).second)
            continue;
        out += fmt::format(
            "<details><summary>Configuration of {} <span>{}</span></summary><pre><code>{}</code></pre>"
            "</details>\n",
            xml_escape(run.server), xml_escape(run.version), xml_escape(run.configuration));
    }
    return out + "</div></section>\n";
}

}  // namespace outpost::bench
