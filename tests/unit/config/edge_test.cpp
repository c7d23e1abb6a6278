// The sections of an edge: their defaults and the rules that hold between them.
#include <filesystem>
#include <unistd.h>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hpp"
#include "config/load.hpp"

using namespace outpost;
using namespace outpost::config;
using namespace std::chrono_literals;

namespace {

// The least that makes an edge, without the line break before which a case goes on.
constexpr std::string_view edge =
    "[[listen]]\naddress = \"0.0.0.0:8080\"\n[edge]\n"  // lines 1 to 3
    "[[pool]]\nname = \"main\"\n"                       // 4 and 5
    "[[origin]]\nurl = \"http://origin.example\"\n";    // 6 and 7; what is appended begins at line 8

std::string lines_of(const Loaded& loaded) {
    std::vector<std::string> lines;
    for (const Problem& problem : loaded.problems) lines.push_back(problem.line());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

Loaded parse_edge_with(std::string_view appended) { return parse(fmt::format("{}{}", edge, appended), "o"); }

std::string problems_with(std::string_view appended) { return lines_of(parse_edge_with(appended)); }

struct Case {
    std::string_view appended;
    std::string_view wanted;
};

void check_cases(std::initializer_list<Case> cases) {
    for (const Case& each : cases) {
        CAPTURE(each.appended);
        CHECK(problems_with(each.appended) == each.wanted);
    }
}

struct Scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("outpost-edge-{}", ::getpid());
    Scratch() { std::filesystem::create_directories(path); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { std::filesystem::remove_all(path); }
    void write(const std::string& name, std::string_view text) const {
        REQUIRE(write_file_atomically(path / name, text).has_value());
    }
    // What load() says of an edge with that appended, each line without the file's name.
    [[nodiscard]] std::string problems_with(std::string_view appended) const {
        write("o", fmt::format("{}{}", edge, appended));
        std::vector<std::string> lines;
        for (const Problem& problem : load(path / "o").problems)
            lines.push_back(problem.line().substr((path / "o").string().size() + 1));
        return fmt::format("{}", fmt::join(lines, "\n"));
    }
};

}  // namespace

TEST_CASE("an edge needs one pool with one origin, and all else has its default") {
    const Loaded loaded = parse(edge, "o");
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    const Settings& s = *loaded.settings;
    CHECK(s.edge.given());
    CHECK(s.edge.name() == "outpost");
    CHECK(s.edge.waiters() == 20000);
    CHECK(s.edge.wait() == 7s);
    CHECK(s.edge.after_wait() == AfterWait::refuse);
    CHECK(s.edge.abandoned() == 16_MiB);
    REQUIRE(s.pool.size() == 1);
    const PoolOptions& pool = *s.pool.begin();
    CHECK(pool.balance() == Balance::hash);
    CHECK(pool.load_bound() == 125);
    CHECK(pool.whole_timeout() == 5min);
    CHECK(pool.health_path().empty());
    CHECK(pool.redirects() == Redirects::pass);
    REQUIRE(s.origin.size() == 1);
    const OriginOptions& origin = *s.origin.begin();
    CHECK(origin.pool() == "main");
    CHECK(origin.url() == "http://origin.example");
    CHECK(origin.ca().empty());
    CHECK(origin.verify());
    CHECK(origin.s3_path_style());
    CHECK(s.route.empty());
    CHECK(s.cache.memory() == 512_MiB);
    CHECK(s.cache.scrub_rate() == 40_Mbps);
    CHECK(s.disk.empty());
    CHECK_FALSE(s.redis.given());
    CHECK_FALSE(s.library.given());
}

TEST_CASE("an edge's values take the place of the defaults, each in its type") {
    constexpr std::string_view more = R"toml(
[[pool]]
name = "archive"
balance = "weighted"
redirects = "follow"
health_path = "/healthz?deep"
host = "films.example:8080"
[[origin]]
pool = "archive"
url = "https://s3.example/root"
backup = true
verify = true
ca = "ca.pem"
server_name = "s3.example"
s3_bucket = "films"
s3_key = "AK/ID"
s3_secret_file = "secret"
s3_path_style = false
[[route]]
host = "a.example"
prefix = "/live/"
suffix = ".m3u8"
pattern = "/live/*/**.m3u8"
pool = "archive"
cache = "pin"
ttl = "6s"
ttl_max = "6s"
query = ["a", "b"]
[[route]]
query = []
[[disk]]
directory = "cache"
size = "64MiB"
[redis]
url = "redis://edge@redis.example/1"
password_file = "password"
)toml";
    const Loaded loaded = parse(fmt::format("{}{}", edge, more), "/etc/outpost/o.toml");
    REQUIRE_MESSAGE(loaded, lines_of(loaded));
    const Settings& s = *loaded.settings;
    const OriginOptions& origin = *std::next(s.origin.begin());
    CHECK(origin.backup());
    CHECK(origin.ca() == "/etc/outpost/ca.pem");
    CHECK(origin.s3_secret_file() == "/etc/outpost/secret");
    const RouteOptions& route = *s.route.begin();
    CHECK(route.cache() == RouteCache::pin);
    CHECK(route.query() == std::vector<std::string>{"a", "b"});
    CHECK(std::next(s.route.begin())->query().empty());
    CHECK(s.disk.begin()->directory() == "/etc/outpost/cache");
    CHECK(s.disk.begin()->size() == 64_MiB);
    CHECK(s.redis.password_file() == "/etc/outpost/password");
}

