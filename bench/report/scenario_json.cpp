#include "bench/report/scenario_json.hpp"

#include <boost/json.hpp>

#include "bench/report/names.hpp"

namespace outpost::bench {
namespace {

namespace json = boost::json;

json::array list(const std::vector<std::string>& texts) {
    json::array all;
    for (const std::string& text : texts) all.emplace_back(text);
    return all;
}

json::string word(std::string_view text) { return json::string{text.data(), text.size()}; }

json::value crowd_to_json(const Crowd& crowd) {
    return json::object{
        {"name", crowd.name},
        {"activity", word(word_of(activity_names, crowd.activity))},
        {"count", crowd.count},
        {"arrival", word(word_of(arrival_names, crowd.arrival))},
        {"start_ms", crowd.start.count()},
        {"over_ms", crowd.over.count()},
        {"stay_ms", crowd.stay.count()},
        {"titles", list(crowd.titles)},
        {"catalogue", crowd.catalogue},
        {"zipf", crowd.zipf},
        {"adaptation", word(word_of(adaptation_names, crowd.adaptation))},
        {"profile", word(word_of(profile_names, crowd.profile))},
        {"bit_rate", crowd.bit_rate.bits_per_second()},
        {"zap_every_ms", crowd.zap_every.count()},
        {"seek_every_ms", crowd.seek_every.count()},
        {"pause_every_ms", crowd.pause_every.count()},
        {"pause_for_ms", crowd.pause_for.count()},
        {"cmcd", crowd.cmcd},
        {"loop", crowd.loop},
        {"paths", list(crowd.paths)},
        {"rate", crowd.rate},
        {"connections", crowd.connections},
        {"receive_rate", crowd.receive_rate.bits_per_second()},
        {"verify", crowd.verify},
        {"tls_resume", crowd.tls_resume},
        {"token", word(word_of(token_place_names, crowd.token))},
        {"tokens", crowd.tokens},
        {"token_key", crowd.token_key},
        {"token_life_ms", crowd.token_life.count()},
    };
}

std::uint32_t small(Fields& fields, std::string_view name) {
    return static_cast<std::uint32_t>(fields.count(name, std::numeric_limits<std::uint32_t>::max()));
}

Crowd crowd_from_json(Fields fields) {
    Crowd crowd;
    crowd.name = fields.text("name");
    crowd.activity = fields.one_of<Activity>("activity", activity_names);
    crowd.count = small(fields, "count");
    crowd.arrival = fields.one_of<Arrival>("arrival", arrival_names);
    crowd.start = fields.time("start_ms");
    crowd.over = fields.time("over_ms");
    crowd.stay = fields.time("stay_ms");
    crowd.titles = fields.texts("titles");
    crowd.catalogue = small(fields, "catalogue");
    crowd.zipf = fields.number("zipf");
    crowd.adaptation = fields.one_of<Adaptation>("adaptation", adaptation_names);
    crowd.profile = fields.one_of<PlayerProfile>("profile", profile_names);
    crowd.bit_rate = BitRate{fields.count("bit_rate")};
    crowd.zap_every = fields.time("zap_every_ms");
    crowd.seek_every = fields.time("seek_every_ms");
    crowd.pause_every = fields.time("pause_every_ms");
    crowd.pause_for = fields.time("pause_for_ms");
    crowd.cmcd = fields.flag("cmcd");
    crowd.loop = fields.flag("loop");
    crowd.paths = fields.texts("paths");
    crowd.rate = fields.number("rate");
    crowd.connections = small(fields, "connections");
    crowd.receive_rate = BitRate{fields.count("receive_rate")};
    crowd.verify = fields.flag("verify");
    crowd.tls_resume = fields.flag("tls_resume");
    crowd.token = fields.one_of<TokenPlace>("token", token_place_names);
    crowd.tokens = small(fields, "tokens");
    crowd.token_key = fields.text("token_key");
    crowd.token_life = fields.time("token_life_ms");
    return crowd;
}

Objective objective_from_json(Fields fields) {
    Objective objective;
    objective.stalls = fields.count("stalls");
    objective.errors = fields.number("errors");
    objective.segment_time = fields.number("segment_time");
    objective.first_byte_p99 = fields.time("first_byte_p99_ms");
    return objective;
}

}  // namespace

json::value scenario_to_json(const Scenario& scenario) {
    json::array crowds, events;
    for (const Crowd& crowd : scenario.crowds) crowds.push_back(crowd_to_json(crowd));
    for (const Event& event : scenario.events)
        events.push_back(json::object{{"at_ms", event.at.count()},
                                      {"what", word(word_of(happening_names, event.what))},
                                      {"lasts_ms", event.lasts.count()}});
    const Objective& objective = scenario.objective;
    return json::object{{"name", scenario.name},
                        {"doc", scenario.doc},
                        {"seed", scenario.seed},
                        {"lasts_ms", scenario.lasts.count()},
                        {"warm_up_ms", scenario.warm_up.count()},
                        {"content", scenario.content},
                        {"crowds", crowds},
                        {"events", events},
                        {"objective",
                         {{"stalls", objective.stalls},
                          {"errors", objective.errors},
                          {"segment_time", objective.segment_time},
                          {"first_byte_p99_ms", objective.first_byte_p99.count()}}}};
}

Scenario scenario_from_json(Fields fields) {
    Scenario scenario;
    scenario.name = fields.text("name");
    scenario.doc = fields.text("doc");
    scenario.seed = fields.count("seed");
    scenario.lasts = fields.time("lasts_ms");
    scenario.warm_up = fields.time("warm_up_ms");
    scenario.content = fields.text("content");
    fields.each("crowds",
                [&](Fields crowd) { scenario.crowds.push_back(crowd_from_json(std::move(crowd))); });
    fields.each("events", [&](Fields event) {
        scenario.events.push_back(
            {event.time("at_ms"), event.one_of<Happening>("what", happening_names), event.time("lasts_ms")});
    });
    scenario.objective = objective_from_json(fields.object("objective"));
    return scenario;
}

}  // namespace outpost::bench
