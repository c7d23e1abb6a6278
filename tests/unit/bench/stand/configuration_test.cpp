#include "bench/stand/contestant.hpp"
#include "config/load.hpp"
#include "tests/unit/directory.hpp"

namespace outpost::bench {
namespace {

Site site_at(const std::filesystem::path& folder) {
    Site site;
    site.folder = folder;
    site.content = folder / "content";
    site.port = 12'001;
    site.admin_port = 12'002;
    site.origin_port = 12'003;
    site.cache = Bytes{1'000'000'000};
    return site;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("contestants have names, and names are contestants") {
    for (const auto each : {Contestant::outpost_library, Contestant::outpost_edge, Contestant::nginx_static,
                            Contestant::nginx_cache, Contestant::varnish, Contestant::floor})
        CHECK(contestant_of(name_of(each)) == each);
    CHECK(!contestant_of("apache"));
}

TEST_CASE("every edge keeps the same number of bytes and asks the same origin") {
    const Site site = site_at("/stand");
    const std::string outpost = outpost_configuration(site, true);
    CHECK(has(outpost, "size = \"1000000000B\""));
    CHECK(has(outpost, "url = \"http://127.0.0.1:12003\""));
    const std::string nginx = nginx_cache_configuration(site);
    CHECK(has(nginx, "max_size=1000000000 "));
    CHECK(has(nginx, "server 127.0.0.1:12003;"));
    CHECK(has(varnish_configuration(site), ".port = \"12003\""));
    CHECK(has(nginx_origin_configuration(site), "listen 127.0.0.1:12003 "));
}

TEST_CASE("with a certificate all that know TLS speak 1.3 with it, and the others say that they can't") {
    const TemporaryDirectory directory;
    Site site = site_at(directory.path());
    CHECK(has(outpost_configuration(site, false), "tls = false"));
    CHECK(!has(nginx_static_configuration(site), "ssl"));
    site.certificate = CertificateFiles{"/stand/chain", "/stand/key"};
    CHECK(has(outpost_configuration(site, false), "minimum = \"1.3\""));
    CHECK(has(nginx_static_configuration(site), "ssl_protocols TLSv1.3;"));
    CHECK(has(nginx_cache_configuration(site), "ssl_certificate \"/stand/chain\";"));
    CHECK(!has(nginx_origin_configuration(site), "ssl"));
    CHECK(!varnish_recipe(site).has_value());
    CHECK(!floor_recipe(site).has_value());
}

TEST_CASE("what Outpost is given is a configuration, with TLS and tokens too") {
    Site site = site_at("/stand");
    for (const bool more : {false, true}) {
        if (more) {
            site.certificate = CertificateFiles{"/stand/chain", "/stand/key"};
            site.token_key_folder = "/keys";
        }
        for (const bool edge : {false, true}) {
            const auto loaded = config::parse(outpost_configuration(site, edge), "/stand/outpost.toml");
            std::string wrong;
            for (const Problem& problem : loaded.problems) wrong += problem.line() + "\n";
            CHECK(wrong == "");
        }
    }
}

TEST_CASE("a name with a quote or a backslash stays one word of a configuration") {
    CHECK(in_quotes("/a \"b\"\\c") == R"("/a \"b\"\\c")");
}

TEST_CASE("a stand without content, or of a program that is not there, is a Problem") {
    const TemporaryDirectory directory;
    StandOptions options;
    options.folder = directory.path();
    options.content = directory / "content";
    options.outpost = directory / "outpost";
    CHECK(!start_stand(Contestant::floor, options, Cancellation{}).has_value());
    std::filesystem::create_directories(directory / "content" / "www");
    const auto started = start_stand(Contestant::outpost_edge, options, Cancellation{});
    REQUIRE(!started.has_value());
    CHECK(started.error().what == "the program is not there");
}

}  // namespace
}  // namespace outpost::bench