TEST_CASE("an empty path is none where none is the default, and nothing elsewhere") {
    CHECK(problems_with("ca = \"\"\ns3_secret_file = \"\"\n") == "");
    CHECK(problems_with("[access_log]\npath = \"\"\n") ==
          "o:9:8: path is \"\", not a path; write a path in quotes, such as \"-\"");
    CHECK(problems_with("[[disk]]\ndirectory = \"\"\nsize = \"1GiB\"\n") ==
          "o:9:13: directory is \"\", not a path; write a path in quotes, such as \"/srv/cache1\"");
}

TEST_CASE("the pages stay off on an edge unless the file turns them on") {
    CHECK_FALSE(serves_pages(*parse_edge_with("").settings));
    CHECK(serves_pages(*parse_edge_with("[pages]\nenabled = true\n").settings));
    CHECK_FALSE(serves_pages(*parse_edge_with("[pages]\nenabled = false\n").settings));
    const auto pages = [](std::string_view text) { return serves_pages(*parse(text, "o").settings); };
    CHECK(pages("[[listen]]\naddress = \"0.0.0.0:8080\"\n"));
    CHECK_FALSE(pages("[[listen]]\naddress = \"0.0.0.0:8080\"\n[pages]\nenabled = false\n"));
}

TEST_CASE("what only an edge has is a problem without one, told once for each section") {
    const Loaded loaded = parse(
        "[[listen]]\naddress = \"0.0.0.0:8080\"\n"
        "[[pool]]\nname = \"!\"\n[[pool]]\nname = \"!\"\n[[origin]]\nurl = \"http://a\"\n[[route]]\n"
        "[cache]\nmemory = \"1GiB\"\n[[disk]]\ndirectory = \"a\"\nsize = \"1GiB\"\n[redis]\nurl = "
        "\"redis://a\"\n",
        "o");
    CHECK(lines_of(loaded) ==
          "o:3:1: [[pool]] is for an edge, and there is no [edge]; add [edge], or remove [[pool]]\n"
          "o:7:1: [[origin]] is for an edge, and there is no [edge]; add [edge], or remove [[origin]]\n"
          "o:9:1: [[route]] is for an edge, and there is no [edge]; add [edge], or remove [[route]]\n"
          "o:10:2: [cache] is for an edge, and there is no [edge]; add [edge], or remove [cache]\n"
          "o:12:1: [[disk]] is for an edge, and there is no [edge]; add [edge], or remove [[disk]]\n"
          "o:15:2: [redis] is for an edge, and there is no [edge]; add [edge], or remove [redis]");
}

TEST_CASE("an edge without a pool, and a pool without an origin, are told") {
    const auto problems = [](const std::string& text) {
        return lines_of(parse("[[listen]]\naddress = \"0.0.0.0:8080\"\n" + text, "o"));
    };
    const std::string wanted =
        "o:3:2: an edge needs a [[pool]] with an [[origin]]; add [[pool]] with name = \"main\", and "
        "[[origin]] with url = \"http://127.0.0.1:9000\"";
    CHECK(problems("[edge]\n") == wanted);
    CHECK(problems("[edge]\n[[origin]]\nurl = \"http://a\"\n[[route]]\npool = \"b\"\n") == wanted);
    CHECK(problems("[edge]\n[[pool]]\nname = \"a\"\n") ==
          "o:4:1: pool \"a\" has no origin; add [[origin]] with pool = \"a\" and a url");
    CHECK(problems("[edge]\n[[pool]]\nname = \"video\"\n[[origin]]\nurl = \"http://a\"\n") ==
          "o:6:1: [[origin]] names no pool, and none is called \"main\"; add pool = \"video\"");
    CHECK(problems("[edge]\n[[pool]]\n[[origin]]\nurl = \"http://a\"\n") ==
          "o:4:1: [[pool]] lacks name; add name = \"main\"");
}

