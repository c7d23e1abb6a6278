#include "config/load.hpp"

#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hpp"

using namespace outpost;
using namespace outpost::config;
using namespace std::chrono_literals;

namespace {

// What all files here need, on lines after the ones that a case is about.
constexpr std::string_view listener = "\n[[listen]]\naddress = \"0.0.0.0:8080\"\n";

std::string lines_of(const Loaded& loaded) {
    std::vector<std::string> lines;
    for (const Problem& problem : loaded.problems) lines.push_back(problem.line());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

struct Case {
    std::string_view text;
    std::string_view wanted;  // all lines
};

void check_cases(std::initializer_list<Case> cases, std::string_view appended) {
    for (const Case& each : cases) {
        CAPTURE(each.text);
        const Loaded loaded = parse(std::string{each.text} + std::string{appended}, "o.toml");
        CHECK(lines_of(loaded) == each.wanted);
        CHECK_FALSE(loaded);
    }
}

// A directory that goes when the test does.
struct Scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("outpost-config-{}", ::getpid());
    Scratch() { std::filesystem::create_directories(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::filesystem::remove_all(path); }
    void write(const std::string& name, std::string_view text) const {
        REQUIRE(write_file_atomically(path / name, text).has_value());
    }
};

}  // namespace

TEST_CASE("a file with one listener is enough, and all else has its default") {
    const Loaded loaded = parse(listener, "o.toml");
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    const Settings& settings = *loaded.settings;
    REQUIRE(settings.listen.size() == 1);
    const ListenOptions& listen = *settings.listen.begin();
    CHECK(listen.address() == Address{"0.0.0.0", 8080});
    CHECK_FALSE(listen.tls());
    CHECK(settings.limits.idle() == 60s);
    CHECK(settings.limits.head_bytes() == 16_KiB);
    CHECK(settings.limits.send_rate_min() == 64_kbps);
    CHECK(settings.cors.origins() == std::vector<std::string>{"*"});
    CHECK(settings.admin.address() == Address{"127.0.0.1", 9090});
    CHECK(settings.tls.minimum() == TlsVersion::v1_2);
    CHECK_FALSE(settings.library.given());
    CHECK_FALSE(settings.limits.idle.given());
}

TEST_CASE("a file's values take the place of the defaults, each in its type") {
    const Loaded loaded = parse(R"toml(
[server]
threads = 8
drain = "1.5min"
name = "films (north)"
[[listen]]
address = "[::1]:8443"
tls = true
[[certificate]]
chain = "tls/chain.pem"
key = "/etc/key.pem"
names = ["a.example.org", "*.b.example.org"]
[tls]
minimum = "1.3"
[limits]
head_bytes = "8KB"
send_rate_min = "1.5Mbps"
[library]
directory = "../films"
[pages]
enabled = false
[access_log]
format = "combined"
)toml",
                                "/etc/outpost/o.toml");
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    const Settings& settings = *loaded.settings;
    CHECK(settings.server.threads() == 8);
    CHECK(settings.server.drain() == 90s);
    CHECK(settings.server.name() == "films (north)");
    CHECK(settings.listen.begin()->address() == Address{"::1", 8443});
    CHECK(settings.listen.begin()->tls());
    const CertificateOptions& certificate = *settings.certificate.begin();
    CHECK(certificate.chain() == "/etc/outpost/tls/chain.pem");
    CHECK(certificate.key() == "/etc/key.pem");
    CHECK(certificate.names() == std::vector<std::string>{"a.example.org", "*.b.example.org"});
    CHECK(settings.tls.minimum() == TlsVersion::v1_3);
    CHECK(settings.limits.head_bytes() == Bytes{8000});
    CHECK(settings.limits.send_rate_min() == 1500_kbps);
    CHECK(settings.library.given());
    CHECK(settings.library.directory() == "/etc/films");
    CHECK_FALSE(settings.pages.enabled());
    CHECK(settings.access_log.format() == AccessLogFormat::combined);
    const Milliseconds used_as_its_value = settings.server.drain;
    CHECK(used_as_its_value == 90s);
}

