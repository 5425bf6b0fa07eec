#include "server/gate.h"

#include <string>

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder::server;
using namespace std::string_view_literals;

namespace {

constexpr std::uint64_t kMaxBody = 1000;

// A head that passes; each test spoils one thing.
RequestHead good(std::initializer_list<FieldView> more = {}) {
  RequestHead head = larder::testing::head_with({{"Host", "example.com"}});
  for (const FieldView& field : more) head.fields.add(field);
  return head;
}

int status_of(const RequestHead& head) {
  const Gated gated = gate(head, kMaxBody);
  if (!gated.refusal) return 0;
  INFO(gated.refusal->reason);
  CHECK_FALSE(std::string_view(gated.refusal->reason).empty());
  return gated.refusal->status;
}

int status_with_host(std::string_view host) { return status_of(larder::testing::head_with({{"Host", host}})); }

}  // namespace

TEST_CASE("A good request passes the gate") { CHECK(status_of(good({{"Accept", "*/*"}, {"X-Empty", ""}})) == 0); }

TEST_CASE("A head whose layout is not that of RFC 9112 is refused") {
  RequestHead head = good();
  head.clean_layout = false;
  CHECK(status_of(head) == 400);
}

TEST_CASE("Methods are known, not offered, unknown or malformed") {
  struct Row {
    std::string_view method;
    int status;
  };
  const auto row = GENERATE(Row{"GET", 0}, Row{"HEAD", 0}, Row{"POST", 0}, Row{"PUT", 0}, Row{"DELETE", 0},
                            Row{"PATCH", 0}, Row{"OPTIONS", 0}, Row{"PURGE", 0}, Row{"TRACE", 405}, Row{"CONNECT", 405},
                            Row{"get", 501}, Row{"BREW", 501}, Row{"PRI", 501}, Row{"G!#$%&'*+-.^_`|~9", 501},
                            Row{"", 400}, Row{"GE T", 400}, Row{"GET\t", 400}, Row{"G\0ET"sv, 400}, Row{"GET:", 400},
                            Row{"G\xc3\x89T", 400}, Row{"\"GET\"", 400}, Row{"GET\r", 400});
  INFO(row.method);
  RequestHead head = good();
  head.method = row.method;
  CHECK(status_of(head) == row.status);
}

TEST_CASE("CONNECT is refused by name, whatever its target looks like") {
  RequestHead head = good();
  head.method = "CONNECT";
  head.target = "example.com:443";
  CHECK(status_of(head) == 405);
}

TEST_CASE("Versions are 1.0 and 1.1, later minor ones are read as 1.1") {
  struct Row {
    std::string_view version;
    int status;
  };
  const auto row =
      GENERATE(Row{"HTTP/1.0", 0}, Row{"HTTP/1.1", 0}, Row{"HTTP/1.2", 0}, Row{"HTTP/1.9", 0}, Row{"HTTP/0.9", 505},
               Row{"HTTP/2.0", 505}, Row{"HTTP/3.0", 505}, Row{"", 400}, Row{"HTTP/1", 400}, Row{"HTTP/1.", 400},
               Row{"HTTP/1.10", 400}, Row{"HTTP/01.1", 400}, Row{"http/1.1", 400}, Row{"HTTP/2", 400},
               Row{"HTTP/1,1", 400}, Row{"HTTP/a.1", 400}, Row{"HTTP/1.1 ", 400}, Row{" HTTP/1.1", 400},
               Row{"HTTPS/1.1", 400}, Row{"HTTP/1.\0"sv, 400}, Row{"ICY/1.1", 400}, Row{"HTTP/-1.1", 400});
  INFO(row.version);
  RequestHead head = good();
  head.version = row.version;
  CHECK(status_of(head) == row.status);
}

TEST_CASE("A target is a path, an http URL, or '*' of OPTIONS") {
  struct Row {
    std::string_view target;
    int status;
  };
  const auto row = GENERATE(Row{"/", 0}, Row{"/a?b", 0}, Row{"//a", 0}, Row{"http://h/", 0}, Row{"HTTPS://h", 0},
                            Row{"", 400}, Row{"*", 400}, Row{"a", 400}, Row{"?", 400}, Row{"\\a", 400},
                            Row{"example.com:80", 400}, Row{"ftp://h/", 400}, Row{"http:/h", 400}, Row{"http:h", 400},
                            Row{"javascript:alert(1)", 400}, Row{"/**", 0}, Row{"**", 400});
  INFO(row.target);
  RequestHead head = good();
  head.target = row.target;
  CHECK(status_of(head) == row.status);
}