TEST_CASE("an edge's name is one that every header can hold") {
    const auto named = [](std::string_view name) {
        return lines_of(parse("[edge]\nname = \"" + std::string{name} + "\"\n[[pool]]\nname = \"main\"\n" +
                                  "[[origin]]\nurl = \"http://a\"\n[[listen]]\naddress = \"0.0.0.0:80\"\n",
                              "o"));
    };
    for (const char* good : {"a", "Edge-1.north_2"}) CHECK(named(good) == "");
    for (const char* bad : {"", "1a", "-a", "a b", "a;b", "a,b", "a/b", "*"}) {
        CAPTURE(bad);
        CHECK(named(bad) == fmt::format("o:2:8: name is \"{}\", which other caches could not read; write a "
                                        "letter, then letters, digits, - . or _, such as \"outpost\"",
                                        bad));
    }
}

TEST_CASE("pools have names of their own, and what belongs to one finds it") {
    check_cases({
        {"[[pool]]\nname = \"main\"\n",
         "o:9:8: name \"main\" is taken by the [[pool]] of line 4; choose another"},
        {"[[pool]]\nname = \"a b\"\n[[origin]]\npool = \"a b\"\nurl = \"http://a\"\n",
         "o:9:8: name is \"a b\", not a name; write letters, digits, - . and _, such as \"main\""},
        {"[[origin]]\npool = \"mian\"\nurl = \"http://b\"\n",
         "o:9:8: no [[pool]] has the name \"mian\"; did you mean \"main\"?"},
        {"[[route]]\npool = \"Main\"\n", "o:9:8: no [[pool]] has the name \"Main\"; did you mean \"main\"?"},
        {"[[route]]\npool = \"archive\"\n", "o:9:8: no [[pool]] has the name \"archive\"; there is main"},
        // The pool's origin may be the one that is misspelt: one line, not two.
        {"[[pool]]\nname = \"archive\"\n[[origin]]\npool = \"archiv\"\nurl = \"http://b\"\n",
         "o:11:8: no [[pool]] has the name \"archiv\"; did you mean \"archive\"?"},
    });
}

TEST_CASE("a pool's host and health path look like such") {
    const auto with = [](std::string_view line) {
        return lines_of(
            parse("[[pool]]\nname = \"main\"\n" + std::string{line} +
                      "\n[edge]\n[[origin]]\nurl = \"http://a\"\n[[listen]]\naddress = \"0.0.0.0:80\"\n",
                  "o"));
    };
    for (const char* good : {"host = \"\"", "host = \"a.example\"", "host = \"a.example:8080\"",
                             "host = \"[::1]:80\"", "health_path = \"/\"", "health_path = \"/h?a=b\""})
        CHECK(with(good) == "");
    for (const char* bad : {"http://a", "a/b", "a:0", "a b", "a:b"}) {
        CHECK(with(fmt::format("host = \"{}\"", bad)) ==
              fmt::format("o:3:8: host is \"{}\", not a host; write a name and perhaps a port, such as "
                          "\"films.example.org\"",
                          bad));
    }
    for (const char* bad : {"healthz", "http://a/", "/a b", "/#a"}) {
        CHECK(with(fmt::format("health_path = \"{}\"", bad)) ==
              fmt::format("o:3:15: health_path is \"{}\", not a path; write one that begins with /, such as "
                          "\"/healthz\"",
                          bad));
    }
}

