// Chunked bodies whose chunks two programs could cut differently: RFC 9112 section 7.1.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

std::string chunked(const std::string& body) { return post_with("Transfer-Encoding: chunked\r\n", body); }

// A first line of a chunk that is no chunk-size: nothing after it may be read as a request.
void sizes(std::vector<HostileCase>& cases) {
  const auto size = [&](std::string name, const std::string& line) {
    cases.push_back(refused("chunk size: " + name, chunked(line + "\r\nhello\r\n0\r\n\r\n" + kSecond), {400, 413}));
  };
  size("0x5", "0x5");
  size("+5", "+5");
  size("-5", "-5");
  size("a blank before", " 5");
  size("a tab before", "\t5");
  size("empty", "");
  size("no digit", "g");
  size("digits, then letters", "5g");
  size("two numbers", "5 5");
  size("a comma", "5,5");
  size("quotes", "\"5\"");
  size("a fraction", "5.0");
  size("NUL after it", "5\0"s);
  size("a vertical tab after it", "5\v");
  size("2^64 + 5", "10000000000000005");
  size("2^65 - 1", "1ffffffffffffffff");
  size("wide digit five", "\xef\xbc\x95");
  size("a semicolon alone", ";");
  size("only an extension", ";a=b");
}

// Line ends that a parser may forgive (RFC 9112 section 2.2), which is harmless only while the connection closes behind
// the body: the second request must stay unread either way.
void line_ends(std::vector<HostileCase>& cases) {
  const auto body = [&](std::string name, const std::string& text) {
    cases.push_back(refused(std::move(name), chunked(text + kSecond), {200, 400, 413}));
  };
  body("chunk size ended by a bare LF", "5\nhello\r\n0\r\n\r\n");
  body("chunk size ended by a bare CR", "5\rhello\r\n0\r\n\r\n");
  body("chunk size ended by CR CR LF", "5\r\r\nhello\r\n0\r\n\r\n");
  body("no line end after the data", "5\r\nhello0\r\n\r\n");
  body("bare LF after the data", "5\r\nhello\n0\r\n\r\n");
  body("bare CR after the data", "5\r\nhello\r0\r\n\r\n");
  body("more data than the size", "5\r\nhello, world\r\n0\r\n\r\n");
  body("other bytes instead of the line end", "5\r\nhelloXX0\r\n\r\n");
  body("bare LF within an extension", "5;a\nhello\r\n0\r\n\r\n");
  body("bare CR within an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n");
  body("NUL within an extension", "5;a\0b\r\nhello\r\n0\r\n\r\n"s);
  body("last chunk ended by bare LFs", "0\n\n");
  body("bare LF in an extension of the last chunk", "0;\n\r\n");
}

// Right, or at least harmless: the body ends where every reader says it does.
void honest(std::vector<HostileCase>& cases) {
  cases.push_back(
      both("chunks in small and capital digits", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n" + kSecond)));
  cases.push_back(both("zeros before a chunk size", chunked("0000005\r\nhello\r\n000\r\n\r\n" + kSecond)));
  HostileCase extension =
      both("a chunk extension", chunked("5;name=value\r\nhello\r\n0;last\r\n\r\n" + kSecond), {200, 400});
  cases.push_back(extension);
  cases.push_back(both("a chunk that holds a request", chunked("32\r\n" + kSecond + "\r\n0\r\n\r\n" + kSecond)));
}

// A trailer field that belongs in a head must not act as one.
void trailers(std::vector<HostileCase>& cases) {
  const auto trailer = [&](const std::string& line) {
    HostileCase one = both("trailer " + line, chunked("5\r\nhello\r\n0\r\n" + line + "\r\n\r\n" + kSecond), {200, 400});
    one.silence = true;
    cases.push_back(one);
  };
  trailer("Content-Length: 500");
  trailer("Transfer-Encoding: chunked");
  trailer("Host: evil.example");
  trailer("Proxy: http://evil.example");
  trailer("X-Forwarded-Host: evil.example");
  trailer("X-Fine: yes");
  cases.push_back(refused("a trailer that is no field", chunked("0\r\nno colon here\r\n\r\n" + kSecond), {200, 400}));
  cases.back().answers = 2;
  cases.back().canary = true;
  cases.push_back(
      refused("a trailer that never ends", chunked("0\r\nX-A: " + std::string(200'000, 'x')), {200, 400, 413, 431}));
  // 500: libmicrohttpd 0.9 blames the program when a line does not fit its buffer.
  cases.push_back(
      refused("an extension that never ends", chunked("5;" + std::string(200'000, 'x')), {400, 413, 431, 500}));
  cases.push_back(refused("a chunk size of many zeros", chunked(std::string(200'000, '0')), {400, 413, 431, 500}));
}

}  // namespace

std::vector<HostileCase> hostile_chunks() {
  std::vector<HostileCase> cases;
  sizes(cases);
  line_ends(cases);
  honest(cases);
  trailers(cases);
  return cases;
}

}  // namespace larder::testing
