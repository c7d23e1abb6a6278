#include "server/admission/measures.hpp"

namespace outpost::server::measures {
namespace {

constexpr auto heard = "outpost_revocations_heard_total";
constexpr auto heard_doc = "Revocations that other edges told, by what became of them.";
constexpr auto shared = "outpost_limits_shared_total";
constexpr auto shared_doc =
    "Counts of requests and leases of streams that edges tell each other, by what became of them: told and "
    "heard; lost, as Redis was away; stale, as clocks differ or they came too late; unreadable (whole "
    "entries).";

}  // namespace

metrics::Gauge revocations_in_force{"outpost_revocations", "Revocations in force on this edge."};
metrics::Counter revocations_applied{heard, heard_doc, R"(result="applied")"};
metrics::Counter revocations_known{heard, heard_doc, R"(result="known")"};
metrics::Counter revocations_full{heard, heard_doc, R"(result="full")"};
metrics::Counter revocations_expired{heard, heard_doc, R"(result="expired")"};
metrics::Counter revocations_unreadable{heard, heard_doc, R"(result="unreadable")"};
metrics::Counter revocations_repeated{
    "outpost_revocations_repeated_total",
    "Revocations told to the other edges once more, as one of them did not know the same."};
metrics::Counter revocation_writes_failed{"outpost_revocation_writes_failed_total",
                                          "Times that revocations could not be written to the disk."};
redis::RedisStreamMeasures revocation_stream{R"(stream="revocations")"};
redis::RedisStreamMeasures limit_stream{R"(stream="limits")"};
metrics::Counter limits_told{shared, shared_doc, R"(result="told")"};
metrics::Counter limits_heard{shared, shared_doc, R"(result="heard")"};
metrics::Counter limits_lost{shared, shared_doc, R"(result="lost")"};
metrics::Counter limits_stale{shared, shared_doc, R"(result="stale")"};
metrics::Counter limits_unreadable{shared, shared_doc, R"(result="unreadable")"};

}  // namespace outpost::server::measures