TEST_CASE("an origin's URL is http or https, a host, a port and a path, and nothing more") {
    for (const char* good : {"http://a", "https://a.example:8443", "http://[::1]:80/",
                             "http://192.0.2.1/a/b%20c", "http://origin_1/a;b=1/@x/"}) {
        CAPTURE(good);
        CHECK(problems_with(fmt::format("[[origin]]\nurl = \"{}\"\n", good)) == "");
    }
    for (const char* bad :
         {"", "a.example", "ftp://a", "HTTP//a", "http://", "http://a:0", "http://a:65536", "http://a/?b",
          "http://a/#b", "http://a b", "http://a/b c", "http://a/%zz", "s3://films", "http://::1/"}) {
        CAPTURE(bad);
        CHECK(problems_with(fmt::format("[[origin]]\nurl = \"{}\"\n", bad)) ==
              fmt::format(
                  "o:9:7: url is \"{}\", not that of an origin; write http:// or https://, a host, perhaps a "
                  "port and a path, and nothing after it, such as \"http://127.0.0.1:9000\"",
                  bad));
    }
}

TEST_CASE("no message repeats a password that stands in a URL") {
    check_cases({
        {"[[origin]]\nurl = \"http://user:secret@a\"\n",
         "o:9:7: url holds a user name or a password, which origins are not sent; remove all between // and "
         "the "
         "host"},
        {"[[origin]]\nurl = \"http://user:secret@a?b\"\n",
         "o:9:7: url is \"http://…@a?b\", not that of an origin; write http:// or https://, a host, perhaps "
         "a port "
         "and a path, and nothing after it, such as \"http://127.0.0.1:9000\""},
        {"[redis]\nurl = \"http://:secret@a\"\n",
         "o:9:7: url is \"http://…@a\", not that of a Redis; write "
         "redis://[user:password@]host[:port][/database], such as \"redis://127.0.0.1:6379\""},
    });
}

TEST_CASE("what is for https is told where url is http, and a ca that nothing looks at") {
    check_cases({
        {"ca = \"ca.pem\"\n", "o:8:6: ca is for https, and url is http; remove it, or write https:// in url"},
        {"server_name = \"a\"\n",
         "o:8:15: server_name is for https, and url is http; remove it, or write https:// in url"},
        {"[[origin]]\nurl = \"https://a\"\nverify = false\nca = \"ca.pem\"\n",
         "o:11:6: ca is not looked at while verify is false; remove verify = false: with ca, the origin can "
         "be "
         "verified"},
        {"[[origin]]\nurl = \"https://a\"\nserver_name = \"a:443\"\n",
         "o:10:15: server_name is \"a:443\", not a host; write a name without a port, such as "
         "\"films.example.org\""},
    });
}

TEST_CASE("a bucket takes a key and a secret, and these a bucket") {
    check_cases({
        {"s3_bucket = \"films\"\n",
         "o:8:13: requests to a bucket are signed, and there is no s3_key and no s3_secret_file; add it; a "
         "bucket "
         "that all may read is no s3_bucket but a part of url"},
        {"s3_bucket = \"films\"\ns3_key = \"a\"\n",
         "o:8:13: requests to a bucket are signed, and there is no s3_secret_file; add it; a bucket that all "
         "may "
         "read is no s3_bucket but a part of url"},
        {"s3_bucket = \"films\"\ns3_secret_file = \"a\"\n",
         "o:8:13: requests to a bucket are signed, and there is no s3_key; add it; a bucket that all may "
         "read is no "
         "s3_bucket but a part of url"},
        {"s3_key = \"a\"\ns3_secret_file = \"a\"\n",
         "o:8:10: s3_key signs requests to a bucket, and there is no s3_bucket; add s3_bucket, or remove "
         "s3_key"},
        {"s3_secret_file = \"a\"\n",
         "o:8:18: s3_secret_file signs requests to a bucket, and there is no s3_bucket; add s3_bucket, or "
         "remove "
         "s3_secret_file"},
        {"s3_bucket = \"Films\"\ns3_key = \"a\"\ns3_secret_file = \"a\"\ns3_region = \"\"\n",
         "o:8:13: s3_bucket is \"Films\", not a bucket; write 3 to 63 lower-case letters, digits, - and ., "
         "such as "
         "\"films\"\n"
         "o:11:13: s3_region is \"\", not a region; write one such as \"us-east-1\""},
        {"s3_bucket = \"films.2024\"\ns3_key = \"a\"\ns3_secret_file = \"a\"\ns3_region = \"eu-central-1\"\n",
         ""},
    });
}

