#include "server/node_auth_rules.hpp"

#include "base/network.hpp"

namespace outpost::server {
namespace {

// Every text has passed config/rules_auth.cpp; one that had not would demand what no request can give.
auth::Rule rule_of(const config::AccessOptions& a) {
    auth::Rule rule;
    switch (a.let()) {
        case config::AccessLet::tokens: rule.let = auth::Rule::Let::tokens; break;
        case config::AccessLet::anybody: rule.let = auth::Rule::Let::anybody; break;
        case config::AccessLet::nobody: rule.let = auth::Rule::Let::nobody; break;
    }
    for (const std::string& name : a.formats()) {
        if (const auto format = auth::parse_format(name))
            rule.formats[static_cast<std::size_t>(*format)] = true;
    }
    for (const std::string& name : a.places()) {
        if (const auto place = auth::parse_place(name)) rule.places[static_cast<std::size_t>(*place)] = true;
    }
    rule.keys = a.keys();
    for (const std::string& text : a.claims()) {
        auto requirement = auth::parse_requirement(text);
        rule.required.push_back(requirement ? std::move(*requirement) : auth::Requirement{});
    }
    rule.methods = a.methods();
    for (const std::string& text : a.networks())
        rule.networks.push_back(parse_network(text).value_or(Network{}));
    for (const std::string& text : a.open())
        rule.open.push_back(parse_time_window(text).value_or(TimeWindow{}));
    rule.cap = {a.max_height(), a.max_bandwidth()};
    rule.device_certificate = a.device_certificate();
    return rule;
}

AccessRule access_rule_of(const config::AccessOptions& a) {
    using Query = manifest::ViewOptions::Query;
    AccessRule made;
    made.match = {a.host(), a.prefix(), a.suffix(), a.pattern()};
    made.rule = rule_of(a);
    made.limits = {a.streams(),           a.device_streams(),   a.token_requests(),
                   a.token_connections(), a.address_requests(), a.address_connections()};
    made.height = a.height();
    switch (a.query_tokens()) {
        case config::QueryTokens::rewrite: made.query = Query::append; break;
        case config::QueryTokens::define: made.query = Query::define; break;
        case config::QueryTokens::plain: made.query = Query::none; break;
    }
    return made;
}

}  // namespace

AdmissionOptions admission_options(const config::Settings& s) {
    AdmissionOptions options;
    for (const config::AccessOptions& access : s.access) options.rules.push_back(access_rule_of(access));
    options.refuse_otherwise = s.auth.otherwise() == config::Otherwise::refuse;
    options.audience = s.auth.audience();
    options.leeway = std::chrono::ceil<Seconds>(s.auth.leeway());
    options.token_bytes = s.auth.token_bytes().count();
    options.remembered = s.auth.remembered();
    options.renewal_key = s.auth.renewal_key();
    options.lease = s.auth.lease();
    options.by_session = s.auth.stream_by() == config::StreamBy::session;
    options.burst = s.auth.burst();
    options.limited = s.auth.limited();
    return options;
}

}  // namespace outpost::server