TEST_CASE("an unknown name is told with the nearest one that there is") {
    check_cases(
        {
            {"[limits]\nidel = \"3s\"\n", "o.toml:2:1: [limits] has no option \"idel\"; did you mean idle?"},
            {"[limits]\nIdle = \"3s\"\n", "o.toml:2:1: [limits] has no option \"Idle\"; did you mean idle?"},
            {"[pages]\nqqqqqqqqqqqq = 1\n",
             "o.toml:2:1: [pages] has no option \"qqqqqqqqqqqq\"; it has enabled"},
            {"[limit]\nidle = \"3s\"\n", "o.toml:1:2: there is no section \"limit\"; did you mean limits?"},
            {"[zzzzzzzzzzzz]\n",
             "o.toml:1:2: there is no section \"zzzzzzzzzzzz\"; `outpost config` prints all that there are"},
            {"[log]\nlevel = \"warn\"\n",
             "o.toml:2:9: level is \"warn\", not one of \"debug\", \"info\", \"warning\", \"error\"; did you "
             "mean \"warning\"?"},
            {"[tls]\nminimum = 1.2\n",
             "o.toml:2:11: minimum is a decimal number, not one of \"1.2\", \"1.3\"; write one of these, in "
             "quotes"},
            {"idle = \"3s\"\n", "o.toml:1:1: \"idle\" stands outside of any section; put it below [limits]"},
            {"frob = 1\n", "o.toml:1:1: \"frob\" stands outside of any section; put it below its [section]"},
        },
        listener);
}

TEST_CASE("a wrong type or unit is told with what was found and what to write") {
    check_cases(
        {
            {"[limits]\nidle = 60\n",
             "o.toml:2:8: idle is 60, not a time; write a number and one of ms s min h d, in quotes, such as "
             "\"1min\""},
            {"[limits]\nidle = \"12 parsecs\"\n",
             "o.toml:2:8: idle is \"12 parsecs\", not a time; write a number and one of ms s min h d, in "
             "quotes, such as \"1min\""},
            {"[limits]\nidle = 1979-05-27\n",
             "o.toml:2:8: idle is a date or time of day, not a time; write a number and one of ms s min h d, "
             "in quotes, such as \"1min\""},
            {"[limits]\nhead_bytes = \"16kb\"\n",
             "o.toml:2:14: head_bytes is \"16kb\", not a size; write a number and one of B KiB MiB GiB TiB "
             "KB "
             "MB GB TB, in quotes, such as \"16KiB\""},
            {"[limits]\nsend_rate_min = \"64kB\"\n",
             "o.toml:2:17: send_rate_min is \"64kB\", not a bit rate; write a number and one of bps kbps "
             "Mbps "
             "Gbps, in quotes, such as \"64kbps\""},
            {"[server]\nthreads = \"8\"\n",
             "o.toml:2:11: threads is \"8\", not a whole number; write a whole number without quotes, such "
             "as "
             "0"},
            {"[server]\nthreads = -1\n",
             "o.toml:2:11: threads is -1, not a whole number; write a whole number without quotes, such as "
             "0"},
            {"[pages]\nenabled = \"yes\"\n",
             "o.toml:2:11: enabled is \"yes\", not true or false; write true or false, without quotes"},
            {"[server]\nname = \"a\\r\\nSet-Cookie: b\"\n",
             "o.toml:2:8: name is \"a\\u000D\\u000ASet-Cookie: b\", not a line of text; write at most 255 "
             "printable ASCII characters in quotes, such as \"outpost\""},
            {"[cors]\norigins = \"*\"\n",
             "o.toml:2:11: origins is \"*\", not a list of texts; write at most 256 texts in square "
             "brackets, "
             "such as [\"*\"]"},
            {"[cors]\norigins = [1]\n",
             "o.toml:2:11: origins is a list of other things than texts, not a list of texts; write at most "
             "256 texts in square brackets, such as [\"*\"]"},
            {"[cors]\norigins = [\"*\", 1]\n",
             "o.toml:2:11: origins is a list of other things than texts, not a list of texts; write at most "
             "256 texts in square brackets, such as [\"*\"]"},
            {"[library]\ndirectory = \"a\\u0000b\"\n",
             "o.toml:2:13: directory is \"a\\u0000b\", not a path; write a path in quotes, such as "
             "\"library\""},
            {"[admin]\naddress = \"localhost:9090\"\n",
             "o.toml:2:11: address is \"localhost:9090\", not an IP address with a port; write an IPv4 "
             "address or an IPv6 address in square brackets, a colon and a port, such as "
             "\"127.0.0.1:9090\""},
            {"[limits.idle]\nx = 1\n",
             "o.toml:1:1: idle is a table, not a time; write a number and one of ms s min h d, in quotes, "
             "such as \"1min\""},
        },
        listener);
}

