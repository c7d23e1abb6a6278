"""RFC 9112, strictly: what is ambiguous is refused and ends the connection, whole or byte by byte."""
import pytest

from harness import PATIENCE

HOST = "Host: films.example\r\n"
URL = "/vod/film/v1/1.m4s"


def get(fields="", target=URL, version="HTTP/1.1", method="GET"):
    return f"{method} {target} {version}\r\n{HOST}{fields}\r\n"


REFUSED = {
    # section 6.3: the body's length must be clear
    "transfer-encoding beside content-length": (get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    "content-length beside transfer-encoding": (get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
    "a final coding other than chunked": (get("Transfer-Encoding: gzip\r\n"), 400),
    "chunked not last": (get("Transfer-Encoding: chunked, gzip\r\n"), 400),
    "an unknown coding before chunked": (get("Transfer-Encoding: gzip, chunked\r\n"), 501),
    "chunked twice": (get("Transfer-Encoding: chunked, chunked\r\n"), 501),
    "chunked twice in two fields": (get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501),
    "identity": (get("Transfer-Encoding: identity\r\n"), 400),
    "an empty transfer-encoding": (get("Transfer-Encoding:\r\n"), 400),
    "a coding with a vertical tab": (get("Transfer-Encoding: \x0bchunked\r\n"), 400),
    "a quoted coding": (get('Transfer-Encoding: "chunked"\r\n'), 400),
    "chunked in HTTP/1.0": (get("Transfer-Encoding: chunked\r\n", version="HTTP/1.0"), 400),
    "two lengths": (get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
    "two lengths in one field": (get("Content-Length: 5, 6\r\n"), 400),
    "a signed length": (get("Content-Length: +5\r\n"), 400),
    "a negative length": (get("Content-Length: -5\r\n"), 400),
    "a length with a blank": (get("Content-Length: 5 5\r\n"), 400),
    "an empty length": (get("Content-Length:\r\n"), 400),
    "a hexadecimal length": (get("Content-Length: 0x5\r\n"), 400),
    "a length beyond 64 bits": (get("Content-Length: 18446744073709551616\r\n"), 400),
    "a bad length before a good one": (get("Content-Length: x\r\nContent-Length: 5\r\n"), 400),
    # sections 2.2 and 5: lines and fields
    "a bare LF behind the request line": (f"GET {URL} HTTP/1.1\n{HOST}\r\n", 400),
    "a bare LF behind a field": (f"GET {URL} HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400),
    "a bare CR in a field": (get("X: a\rb\r\n"), 400),
    "a bare CR in the request line": (f"GET {URL}\r HTTP/1.1\r\n{HOST}\r\n", 400),
    "a folded line": (get("X: a\r\n b\r\n"), 400),
    "a line that begins with a tab": (get("X: a\r\n\tb: c\r\n"), 400),
    "a blank before the colon": (get("X : a\r\n"), 400),
    "a blank before the first field": (f"GET {URL} HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "a field without colon": (get("X\r\n"), 400),
    "a field without name": (get(": a\r\n"), 400),
    "a name that is no token": (get("X(y): a\r\n"), 400),
    "NUL in a value": (get("X: a\0b\r\n"), 400),
    "NUL in a name": (get("X\0: a\r\n"), 400),
    "a control byte in a value": (get("X: a\x01b\r\n"), 400),
    "DEL in a value": (get("X: a\x7fb\r\n"), 400),
    # section 3.2: one Host
    "no Host": (f"GET {URL} HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (get("Host: b\r\n"), 400),
    "two equal Hosts": (get(HOST), 400),
    "two Hosts in HTTP/1.0": (get("Host: b\r\n", version="HTTP/1.0"), 400),
    "a Host with a slash": (f"GET {URL} HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a Host with a user": (f"GET {URL} HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    # section 3: the request line
    "HTTP/2.0": (get(version="HTTP/2.0"), 505),
    "HTTP/0.9 with a version": (get(version="HTTP/0.9"), 505),
    "the preface of HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a version of two digits": (get(version="HTTP/1.10"), 400),
    "a version in lower case": (get(version="http/1.1"), 400),
    "no version": (f"GET {URL}\r\n\r\n", 400),
    "two blanks": (f"GET  {URL} HTTP/1.1\r\n{HOST}\r\n", 400),
    "a tab for a blank": (f"GET\t{URL} HTTP/1.1\r\n{HOST}\r\n", 400),
    "a blank at the end": (f"GET {URL} HTTP/1.1 \r\n{HOST}\r\n", 400),
    "a blank in front": (f" GET {URL} HTTP/1.1\r\n{HOST}\r\n", 400),
    "a method that is no token": (get(method="G@T"), 400),
    "an empty target": (f"GET  HTTP/1.1\r\n{HOST}\r\n", 400),
    "a target without slash": (get(target="vod"), 400),
    "an asterisk for GET": (get(target="*"), 400),
    "an authority": (get(target="films.example:443", method="CONNECT"), 400),
    "an absolute target of another scheme": (get(target="ftp://a/b"), 400),
    "an absolute target without authority": (get(target="http:///b"), 400),
    "an absolute target with a user": (get(target="http://u@a/b"), 400),
    "an absolute target with a query at once": (get(target="http://a?b"), 400),
    "bytes above ASCII in the target": (get(target="/\xe4"), 400),
    "NUL in the target": (get(target="/\0"), 400),
    "a fragment": (get(target="/#a"), 400),
    "two empty lines in front": ("\r\n\r\n" + get(), 400),
    # limits: 4 KiB and 16 fields here
    "a request line without end": (get(target="/" + "a" * 5000), 414),
    "a field without end": (get("X: " + "a" * 5000 + "\r\n"), 431),
    "too many fields": (get("X: a\r\n" * 16), 431),
    # section 7.1 and 9110 section 15: bodies, 1 KiB here
    "a body over the limit": (get("Content-Length: 1025\r\n"), 413),
    "an enormous body": (get("Content-Length: 18446744073709551615\r\n"), 413),
    "a body over the limit that would be continued": (get("Expect: 100-continue\r\nContent-Length: 1025\r\n"), 413),
    "chunks over the limit": (get("Transfer-Encoding: chunked\r\n") + "300\r\n" + "a" * 768 + "\r\n101\r\n", 413),
    "a chunk over the limit": (get("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n", 413),
}
CHUNKED = get("Transfer-Encoding: chunked\r\n")
ILL_FORMED = {
    "a size beyond 64 bits": "10000000000000000\r\n", "no size": "\r\n", "a size that is no number": "x\r\n",
    "a signed size": "+1\r\na\r\n0\r\n\r\n", "a negative size": "-1\r\n", "0x in front": "0x1\r\na\r\n0\r\n\r\n",
    "a blank in front": " 1\r\na\r\n0\r\n\r\n", "a bare LF behind the size": "1\na\r\n0\r\n\r\n",
    "a bare CR in the extension": "1;a\rb\r\na\r\n0\r\n\r\n", "more data than said": "1\r\nab\r\n0\r\n\r\n",
    "a bare LF behind the data": "1\r\na\n0\r\n\r\n", "words behind the size": "1 a\r\na\r\n0\r\n\r\n",
    "an extension without end": "1;" + "a" * 300 + "\r\n", "a request for a trailer": f"0\r\nGET {URL} HTTP/1.1\r\n\r\n",
    "a trailer with a blank before the colon": "0\r\nX : a\r\n\r\n",
}
REFUSED.update({f"chunks with {name}": (CHUNKED + chunks, 400) for name, chunks in ILL_FORMED.items()})


@pytest.mark.parametrize("request_text,status", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("how", ["whole", "split", "behind another"])
def test_it_is_refused_once_and_ends_the_connection(shared, request_text, status, how):
    smuggled = get("X: smuggled\r\n") if how != "split" else ""
    with shared.client() as client:
        if how == "split":
            client.send_split(request_text)
        else:
            client.send((get(method="HEAD") if how == "behind another" else "") + request_text + smuggled)
        if how == "behind another":
            assert client.reply("HEAD").status == 200
        replies = client.replies()
    assert [reply.status for reply in replies] == [status]
    assert replies[0]["Connection"] == "close" and replies[0]["Content-Type"] == "application/problem+json"


BAD_PATHS = ["/vod/%zz", "/vod/%", "/vod/%a", "/vod/film%2fv1/1.m4s", "/vod/film%2Findex.m3u8", "/vod/%00",
             "/vod/%5c", "/vod/../vod/film/index.m3u8", "/..", "/vod/./film/index.m3u8", "/vod/%2e%2e/film",
             "/vod/.%2E/film", "/vod/film/v1/..", "/vod/film/v1/%2e"]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_with_a_hidden_slash_or_a_dot_segment_is_400_and_the_connection_goes_on(shared, path):
    with shared.client() as client:
        assert client.get(path).status == 400
        assert client.get(URL).status == 200


TAKEN = {
    "as it is": get(),
    "an empty line in front": "\r\n" + get(),
    "an absolute target": get(target="http://other.example" + URL),
    "an absolute target in capitals": get(target="HTTPS://OTHER.example:8443" + URL),
    "escapes": get(target="/vod/f%69lm/%761/1.m4s"),
    "a query": get(target=URL + "?a=b&../%zz"),
    "an empty Host": f"GET {URL} HTTP/1.1\r\nHost:\r\n\r\n",
    "a Host that is an address": f"GET {URL} HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "no blank behind the colon": f"GET {URL} HTTP/1.1\r\nHost:a\r\n\r\n",
    "tabs around the value": get("X:\t a \t\r\n"),
    "bytes above ASCII in a value": get("X: \xe4\xff\r\n"),
    "two equal lengths": get("Content-Length: 0\r\nContent-Length: 0\r\n"),
    "HTTP/1.9": get(version="HTTP/1.9"),
    "a body": get("Content-Length: 5\r\n") + "GET /",
    "a body of the limit": get("Content-Length: 1024\r\n") + "a" * 1024,
    "an empty chunked body": CHUNKED + "0\r\n\r\n",
    "chunks": CHUNKED + "5\r\nGET /\r\n0A\r\n0123456789\r\n000\r\n\r\n",
    "chunks with extensions and trailers": CHUNKED + '1;a="b"\r\nx\r\n0;z\r\nX-T: 1\r\nY-T: 2\r\n\r\n',
    "a chunk with a blank before its extension": CHUNKED + "1 ;a\r\nx\r\n0\r\n\r\n",
    "chunked in capitals": get("Transfer-Encoding: CHUNKED\r\n") + "1\r\na\r\n0\r\n\r\n",
    "an expectation of another kind": get("Expect: 200-ok\r\n"),
    "an expectation without body": get("Expect: 100-continue\r\n"),
    "a continued body that does not wait": get("Expect: 100-continue\r\nContent-Length: 2\r\n") + "ab",
    "16 fields": get("X: a\r\n" * 15),
}


@pytest.mark.parametrize("request_text", TAKEN.values(), ids=TAKEN)
@pytest.mark.parametrize("how", ["whole", "split", "three at once"])
def test_it_is_taken_and_the_next_request_is_found_behind_it(shared, request_text, how):
    with shared.client() as client:
        if how == "split":
            client.send_split(request_text)
            first = client.reply()
            replies = [client.reply() if first.status == 100 else first]
        else:
            count = 3 if how == "three at once" else 1
            client.send(request_text * count)
            replies = [client.reply() for _ in range(count)]
        assert all((reply.status, reply.body) == (200, shared.film.segment("v1", 1)) for reply in replies)
        client.ask("/none", "Connection: close")
        assert [reply.status for reply in client.replies()] == [404]


def test_a_body_is_asked_for_when_the_client_waits_for_that(shared):
    with shared.client() as client:
        client.send(get("Expect: 100-continue\r\nContent-Length: 5\r\n", method="POST"))
        assert client.reply().status == 100
        client.send("hello")
        assert client.reply().status == 405
        assert client.get(URL).status == 200


@pytest.mark.parametrize("version,fields,stays", [
    ("1.1", "", True), ("1.1", "Connection: close\r\n", False), ("1.1", "Connection: x, Close ,y\r\n", False),
    ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", False), ("1.1", "Connection: closed\r\n", True),
    ("1.0", "", False), ("1.0", "Connection: keep-alive\r\n", True),
    ("1.0", "Connection: Keep-Alive, close\r\n", False)])
def test_the_connection_stays_when_version_and_fields_say_so(shared, version, fields, stays):
    with shared.client() as client:
        client.send(get(fields, version=f"HTTP/{version}"))
        reply = client.reply()
        assert reply.version == "HTTP/1.1" and reply.body == shared.film.segment("v1", 1)
        assert reply["Connection"] == (("keep-alive" if version == "1.0" else None) if stays else "close")
        if stays:
            assert client.get(URL).status == 200
        else:
            assert client.is_over()


def test_http_1_0_needs_no_host(shared):
    with shared.client() as client:
        client.send(f"GET {URL} HTTP/1.0\r\n\r\n")
        assert [reply.status for reply in client.replies()] == [200]


def test_pipelined_requests_are_answered_in_order_with_bodies_in_between(shared):
    wanted, text = [], ""
    for i in range(60):
        if i % 5 == 4:
            text += get("Content-Length: 27\r\n", target=f"/none/{i}", method="POST") + "GET /smuggled HTTP/1.1\r\n\r\n\r"
            wanted.append((405, None))
        else:
            text += get(f"Range: bytes={i}-{i + 9}\r\n")
            wanted.append((206, shared.film.segment("v1", 1)[i:i + 10]))
    with shared.client() as client:
        client.send(text)
        for status, body in wanted:
            reply = client.reply()
            assert reply.status == status and body in (None, reply.body)


def test_what_follows_a_close_is_never_answered(shared):
    with shared.client() as client:
        client.send(get("Connection: close\r\n") + get() * 3)
        assert len(client.replies()) == 1


def test_a_client_that_ends_its_side_still_gets_its_reply(shared):
    with shared.client() as client:
        client.ask(URL)
        client.socket.shutdown(1)
        assert [reply.body for reply in client.replies()] == [shared.film.segment("v1", 1)]


def test_a_refusal_in_a_connection_that_asked_for_heads_has_a_body_of_its_own(shared):
    with shared.client() as client:
        client.send(get(method="HEAD") + "nonsense\n")
        assert client.reply("HEAD").status == 200
        refusal = client.reply()
        assert refusal.status == 400 and b'"status":400' in refusal.body


def test_no_reply_comes_before_a_chunked_body_is_whole(shared):
    with shared.client() as client:
        client.send(CHUNKED + "5\r\nab")
        assert shared.get(URL).status == 200  # what was sent before has been read by now
        client.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.receive()
        client.socket.settimeout(PATIENCE)
        client.send("cde\r\n0\r\n\r\n")
        assert client.reply().status == 200
