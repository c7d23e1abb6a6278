#include "base/document.hpp"

#include <doctest/doctest.h>

using namespace outpost;

TEST_CASE("a document's tags depend on its bytes alone and differ for its compressed twin") {
    const std::string text(5000, 'a');
    const Document one = make_document(text), two = make_document(text), other = make_document(text + "b");
    CHECK(one.etag == two.etag);
    CHECK(one.gzip_etag == two.gzip_etag);
    CHECK(one.etag != other.etag);
    CHECK(one.etag != one.gzip_etag);
    CHECK(one.etag == content_etag(text));
    CHECK(one.etag.size() == 18);
    CHECK(*one.gzip == *two.gzip);
}

TEST_CASE("what compression does not make smaller is not kept compressed") {
    CHECK(make_document("short").gzip == nullptr);
    CHECK(make_document("").gzip == nullptr);
    CHECK(make_document("").text->empty());
    CHECK(make_document(std::string(5000, 'a')).gzip->size() < 100);
}

TEST_CASE("what was compressed expands again, up to a limit, and only whole") {
    const std::string text(5000, 'a');
    const std::string bytes = gzip_compressed(text);
    CHECK(gzip_expanded(bytes, 5000) == text);
    CHECK_FALSE(gzip_expanded(bytes, 4999));
    CHECK_FALSE(gzip_expanded(bytes.substr(0, bytes.size() - 1), 5000));
    CHECK_FALSE(gzip_expanded("plain text", 5000));
    CHECK_FALSE(gzip_expanded("", 5000));
    CHECK(gzip_expanded(gzip_compressed(""), 0) == "");
}

TEST_CASE("how hard it is compressed changes neither the text nor its tags, and none means none") {
    const std::string text(5000, 'a');
    const Document best = make_document(text);
    const Document quick = make_document(text, Compression::quick);
    CHECK_EQ(gzip_expanded(*quick.gzip, 5000), text);
    CHECK(best.gzip->size() < quick.gzip->size());
    CHECK_EQ(quick.etag, best.etag);
    CHECK(make_document(text, Compression::none).gzip == nullptr);
}
