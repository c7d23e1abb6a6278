// Whatever an operator or another edge sends: a revocation that is taken is whole, and comes back out of its
// payload as it went in.
#include "auth/revocation.hpp"

#include <cstdlib>

namespace {

using namespace outpost;
using namespace outpost::auth;

constexpr WallTime now{std::chrono::hours{500'000}};

void require(bool holds) {
    if (!holds) std::abort();
}

void check(std::vector<Revocation> revocations) {
    for (Revocation& revocation : revocations) {
        require(!revocation.value.empty() && revocation.value.size() <= most_revocation_value);
        if (revocation.id.empty()) revocation.id = "1";
    }
    std::vector<Revocation> again;
    for (const std::string& payload : to_payloads(revocations)) {
        require(payload.size() <= most_revocation_payload);
        const auto parsed = parse_revocations(payload);
        require(parsed.has_value());
        again.insert(again.end(), parsed->begin(), parsed->end());
    }
    require(again == revocations);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto revocation = parse_revocation_request(text, now)) {
        require(revocation->until > now && revocation->until <= now + most_revocation_time);
        check({*revocation});
    }
    if (const auto revocations = parse_revocations(text)) check(*revocations);
    return 0;
}
