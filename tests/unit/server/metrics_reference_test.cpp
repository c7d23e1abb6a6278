#include <doctest/doctest.h>

#include "base/file.hpp"
#include "base/metrics.hpp"
#include "server/admission/access_measures.hpp"
#include "server/admission/measures.hpp"
#include "server/measures.hpp"

using namespace outpost;

TEST_CASE("docs/metrics.md is what the registry says") {
    server::measures::count_reply(200);  // ties the server's metrics to this program, and those of admission
    static_cast<void>(server::measures::refused(auth::Reason::missing));
    CHECK(server::measures::revocations_in_force.name() == "outpost_revocations");
    const auto page = read_file(std::filesystem::path{OUTPOST_SOURCE_DIR} / "docs" / "metrics.md", 1_MiB);
    REQUIRE(page.has_value());
    CHECK_MESSAGE(*page == metrics::reference_markdown(),
                  "run: build/release/outpost config --metrics > docs/metrics.md");
}