TEST_CASE("OPTIONS may ask about the server") {
  RequestHead head = good();
  head.method = "OPTIONS";
  head.target = "*";
  CHECK(status_of(head) == 0);
}

TEST_CASE("The name of a field is a token") {
  const auto name =
      GENERATE(""sv, "X Y"sv, "X "sv, " X"sv, "X\t"sv, "X:"sv, "X\0"sv, "X\x7f"sv, "X(y)"sv, "X/y"sv, "X\xc3\xa9"sv,
               "Content-Length "sv, "Transfer-Encoding\x0b"sv, "\"X\""sv, "X,Y"sv, "X;Y"sv, "X@Y"sv, "[X]"sv);
  INFO(name);
  CHECK(status_of(good({{name, "1"}})) == 400);
}

TEST_CASE("A field has no control character but the tab") {
  const auto value =
      GENERATE("a\0b"sv, "a\rb"sv, "a\nb"sv, "a\r\n b"sv, "\x01"sv, "\x0b"sv, "\x7f"sv, "\x1b[2J"sv, "\0"sv);
  CHECK(status_of(good({{"X-Value", value}})) == 400);
  CHECK(status_of(good({{"X-Value", "a\tb"}, {"X-Latin", "caf\xe9"}, {"X-Utf8", "caf\xc3\xa9"}})) == 0);
}

TEST_CASE("A control character is found wherever it stands in a field, and nothing else is taken for one") {
  for (unsigned c = 0; c < 256; ++c)
    for (std::size_t size = 1; size < 10; ++size)
      for (std::size_t at = 0; at < size; ++at) {
        std::string value(size, c % 2 == 0 ? '\x80' : 'a');
        value[at] = static_cast<char>(c);
        INFO(c << " at " << at << " of " << size);
        REQUIRE(is_field_value(value) == (c == '\t' || (c >= 0x20 && c != 0x7f)));
      }
  CHECK_FALSE(is_field_value("a\tb\tc\x1f"));
}

TEST_CASE("More fields than any client has use for are refused") {
  RequestHead head = good();
  while (head.fields.size() < 128) head.fields.add({"X-Many", "1"});
  CHECK(status_of(head) == 0);
  head.fields.add({"X-Many", "1"});
  CHECK(status_of(head) == 431);
}

TEST_CASE("HTTP/1.1 has exactly one Host, HTTP/1.0 at most one") {
  RequestHead head = good();
  head.fields.clear();
  CHECK(status_of(head) == 400);
  head.version = "HTTP/1.0";
  CHECK(status_of(head) == 0);
  head.fields = {{"Host", "a"}, {"hOST", "a"}};
  CHECK(status_of(head) == 400);
  head.version = "HTTP/1.1";
  CHECK(status_of(head) == 400);
  head.target = "http://a/";
  CHECK(status_of(head) == 400);
}

TEST_CASE("A well-formed Host passes") {
  const auto host = GENERATE("example.com", "EXAMPLE.com:8080", "example.com:", "example.com:0", "example.com:65535",
                             "192.0.2.1", "[2001:db8::1]", "[::1]:80", "[::ffff:192.0.2.1]:", "raspberry_pi",
                             "a-b.local.", "xn--bcher-kva.example", "1", "~tilde");
  INFO(host);
  CHECK(status_with_host(host) == 0);
}

TEST_CASE("A malformed Host is refused") {
  const auto host = GENERATE(
      ""sv, " "sv, ":80"sv, "a:b"sv, "a:-1"sv, "a:+1"sv, "a:65536"sv, "a:000080"sv, "a:80:80"sv, "a b"sv, "a,b"sv,
      "a, b"sv, "a;b"sv, "user@a"sv, "a@b"sv, "a/b"sv, "a\\b"sv, "a?b"sv, "a#b"sv, "http://a"sv, "[::1"sv, "::1"sv,
      "[::1]80"sv, "[]"sv, "[192.0.2.1]"sv, "[fe80::1%25eth0]"sv, "[v1.a]"sv, "a%00b"sv, "a%2eb"sv, "a\0b"sv,
      "b\xc3\xbc"
      "cher"sv,
      "."sv, ".a"sv, "a..b"sv, "a<b>"sv, "a'b"sv, "a\"b"sv, "a\tb"sv, "a(b)"sv, "[::1]:x"sv, "[::1\0]"sv);
  INFO(host);
  CHECK(status_with_host(host) == 400);
}