TEST_CASE("a value out of bounds is told with the bounds, which are themselves allowed") {
    check_cases(
        {
            {"[limits]\nidle = \"999ms\"\n", "o.toml:2:8: idle is \"999ms\", too little; it may be 1s to 1h"},
            {"[limits]\nidle = \"61min\"\n", "o.toml:2:8: idle is \"61min\", too much; it may be 1s to 1h"},
            {"[server]\nthreads = 257\n", "o.toml:2:11: threads is 257, too much; it may be 0 to 256"},
            {"[server]\nthreads = 4294967297\n",
             "o.toml:2:11: threads is 4294967297, too much; it may be 0 to 256"},
            {"[limits]\nhead_bytes = \"1GiB\"\n",
             "o.toml:2:14: head_bytes is \"1GiB\", too much; it may be 1KiB to 256KiB"},
            {"[limits]\nsend_rate_min = \"2Gbps\"\n",
             "o.toml:2:17: send_rate_min is \"2Gbps\", too much; it may be 0bps to 1Gbps"},
        },
        listener);
    for (const char* idle : {"1s", "1h"}) {
        const std::string text = fmt::format("[limits]\nidle = \"{}\"\n{}", idle, listener);
        const Loaded loaded = parse(text, "o.toml");
        CHECK_MESSAGE(loaded, lines_of(loaded));
    }
}

TEST_CASE("sections that repeat have two brackets, and the others one") {
    check_cases(
        {
            {"[listen]\naddress = \"0.0.0.0:8080\"\n",
             "o.toml:1:1: there is no listener, so nobody can connect; add [[listen]] with address = "
             "\"0.0.0.0:8080\"\n"
             "o.toml:1:2: [listen] is not written so; write [[listen]]"},
            {"[[limits]]\nidle = \"3s\"\n[[listen]]\naddress = \"0.0.0.0:1\"\n",
             "o.toml:1:1: [[limits]] is not written so; write [limits]"},
        },
        "");
}

TEST_CASE("a section tells which option it lacks") {
    check_cases(
        {
            {"[[certificate]]\nchain = \"c.pem\"\n",
             "o.toml:1:1: [[certificate]] lacks key; add key = \"key.pem\""},
            {"[library]\nrescan = \"3s\"\n",
             "o.toml:1:2: [library] lacks directory; add directory = \"library\""},
            {"[[listen]]\ntls = false\n",
             "o.toml:1:1: [[listen]] lacks address; add address = \"0.0.0.0:8080\""},
        },
        listener);
}

