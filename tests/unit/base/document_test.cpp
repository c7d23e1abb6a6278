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
