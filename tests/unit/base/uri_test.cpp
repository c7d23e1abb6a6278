#include "base/uri.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace outpost;

namespace {

struct Row {
    std::string_view text;
    std::string_view wanted;  // "-": none
};

std::string text_of(const std::optional<Uri>& uri) { return uri ? to_text(*uri) : "-"; }

}  // namespace

TEST_CASE("a URI is read strictly and kept normalised") {
    const std::vector<Row> table{
        {"http://a", "http://a/"},
        {"HTTP://Example.COM/A", "http://example.com/A"},
        {"http://a:80/", "http://a/"},
        {"https://a:443/", "https://a/"},
        {"https://a:80/", "https://a:80/"},
        {"http://a:/x", "http://a/x"},
        {"http://a:08080/", "http://a:8080/"},
        {"http://a/?", "http://a/?"},
        {"http://a?q", "http://a/?q"},
        {"http://a/x?b=/?:@&c", "http://a/x?b=/?:@&c"},
        {"http://a/x#part", "http://a/x"},
        {"http://a#/x?y", "http://a/"},
        {"http://a/%7e%c3%bc%2f", "http://a/~%C3%BC%2F"},
        {"http://a/?%7e%2f", "http://a/?~%2F"},
        {"http://a/b/../c/./d", "http://a/c/d"},
        {"http://a/b/%2e%2E/c", "http://a/c"},
        {"http://a/../..", "http://a/"},
        {"http://a//b//", "http://a//b//"},
        {"http://10.0.0.1:8080/", "http://10.0.0.1:8080/"},
        {"http://[::1]/", "http://[::1]/"},
        {"http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"},
        {"http://[::ffff:10.0.0.1]/", "http://[::ffff:10.0.0.1]/"},
        {"http://[1:2:3:4:5:6:7:8]/", "http://[1:2:3:4:5:6:7:8]/"},
        {"http://[1:2:3:4:5:6:10.0.0.1]/", "http://[1:2:3:4:5:6:10.0.0.1]/"},
        {"http://[::]/", "http://[::]/"},
        {"http://a-b_c.~/", "http://a-b_c.~/"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(text_of(parse_uri(row.text)) == row.wanted);
    }
}

TEST_CASE("what is no http or https URI, or only nearly one, is refused") {
    for (const std::string_view text : {"",
                                        "/a",
                                        "a/b",
                                        "//a/b",
                                        "ftp://a/",
                                        "file:///a",
                                        "http:/a",
                                        "http:a",
                                        "http://",
                                        "http:///a",
                                        "http://:80/",
                                        "http://user@a/",
                                        "http://user:password@a/",
                                        "http://a:0/",
                                        "http://a:65536/",
                                        "http://a:8a/",
                                        "http://a:-1/",
                                        "http://a b/",
                                        "http://a/b c",
                                        "http://a/\xC3\xBC",
                                        "http://a/%",
                                        "http://a/%4",
                                        "http://a/%4g",
                                        "http://a/?%zz",
                                        "http://a/<b>",
                                        "http://a\\b/",
                                        "http://a/b\\c",
                                        "http://%61/",
                                        "http://[::1/",
                                        "http://[::1]x/",
                                        "http://[1:2]/",
                                        "http://[1::2::3]/",
                                        "http://[1:2:3:4:5:6:7:8:9]/",
                                        "http://[1:2:3:4:5:6:7:8::]/",
                                        "http://[:1]/",
                                        "http://[1:]/",
                                        "http://[12345::]/",
                                        "http://[g::]/",
                                        "http://[::10.0.0.256]/",
                                        "http://[10.0.0.1]/",
                                        "http://[:10.0.0.1]/",
                                        "http://[fe80::1%25eth0]/",
                                        "http://[]/",
                                        " http://a/"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_uri(text));
    }
    CHECK(parse_uri("http://a/" + std::string(8000, 'x')));
    CHECK_FALSE(parse_uri("http://a/" + std::string(8192, 'x')));
    CHECK_FALSE(parse_uri("http://" + std::string(256, 'a') + "/"));
}

TEST_CASE("the parts of a URI are at hand") {
    const Uri uri = parse_uri("https://a.example:8443/x/y?b=1").value();
    CHECK(uri.scheme == "https");
    CHECK(uri.host == "a.example");
    CHECK(uri.port == 8443);
    CHECK(uri.path == "/x/y");
    CHECK(uri.query == "b=1");
    CHECK(uri.target() == "/x/y?b=1");
    CHECK(uri.authority() == "a.example:8443");
    CHECK(parse_uri("http://a")->port == 80);
    CHECK(parse_uri("https://a")->authority() == "a");
    CHECK_FALSE(parse_uri("http://a/")->query);
    CHECK(parse_uri("http://a/?")->query == "");
}

TEST_CASE("references resolve as in the examples of RFC 3986 section 5.4") {
    const Uri base = parse_uri("http://a/b/c/d;p?q").value();
    const std::vector<Row> table{
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g"},
        // beside the RFC's examples
        {"https://B:444/x", "https://b:444/x"},
        {"//g:8080/x", "http://g:8080/x"},
        {"//user@g/x", "-"},
        {"g:h", "-"},
        {"http:g", "-"},
        {"mailto:x", "-"},
        {"./g:h", "http://a/b/c/g:h"},
        {"g/h:i", "http://a/b/c/g/h:i"},
        {"?", "http://a/b/c/d;p?"},
        {"a b", "-"},
        {"%", "-"},
        {"///x", "-"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(text_of(resolve(base, row.text)) == row.wanted);
    }
    CHECK(text_of(resolve(parse_uri("https://a:8443").value(), "x")) == "https://a:8443/x");
    CHECK(text_of(resolve(parse_uri("https://a:8443").value(), "//b")) == "https://b/");
}

TEST_CASE("an origin is scheme, host and port") {
    const auto same = [](std::string_view a, std::string_view b) {
        return same_origin(parse_uri(a).value(), parse_uri(b).value());
    };
    CHECK(same("http://a/x", "HTTP://A:80/y?z"));
    CHECK_FALSE(same("http://a/", "https://a/"));
    CHECK_FALSE(same("http://a/", "http://a:81/"));
    CHECK_FALSE(same("http://a/", "http://b/"));
}

TEST_CASE("escapes have one form, and a text with a malformed one stays whole") {
    CHECK(normalise_escapes("%41%2f%7e%c3") == "A%2F~%C3");
    CHECK(normalise_escapes("%2541") == "%2541");
    for (const std::string_view malformed : {"%", "%4", "%4g%g4", "%%41", "%41%", "%%3441", "%4%341"}) {
        CAPTURE(malformed);
        CHECK(normalise_escapes(malformed) == malformed);
    }
}

TEST_CASE("dot segments go") {
    CHECK(remove_dot_segments("/a/b/c/./../../g") == "/a/g");
    CHECK(remove_dot_segments("/..") == "/");
    CHECK(remove_dot_segments("/.") == "/");
    CHECK(remove_dot_segments("/a/..") == "/");
    CHECK(remove_dot_segments("/a/.../b") == "/a/.../b");
    CHECK(remove_dot_segments("//..") == "/");
    CHECK(remove_dot_segments("/a//../b") == "/a/b");
}