TEST_CASE("addresses that can't be listened on together are told") {
    check_cases(
        {
            {"",
             "o.toml:1:1: there is no listener, so nobody can connect; add [[listen]] with address = "
             "\"0.0.0.0:8080\""},
            {"[[listen]]\naddress = \"0.0.0.0:80\"\n[[listen]]\naddress = \"127.0.0.1:80\"\n",
             "o.toml:4:11: address 127.0.0.1:80 is taken by the [[listen]] of line 1, 0.0.0.0:80; choose "
             "another port"},
            {"[[listen]]\naddress = \"[::]:80\"\n[[listen]]\naddress = \"[0:0::0]:80\"\n",
             "o.toml:4:11: address [::]:80 is taken by the [[listen]] of line 1, [::]:80; choose another "
             "port"},
            {"[[listen]]\naddress = \"0.0.0.0:9090\"\n",
             "o.toml:2:11: the [[listen]] address 0.0.0.0:9090 and the [admin] address 127.0.0.1:9090 clash; "
             "choose another port for one of them"},
            {"[[listen]]\naddress = \"0.0.0.0:8080\"\n[admin]\naddress = \"0.0.0.0:8080\"\n",
             "o.toml:4:11: the [[listen]] address 0.0.0.0:8080 and the [admin] address 0.0.0.0:8080 clash; "
             "choose another port for one of them"},
            {"[[listen]]\naddress = \"0.0.0.0:443\"\ntls = true\n",
             "o.toml:3:7: a TLS listener needs a certificate and there is none; add [[certificate]] with "
             "chain and key"},
        },
        "");
}

TEST_CASE("an origin that no browser sends and a host name that is none are told") {
    check_cases(
        {
            {"[cors]\norigins = [\"*\", \"https://a.example/\", \"a.example\"]\n",
             "o.toml:2:11: \"https://a.example/\" is not an origin; write a scheme and a host, with nothing "
             "after "
             "them, such as \"https://player.example.org\", or \"*\"\n"
             "o.toml:2:11: \"a.example\" is not an origin; write a scheme and a host, with nothing after "
             "them, such "
             "as \"https://player.example.org\", or \"*\""},
            {"[[certificate]]\nchain = \"c\"\nkey = \"k\"\nnames = [\"*.a.example\", "
             "\"https://a.example\"]\n",
             "o.toml:4:9: \"https://a.example\" is not a host name; write one such as \"cdn.example.org\" or "
             "\"*.example.org\""},
        },
        listener);
}

TEST_CASE("IPv4 and IPv6 share a port, and port 0 clashes with nothing") {
    for (const char* pair : {"0.0.0.0:80 [::]:80", "127.0.0.1:80 127.0.0.2:80", "127.0.0.1:0 127.0.0.1:0"}) {
        const std::string_view both{pair};
        const auto blank = both.find(' ');
        const std::string text = fmt::format("[[listen]]\naddress = \"{}\"\n[[listen]]\naddress = \"{}\"\n",
                                             both.substr(0, blank), both.substr(blank + 1));
        const Loaded loaded = parse(text, "o.toml");
        CHECK_MESSAGE(loaded, lines_of(loaded));
    }
}

TEST_CASE("all that is wrong with a file is told at once, in the order of its lines") {
    const Loaded loaded = parse(
        "stray = 1\n"
        "[server]\n"
        "threads = 1000\n"
        "nmae = \"x\"\n"
        "[[listen]]\n"
        "address = \"here\"\n"
        "tls = true\n"
        "[library]\n"
        "[limts]\n"
        "idle = 3\n",
        "dir/o.toml");
    CHECK(lines_of(loaded) ==
          "dir/o.toml:1:1: \"stray\" stands outside of any section; put it below its [section]\n"
          "dir/o.toml:3:11: threads is 1000, too much; it may be 0 to 256\n"
          "dir/o.toml:4:1: [server] has no option \"nmae\"; did you mean name?\n"
          "dir/o.toml:6:11: address is \"here\", not an IP address with a port; write an IPv4 address or an "
          "IPv6 address in square brackets, a colon and a port, such as \"0.0.0.0:8080\"\n"
          "dir/o.toml:7:7: a TLS listener needs a certificate and there is none; add [[certificate]] with "
          "chain and key\n"
          "dir/o.toml:8:2: [library] lacks directory; add directory = \"library\"\n"
          "dir/o.toml:9:2: there is no section \"limts\"; did you mean limits?");
}