TEST_CASE("a route's conditions look like parts of a path, its host like a host") {
    check_cases({
        {"[[route]]\nprefix = \"live\"\n",
         "o:9:10: prefix is \"live\", and paths begin with /; write \"/live\""},
        {"[[route]]\npattern = \"*.m3u8\"\n",
         "o:9:11: pattern is \"*.m3u8\", and paths begin with /; write \"/*.m3u8\""},
        {"[[route]]\npattern = \"**.m3u8\"\n", ""},
        {"[[route]]\npattern = \"/a/***\"\n",
         "o:9:11: pattern is \"/a/***\", and *** says nothing; write * for a segment of the path, or ** for "
         "anything"},
        {"[[route]]\nsuffix = \".m3u8?a\"\n",
         "o:9:10: suffix is \".m3u8?a\", which no path holds; leave out ? and #: what comes after them is no "
         "part of the path"},
        {"[[route]]\nprefix = \"/my films/\"\nsuffix = \".m3u8\"\n", ""},
        {"[[route]]\nhost = \"https://a\"\n",
         "o:9:8: host is \"https://a\", not a host; write a name without a port, such as "
         "\"films.example.org\""},
        {"[[route]]\nhost = \"a:80\"\n",
         "o:9:8: host is \"a:80\", not a host; write a name without a port, such as \"films.example.org\""},
    });
}

TEST_CASE("a route's times and parameters make sense together") {
    check_cases({
        {"[[route]]\nttl = \"1h\"\nttl_max = \"10min\"\n",
         "o:9:7: ttl 1h is above ttl_max 10min; lower it, or raise ttl_max"},
        {"[[route]]\nttl = \"1h\"\n", ""},
        {"[[route]]\nquery = [\"a\", \"*\"]\n",
         "o:9:9: query holds \"*\" and other names, and \"*\" is all of them; write [\"*\"] alone, or the "
         "names "
         "alone"},
        {"[[route]]\nquery = [\"\", \"a=b\", \"c\"]\n",
         "o:9:9: \"\" is not the name of a parameter; write what stands before its =, such as \"quality\"\n"
         "o:9:9: \"a=b\" is not the name of a parameter; write what stands before its =, such as "
         "\"quality\""},
    });
}

TEST_CASE("a route that no request can come to is told") {
    const auto hidden = [](int later, int by) {
        return fmt::format(
            "o:{}:1: no request comes to this [[route]], for that of line {} takes them all; put this one "
            "before it",
            later, by);
    };
    CHECK(problems_with("[[route]]\n[[route]]\nprefix = \"/a\"\n") == hidden(9, 8));
    CHECK(problems_with("[[route]]\nprefix = \"/a\"\n[[route]]\nprefix = \"/a/b\"\nhost = \"x\"\n") ==
          hidden(10, 8));
    CHECK(problems_with("[[route]]\nsuffix = \"8\"\n[[route]]\nsuffix = \".m3u8\"\n") == hidden(10, 8));
    CHECK(problems_with(
              "[[route]]\npattern = \"/*\"\nhost = \"X\"\n[[route]]\npattern = \"/*\"\nhost = \"x\"\n") ==
          hidden(11, 8));
    for (const char* both_reached :
         {"[[route]]\nprefix = \"/a/b\"\n[[route]]\nprefix = \"/a\"\n",
          "[[route]]\nhost = \"x\"\n[[route]]\n", "[[route]]\nsuffix = \".ts\"\n[[route]]\nprefix = \"/a\"\n",
          "[[route]]\npattern = \"/a/*\"\n[[route]]\npattern = \"/b/*\"\n",
          "[[route]]\nprefix = \"/a\"\nhost = \"x\"\n[[route]]\nprefix = \"/a\"\nhost = \"y\"\n"}) {
        CAPTURE(both_reached);
        CHECK(problems_with(both_reached) == "");
    }
}