TEST_CASE("A Host longer than any name is refused") {
  CHECK(status_with_host(std::string(255, 'a')) == 0);
  CHECK(status_with_host(std::string(256, 'a')) == 400);
}

TEST_CASE("A body is framed by one Content-Length") {
  const Gated gated = gate(good({{"content-length", "1000"}}), kMaxBody);
  REQUIRE_FALSE(gated.refusal);
  CHECK(gated.framing.length == 1000U);
  CHECK_FALSE(gated.framing.chunked);
  CHECK(gated.framing.has_body());
  CHECK_FALSE(gate(good({{"Content-Length", "0"}}), kMaxBody).framing.has_body());
  CHECK_FALSE(gate(good(), kMaxBody).framing.has_body());
  CHECK(gate(good({{"Content-Length", "007"}}), kMaxBody).framing.length == 7U);
}

TEST_CASE("A Content-Length that two parsers could read differently is refused") {
  const auto value = GENERATE("", " ", "+5", "-5", "-0", "0x5", "5a", "a", "5 ", " 5", "5 5", "5,5", "5, 5", "5;",
                              "5.0", "1e3", "\"5\"", "9223372036854775808", "18446744073709551616",
                              "18446744073709551621", "99999999999999999999999999");
  INFO(value);
  CHECK(status_of(good({{"Content-Length", value}})) == 400);
}

TEST_CASE("Two Content-Length fields are refused even when they agree") {
  CHECK(status_of(good({{"Content-Length", "5"}, {"Content-Length", "5"}})) == 400);
  CHECK(status_of(good({{"Content-Length", "5"}, {"content-length", "6"}})) == 400);
}

TEST_CASE("A body too large is refused before it is read, after everything that is malformed") {
  CHECK(status_of(good({{"Content-Length", "1001"}})) == 413);
  CHECK(status_of(good({{"Content-Length", "9223372036854775807"}})) == 413);
  CHECK(status_of(good({{"Content-Length", "1001"}, {"Transfer-Encoding", "chunked"}})) == 400);
}

TEST_CASE("A chunked body is framed by exactly one word in HTTP/1.1") {
  const Gated gated = gate(good({{"Transfer-Encoding", "ChunKed"}}), kMaxBody);
  REQUIRE_FALSE(gated.refusal);
  CHECK(gated.framing.chunked);
  CHECK(gated.framing.has_body());
  RequestHead head = good({{"Transfer-Encoding", "chunked"}});
  head.version = "HTTP/1.0";
  CHECK(status_of(head) == 400);
  head.version = "HTTP/1.2";
  CHECK(status_of(head) == 0);
}

TEST_CASE("A Transfer-Encoding other than chunked is refused") {
  const auto value =
      GENERATE("", "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked;q=1",
               "\"chunked\"", "xchunked", "chunkedx", "chunked,", ",chunked", "cow", "chunk\x65\x64 ", "\tchunked",
               "\xef\xbb\xbf"
               "chunked");
  INFO(value);
  CHECK(status_of(good({{"Transfer-Encoding", value}})) == 400);
}

TEST_CASE("Two ways to frame a body are refused") {
  CHECK(status_of(good({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}})) == 400);
  CHECK(status_of(good({{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}})) == 400);
  CHECK(status_of(good({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}})) == 400);
  CHECK(status_of(good({{"Transfer-Encoding", "identity"}, {"Transfer-Encoding", "chunked"}})) == 400);
}

TEST_CASE("The only expectation met is 100-continue") {
  CHECK(status_of(good({{"Expect", "100-Continue"}})) == 0);
  CHECK(status_of(good({{"Expect", "200-ok"}})) == 417);
  CHECK(status_of(good({{"Expect", "100-continue"}, {"Expect", "cake"}})) == 417);
}

TEST_CASE("A malformed head is 400 even when the method is refused too") {
  RequestHead head = good({{"Content-Length", "x"}});
  head.method = "BREW";
  CHECK(status_of(head) == 400);
}