TEST_CASE("what is no TOML is told with its place") {
    for (const auto& [text, place] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"[limits\n", "o.toml:1:8"},
             {"[limits]\nidle = \n", "o.toml:2:8"},
             {"[limits]\nidle = \"3s\"\nidle = \"4s\"\n", "o.toml:3:"},
             {"[limits]\n[limits]\n", "o.toml:2:"},
             {"[limits]\nidle = \"\xFF\"\n", "o.toml:2:"},
             {std::string_view{"\0", 1}, "o.toml:1:1"},
             {"[server]\r\nname = \n", "o.toml:2:8"}}) {
        CAPTURE(text);
        const Loaded loaded = parse(text, "o.toml");
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems[0].where.starts_with(place));
        CHECK(loaded.problems[0].what.starts_with("not TOML: "));
    }
}

TEST_CASE("a file too large or too deep is refused before it is parsed") {
    CHECK(lines_of(parse(std::string((1 << 20) + 1, '\n'), "o.toml")) ==
          "o.toml:1:1: the file is larger than 1MiB; is it the right file?");
    std::string deep = "[a";
    for (int i = 0; i < 400'000; ++i) deep += ".a";
    CHECK(lines_of(parse(deep + "]\n", "o.toml")) ==
          "o.toml:1:35: a name is nested too deeply; write [section] and option = value");
    const Loaded nested = parse("[server]\nx = " + std::string(100'000, '['), "o.toml");
    REQUIRE(nested.problems.size() == 1);
    CHECK(nested.problems[0].where.starts_with("o.toml:2:"));
}

TEST_CASE("dots in strings and comments are no nesting, and text there may be in any language") {
    const std::string odd = std::string(40, '.') + "\u00e9\u0260";
    const Loaded loaded =
        parse("# " + odd + "\n[access_log]\npath = \"\\\"" + odd + "\" # \"\n[library]\ndirectory = '" + odd +
                  "'\n[cors]\norigins = [\"http://" + std::string(40, '.') + "\"]" + std::string{listener},
              "o.toml");
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    CHECK(loaded.settings->library.directory() == odd);
}

TEST_CASE("what the TOML library can't be trusted with is refused first") {
    const std::string several = "a text of several lines; no option is one: write it on one line in \" marks";
    const std::string foreign = "not TOML: a character that is not printable ASCII outside of quotes";
    for (const auto& [text, wanted] : std::initializer_list<std::pair<std::string_view, std::string>>{
             {"[server]\nname = \"\"\"x\"\"\"\n", "o.toml:2:8: " + several},
             {"[server]\nname = '''x'''\n", "o.toml:2:8: " + several},
             {"[server]\nna\u0260me = \"x\"\n", "o.toml:2:3: " + foreign},
             {"[server]\nname = \"\u00e9\"\u0260\n", "o.toml:2:11: " + foreign},
             {"x = 1\"\u0260\"", "o.toml:1:7: " + foreign},
             {"\xcc\xaa", "o.toml:1:1: " + foreign},
             {"\xaa", "o.toml:1:1: " + foreign},
             {"[server]\n\x12", "o.toml:2:1: " + foreign},
             {"\n  [&", "o.toml:2:3: not TOML: a header without a name; write [section]"},
             {"x = {a = 1}\n",
              "o.toml:1:5: a table in braces; no option is one: write [section] and option = value"},
             {"x = [1, }",
              "o.toml:1:9: a table in braces; no option is one: write [section] and option = value"},
             {"[[ ]]", "o.toml:1:1: not TOML: a header without a name; write [section]"},
             {"[", "o.toml:1:1: not TOML: a header without a name; write [section]"}}) {
        CAPTURE(text);
        CHECK(lines_of(parse(text, "o.toml")) == wanted);
    }
}

TEST_CASE("line ends of Windows and its editors' mark at the front are no problem") {
    const Loaded loaded = parse("\xEF\xBB\xBF[[listen]]\r\naddress = \"0.0.0.0:8080\"\r\n", "o.toml");
    CHECK_MESSAGE(loaded, lines_of(loaded));
}

TEST_CASE("a problem never repeats more of a value than a line can hold") {
    const Loaded loaded =
        parse("[limits]\nidle = \"" + std::string(100'000, 'x') + "\"\n" + std::string{listener}, "o.toml");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems[0].line().size() < 300);
}

TEST_CASE("no more than 256 sections of a name and 100 problems are taken") {
    std::string text;
    for (int i = 0; i < 300; ++i) text += fmt::format("[[listen]]\naddress = \"127.0.0.1:{}\"\n", 1000 + i);
    const Loaded crowded = parse(text, "o.toml");
    REQUIRE(crowded.problems.size() == 44);
    CHECK(crowded.problems[0].line() == "o.toml:513:1: more than 256 [[listen]]; remove some");

    std::string wrong = "[server]\n";
    for (int i = 0; i < 300; ++i) wrong += fmt::format("x{} = 1\n", i);
    CHECK(parse(wrong, "o.toml").problems.size() == 100);
}

TEST_CASE(
    "load tells which of the files that it names can't be read, and takes them from its own directory") {
    const Scratch scratch;
    scratch.write("o.toml",
                  "[[listen]]\naddress = \"127.0.0.1:8443\"\ntls = true\n"
                  "[[certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n"
                  "[library]\ndirectory = \"films\"\n");
    const std::string o = (scratch.path / "o.toml").string();
    const auto at = [&](const char* name) { return (scratch.path / name).string(); };
    CHECK(lines_of(load(o)) ==
          fmt::format("{0}:5:9: {1} can't be read: No such file or directory; create it or correct the path, "
                      "which counts from this file's directory\n"
                      "{0}:6:7: {2} can't be read: No such file or directory; create it or correct the path, "
                      "which counts from this file's directory\n"
                      "{0}:8:13: {3} can't be read: No such file or directory; create it or correct the "
                      "path, which counts from this file's directory",
                      o, at("chain.pem"), at("key.pem"), at("films")));

    scratch.write("films", "");
    std::filesystem::create_directory(scratch.path / "chain.pem");
    scratch.write("key.pem", "");
    CHECK(lines_of(load(o)) ==
          fmt::format("{0}:5:9: {1} is a directory; name a file\n"
                      "{0}:8:13: {2} is not a directory; name the directory that holds the films",
                      o, at("chain.pem"), at("films")));

    std::filesystem::remove_all(scratch.path / "chain.pem");
    scratch.write("chain.pem", "");
    std::filesystem::remove(scratch.path / "films");
    std::filesystem::create_directory(scratch.path / "films");
    const Loaded loaded = load(o);
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    CHECK(loaded.settings->library.directory() == scratch.path / "films");
}

TEST_CASE("an access log needs a directory that it can be written to, unless there is none") {
    const Scratch scratch;
    const auto with_log = [&](std::string_view format) {
        scratch.write("o.toml", fmt::format("[access_log]\nformat = \"{}\"\npath = \"logs/access.log\"\n{}",
                                            format, listener));
        return lines_of(load(scratch.path / "o.toml"));
    };
    CHECK(with_log("json") ==
          fmt::format(
              "{0}/o.toml:3:8: {0}/logs can't be written to: No such file or directory; create it, and let "
              "the user that outpost runs as write there",
              scratch.path.string()));
    CHECK(with_log("off") == "");
    std::filesystem::create_directory(scratch.path / "logs");
    CHECK(with_log("json") == "");
}

TEST_CASE("a configuration file that isn't there is one problem") {
    CHECK(lines_of(load("/nonexistent/o.toml")) ==
          "/nonexistent/o.toml: can't be opened: No such file or directory");
}