TEST_CASE("a disk's directory is used for nothing else") {
    const auto disks = [](std::string_view first, std::string_view second, std::string_view more = "") {
        return problems_with(
            fmt::format("[[disk]]\ndirectory = \"{}\"\nsize = \"1GiB\"\n"
                        "[[disk]]\ndirectory = \"{}\"\nsize = \"1GiB\"\n{}",
                        first, second, more));
    };
    CHECK(disks("/a/b", "/a/bc") == "");
    CHECK(disks("/a/b", "/a/b") ==
          "o:12:13: directory /a/b is, holds or lies in that of the [[disk]] of line 8, /a/b; choose one "
          "that is "
          "used for nothing else");
    for (const auto& [first, second] : std::initializer_list<std::pair<const char*, const char*>>{
             {"/a/b/", "/a/b"}, {"/a/b", "/a/b/c"}, {"/a/b/c", "/a"}, {"/", "/a"}, {"/a/./b", "/a/c/../b"}}) {
        CAPTURE(second);
        CHECK(disks(first, second).starts_with("o:12:13: directory "));
    }
    CHECK(disks("/a", "/films/cache", "[library]\ndirectory = \"/films\"\n") ==
          "o:12:13: directory /films/cache is, holds or lies in that of [library], /films; choose one that "
          "is used "
          "for nothing else");
    CHECK(problems_with("[[disk]]\ndirectory = \"/a\"\nsize = \"63MiB\"\n") ==
          "o:10:8: size is \"63MiB\", too little; it may be 64MiB to 1024TiB");
}

TEST_CASE("a Redis has one password, a user has one at all, and the stream a name") {
    check_cases({
        {"[redis]\nurl = \"redis://a\"\n", ""},
        {"[redis]\nurl = \"redis://a\"\npassword_file = \"p\"\n", ""},
        {"[redis]\nurl = \"redis://user:secret@a:1/2\"\n", ""},
        {"[redis]\nurl = \"redis://user:secret@a\"\npassword_file = \"p\"\n",
         "o:10:17: url holds a password already; remove the one in url, or password_file"},
        {"[redis]\nurl = \"redis://user@a\"\n",
         "o:9:7: the user \"user\" has no password; add password_file"},
        {"[redis]\nurl = \"redis://a\"\nstream = \"\"\n",
         "o:10:10: the stream has no name; write \"outpost:purge\""},
        {"[redis]\nurl = \"127.0.0.1:6379\"\n",
         "o:9:7: url is \"127.0.0.1:6379\", not that of a Redis; write "
         "redis://[user:password@]host[:port][/database], such as \"redis://127.0.0.1:6379\""},
        {"[redis]\n", "o:8:2: [redis] lacks url; add url = \"redis://127.0.0.1:6379\""},
    });
}

TEST_CASE("load tells which files and disks of an edge can't be used") {
    const Scratch scratch;
    const std::string at = scratch.path.string();
    CHECK(scratch.problems_with(
              "[[origin]]\nurl = \"https://a\"\nca = \"ca.pem\"\n[[disk]]\ndirectory = \"cache\"\n"
              "size = \"64MiB\"\n[redis]\nurl = \"redis://a\"\npassword_file = \"password\"\n") ==
          fmt::format(
              "10:6: {0}/ca.pem can't be read: No such file or directory; create it or correct the path, "
              "which counts from this file's directory\n"
              "12:13: {0}/cache can't be written to: No such file or directory; create it, and let the user "
              "that outpost runs as write there\n"
              "16:17: {0}/password can't be read: No such file or directory; create it or correct the path, "
              "which counts from this file's directory",
              at));
    scratch.write("cache", "");
    CHECK(scratch.problems_with("[[disk]]\ndirectory = \"cache\"\nsize = \"64MiB\"\n") ==
          fmt::format("9:13: {}/cache is not a directory; name the directory that the cache shall use", at));

    std::filesystem::create_directory(scratch.path / "disk");
    CHECK(scratch.problems_with("[[disk]]\ndirectory = \"disk\"\nsize = \"64MiB\"\n") == "");
    const std::string too_large =
        scratch.problems_with("[[disk]]\ndirectory = \"disk\"\nsize = \"1024TiB\"\n");
    CHECK(too_large.starts_with(
        fmt::format("10:8: size is 1024TiB, and the file system of {}/disk holds ", at)));
    CHECK(too_large.ends_with("; write less, or mount the disk that was meant"));
}

TEST_CASE("two names of one directory are no two disks") {
    const Scratch scratch;
    const std::string at = scratch.path.string();
    std::filesystem::create_directory(scratch.path / "disk");
    std::filesystem::create_directory_symlink("disk", scratch.path / "link");
    CHECK(scratch.problems_with("[[disk]]\ndirectory = \"disk\"\nsize = \"64MiB\"\n"
                                "[[disk]]\ndirectory = \"link\"\nsize = \"64MiB\"\n") ==
          fmt::format(
              "12:13: directory {0}/link is, holds or lies in that of the [[disk]] of line 8, {0}/disk; "
              "choose one that is used for nothing else",
              at));
}
