// What a scenario file must hold to make sense as a whole, beyond each option by itself.
#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bench/scenario/sections.hpp"

namespace outpost::bench {
namespace {

using config::Fault;
using config::OptionBase;
using config::Position;
using Faults = std::vector<Fault>;

// Where an option is given, else where its section begins.
Position place_of(const OptionBase& option, const Section& section) {
    return option.given() ? option.at() : section.at();
}

std::string text_of(Activity activity) { return config::Codec<Activity>::write(activity); }

// An option that does nothing is a misunderstanding, and its scenario measures something else than was meant.
void refuse_idle(std::initializer_list<const OptionBase*> options, std::string_view why, Faults& faults) {
    for (const OptionBase* option : options) {
        if (option->given())
            faults.push_back({option->at(), fmt::format("{} does nothing {}", option->name(), why),
                              "remove it, or change the other"});
    }
}

void check_activity(const CrowdOptions& crowd, Faults& faults) {
    const std::string why = fmt::format("where activity is {}", text_of(crowd.activity));
    const bool plays = crowd.activity() == Activity::play, holds = crowd.activity() == Activity::hold;
    if (plays) {
        refuse_idle({&crowd.paths}, why, faults);
    } else {
        refuse_idle({&crowd.titles, &crowd.adaptation, &crowd.profile, &crowd.bit_rate, &crowd.zap_every,
                     &crowd.seek_every, &crowd.pause_every, &crowd.pause_for, &crowd.cmcd, &crowd.loop},
                    why, faults);
    }
    if (plays || holds)
        refuse_idle({&crowd.rate, &crowd.connections}, why, faults);
    else
        refuse_idle({&crowd.count}, fmt::format("{}: its clients are `connections`", why), faults);
    const OptionBase& wanted = plays ? static_cast<const OptionBase&>(crowd.titles) : crowd.paths;
    if ((plays ? crowd.titles : crowd.paths)().empty())
        faults.push_back({place_of(wanted, crowd),
                          fmt::format("crowd {} has no {}", crowd.name(), wanted.name()),
                          plays ? "write titles = [\"/vod/film/index.m3u8\"]" : "write paths = [\"/file\"]"});
}

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

bool is_manifest(std::string_view text) {
    text = text.substr(0, text.find_first_of("?#"));
    return text.ends_with(".m3u8") || text.ends_with(".mpd");
}

std::size_t placeholders_in(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = text.find("{}"); at != std::string_view::npos; at = text.find("{}", at + 2))
        ++count;
    return count;
}

void check_names(const CrowdOptions& crowd, Faults& faults) {
    const bool plays = crowd.activity() == Activity::play;
    const auto& list = plays ? crowd.titles : crowd.paths;
    std::size_t placeholders = 0;
    for (const std::string& each : list()) {
        const std::string shown = config::describe(config::Value{each});
        placeholders += placeholders_in(each);
        if (!each.starts_with('/') && !(plays && is_url(each))) {
            faults.push_back({list.at(), fmt::format("{} is no path{}", shown, plays ? " or URL" : ""),
                              plays ? "begin it with / or http://" : "begin it with /"});
        } else if (each.find_first_of(" #") != std::string::npos) {
            faults.push_back({list.at(), fmt::format("{} can't be asked for", shown),
                              "write blanks as %20, and leave # and what follows out"});
        } else if (plays && !is_manifest(each)) {
            faults.push_back(
                {list.at(), fmt::format("{} is no manifest", shown),
                 "boxes play what ends in .m3u8 or .mpd; the activity \"request\" asks for any"});
        } else if (placeholders_in(each) > 1) {
            faults.push_back({list.at(), fmt::format("{} has more than one {{}}", shown), "keep one"});
        }
    }
    if (crowd.catalogue() > 1 && placeholders == 0 && !list().empty())
        faults.push_back({crowd.catalogue.at(), fmt::format("no {} has {{}} in it", list.name()),
                          "write {} where the number belongs, or remove catalogue"});
    if (crowd.zipf() > 0 && list().size() == 1 && (placeholders == 0 || crowd.catalogue() == 1))
        faults.push_back({crowd.zipf.at(), "zipf chooses among one", "add titles or a catalogue"});
}

void check_times(const CrowdOptions& crowd, const ScenarioOptions& scenario, Faults& faults) {
    const bool flows = crowd.arrival() == Arrival::poisson || crowd.arrival() == Arrival::flash;
    if (crowd.arrival() == Arrival::at_once)
        refuse_idle({&crowd.over}, "where arrival is \"at_once\"", faults);
    if (flows && crowd.over() == 0s)
        faults.push_back({place_of(crowd.arrival, crowd),
                          fmt::format("arrival {} needs a time in which they come",
                                      config::Codec<Arrival>::write(crowd.arrival)),
                          "write over = \"30s\""});
    if (crowd.start() >= scenario.lasts()) {
        faults.push_back({place_of(crowd.start, crowd),
                          fmt::format("crowd {} comes when the run is over", crowd.name()),
                          fmt::format("the run lasts {}", to_text(scenario.lasts()))});
    } else if (crowd.start() + crowd.over() > scenario.lasts()) {
        faults.push_back({place_of(crowd.over, crowd),
                          fmt::format("crowd {} still comes when the run is over", crowd.name()),
                          fmt::format("the run lasts {}", to_text(scenario.lasts()))});
    }
    if ((crowd.pause_every() > 0s) != (crowd.pause_for() > 0s)) {
        const bool lacks_length = crowd.pause_every() > 0s;
        faults.push_back({place_of(lacks_length ? crowd.pause_every : crowd.pause_for, crowd),
                          "pause_every and pause_for need each other",
                          lacks_length ? "write pause_for = \"30s\"" : "write pause_every = \"10min\""});
    }
}

void check_choices(const CrowdOptions& crowd, Faults& faults) {
    if (crowd.activity() == Activity::play && crowd.adaptation() != Adaptation::fixed)
        refuse_idle({&crowd.bit_rate}, "where adaptation is not \"fixed\"", faults);
    if (crowd.token() == TokenPlace::none) {
        refuse_idle({&crowd.tokens, &crowd.token_key, &crowd.token_life}, "where token is \"none\"", faults);
    } else if (crowd.token_key().empty()) {
        faults.push_back({crowd.token.at(), "tokens need a key that signs them",
                          "make one with `outpost token keygen` and write token_key = \"key.jwk\""});
    }
}

void check_events(const ScenarioFile& file, Faults& faults) {
    const Milliseconds run = file.scenario.lasts;
    for (const EventOptions& event : file.event) {
        const bool ends = event.what() == Happening::origin_dies || event.what() == Happening::origin_stalls;
        if (!ends) refuse_idle({&event.lasts}, "for what happens at once", faults);
        if (event.at() >= run || event.at() + event.lasts() > run)
            faults.push_back(
                {event.at() >= run ? event.at.at() : event.lasts.at(),
                 event.at() >= run ? "this happens when the run is over" : "this lasts longer than the run",
                 fmt::format("the run lasts {}", to_text(run))});
    }
}

}  // namespace

void check_scenario(const ScenarioFile& file, Faults& faults) {
    if (file.crowd.empty())
        faults.push_back(
            {{1, 1}, "there is no crowd, so nobody comes", "add [[crowd]] with name = \"boxes\" and titles"});
    for (auto later = file.crowd.begin(); later != file.crowd.end(); ++later) {
        const auto same = [later](const CrowdOptions& each) { return each.name() == later->name(); };
        if (later->name.given() && std::any_of(file.crowd.begin(), later, same))
            faults.push_back({later->name.at(), fmt::format("there are two crowds {}", later->name()),
                              "give one another name"});
        check_activity(*later, faults);
        check_names(*later, faults);
        check_times(*later, file.scenario, faults);
        check_choices(*later, faults);
    }
    if (file.scenario.warm_up() >= file.scenario.lasts())
        faults.push_back({place_of(file.scenario.warm_up, file.scenario),
                          "the warm-up takes the whole run, so nothing counts",
                          fmt::format("the run lasts {}", to_text(file.scenario.lasts()))});
    check_events(file, faults);
}

}  // namespace outpost::bench
