#include "server/commands/commands.hpp"

#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hpp"
#include "server/commands/check.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

std::string unknown_in(std::vector<const char*> words) {
    CLI::App app{"", "outpost"};
    int status = 0;
    add_check(app, status);
    add_config(app, status);
    words.insert(words.begin(), "outpost");
    return unknown_command(app, static_cast<int>(words.size()), words.data());
}

struct Scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("outpost-check-{}", ::getpid());
    Scratch() { std::filesystem::create_directories(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a command that there isn't is answered with the nearest that there is") {
    CHECK(unknown_in({"chekc"}) == "there is no command \"chekc\"; did you mean check?");
    CHECK(unknown_in({"conf"}) == "there is no command \"conf\"; did you mean config?");
    CHECK(unknown_in({"quux-frobnicate"}) == "there is no command \"quux-frobnicate\"; see outpost --help");
    CHECK(unknown_in({"check"}) == "");
    CHECK(unknown_in({"--version"}) == "");
    CHECK(unknown_in({}) == "");
}

TEST_CASE("check says what a file makes of this node") {
    const Scratch scratch;
    const std::string file = (scratch.path / "o.toml").string();
    REQUIRE(
        write_file_atomically(file, "[[listen]]\naddress = \"127.0.0.1:0\"\n[library]\ndirectory = \".\"\n")
            .has_value());
    const CheckReport report = check_file(file, false);
    CHECK(report.good);
    CHECK(fmt::format("{}", fmt::join(report.lines, "\n")) ==
          fmt::format("{}: no problem found\n"
                      "this node serves the films of {}/; serves the pages\n"
                      "listens on http://127.0.0.1:0\n"
                      "listens on http://127.0.0.1:9090 for operators",
                      file, scratch.path.string()));
}

TEST_CASE("check says what an edge fetches from and keeps, and which secret others may read") {
    const Scratch scratch;
    const std::string file = (scratch.path / "o.toml").string();
    const std::string secret = (scratch.path / "secret").string();
    REQUIRE(write_file_atomically(secret, "s").has_value());
    REQUIRE(
        write_file_atomically(file,
                              "[[listen]]\naddress = \"127.0.0.1:0\"\n[edge]\n[[pool]]\nname = \"main\"\n"
                              "[[origin]]\nurl = \"https://a\"\ns3_bucket = \"films\"\ns3_key = \"k\"\n"
                              "s3_secret_file = \"secret\"\n[[disk]]\ndirectory = \".\"\nsize = \"64MiB\"\n")
            .has_value());
    using std::filesystem::perms;
    std::filesystem::permissions(secret, perms::owner_read | perms::group_read);
    const CheckReport report = check_file(file, false);
    CHECK(report.good);
    CHECK(fmt::format("{}", fmt::join(report.lines, "\n")) ==
          fmt::format(
              "{0}: no problem found\n"
              "this node fetches from 1 origin in 1 pool and keeps 64MiB on 1 disk and 512MiB in memory\n"
              "listens on http://127.0.0.1:0\n"
              "listens on http://127.0.0.1:9090 for operators\n"
              "{0}:10:18: {1} may be read by others than its owner; chmod 600 {1}",
              file, secret));
    std::filesystem::permissions(secret, perms::owner_read);
    CHECK(check_file(file, false).lines.size() == 4);
}

TEST_CASE("check tells every problem, and a port that can't be had at its place in the file") {
    const Scratch scratch;
    const std::string file = (scratch.path / "o.toml").string();
    REQUIRE(write_file_atomically(file, "[pages]\nenabled = 1\n").has_value());
    const CheckReport wrong = check_file(file, true);
    CHECK_FALSE(wrong.good);
    CHECK(wrong.lines.size() == 2);

    REQUIRE(write_file_atomically(
                file, "[[listen]]\naddress = \"192.0.2.1:8080\"\n[admin]\naddress = \"127.0.0.1:0\"\n")
                .has_value());
    const CheckReport elsewhere = check_file(file, true);
    CHECK_FALSE(elsewhere.good);
    REQUIRE(elsewhere.lines.size() == 1);
    CHECK(elsewhere.lines[0] == file +
                                    ":2:11: this machine has no address 192.0.2.1; choose one that `ip "
                                    "address` lists, or 0.0.0.0 for all");
    CHECK(check_file(file, false).good);
}
