// Request lines that are none, methods and versions nobody offers, other protocols on our port: RFC 9112 sections 2, 3.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

std::string line(const std::string& request_line) { return request_line + "\r\nHost: larder.test\r\n\r\n"; }

void layouts(std::vector<HostileCase>& cases) {
  const auto refuse = [&](std::string name, const std::string& request_line, std::vector<int> statuses = {400}) {
    cases.push_back(refused(std::move(name), line(request_line) + kSecond, std::move(statuses)));
  };
  refuse("two blanks after the method", "GET  / HTTP/1.1");
  refuse("two blanks after the target", "GET /  HTTP/1.1");
  refuse("a tab after the method", "GET\t/ HTTP/1.1");
  refuse("a tab after the target", "GET /\tHTTP/1.1");
  refuse("a blank before the method", " GET / HTTP/1.1");
  refuse("a blank after the version", "GET / HTTP/1.1 ");
  refuse("a fourth word", "GET / HTTP/1.1 x");
  refuse("a blank in the target", "GET /a b HTTP/1.1");
  refuse("no version", "GET /", {400, 505});
  refuse("no target", "GET HTTP/1.1");
  refuse("no method", "/ HTTP/1.1");
  refuse("NUL after the version", "GET / HTTP/1.1\0"s);
  refuse("NUL in the method", "G\0ET / HTTP/1.1"s);
  refuse("NUL in the target", "GET /a\0b HTTP/1.1"s);
  refuse("bare CR in the request line", "GET /\r HTTP/1.1");
  refuse("a vertical tab for a blank", "GET\v/\vHTTP/1.1");
  refuse("a colon line instead", "Host: larder.test");
  cases.push_back(refused("the request of HTTP/0.9", "GET /\r\n" + kSecond, {400, 505}));
  cases.push_back(refused("the request of HTTP/0.9 for a secret", "GET /.env\r\n\r\n" + kSecond, {400, 505}));
  cases.push_back(both("an empty line before the request", "\r\n" + get_with("", kSecond), {200, 400}));
  cases.back().silence = true;
}

void methods(std::vector<HostileCase>& cases) {
  const auto method = [&](const std::string& name, std::vector<int> statuses) {
    cases.push_back(refused("method " + name, line(name + " / HTTP/1.1") + kSecond, std::move(statuses)));
  };
  method("TRACE", {400, 405});
  method("get", {400, 501});
  method("Get", {400, 501});
  method("BREW", {400, 501});
  method("TRACK", {400, 501});
  method("DEBUG", {400, 501});
  method("PROPFIND", {400, 501});
  method("GET\x01", {400});
  method("G\xc3\x89T", {400});
  method("GE(T)", {400});
  method("\"GET\"", {400});
  method(std::string(9000, 'A'), {400, 413, 414, 431, 501});
  cases.push_back(refused("CONNECT to elsewhere", line("CONNECT evil.example:443 HTTP/1.1") + kSecond, {400, 405}));
  cases.push_back(refused("CONNECT to a path", line("CONNECT / HTTP/1.1") + kSecond, {400, 405}));
  cases.push_back(refused("TRACE with a cookie to read back",
                          "TRACE / HTTP/1.1\r\nHost: larder.test\r\nCookie: poison:cookie\r\n\r\n", {400, 405}));
  cases.push_back(answered("OPTIONS about the server", line("OPTIONS * HTTP/1.1"), {200, 204, 400, 405, 501}));
}

void versions(std::vector<HostileCase>& cases) {
  for (const char* version :
       {"HTTP/0.9",   "HTTP/2.0",           "HTTP/3.0",        "HTTP/1",    "HTTP/1.",   "HTTP/1.10",
        "HTTP/1.1.1", "HTTP/01.1",          "HTTP/1.01",       "HTTP/-1.1", "HTTP/+1.1", "HTTP/a.b",
        "http/1.1",   "Http/1.1",           "HTTP1.1",         "HTTP /1.1", "HTTP/1,1",  "HTTPS/1.1",
        "ICY/1.1",    "HTTP/99999999999.1", "HTTP/1.\xd9\xa1", "X"})
    cases.push_back(
        refused("version " + std::string(version), line("GET / " + std::string(version)) + kSecond, {400, 505}));
  cases.push_back(both("version HTTP/1.2 is read as 1.1", line("GET / HTTP/1.2") + kSecond, {200, 400, 505}));
  cases.back().silence = true;
}

void other_protocols(std::vector<HostileCase>& cases) {
  const auto talk = [&](std::string name, std::string bytes) {
    cases.push_back(refused(std::move(name), bytes + kSecond, {400, 408, 413, 414, 431, 501, 505}));
  };
  talk("TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03random\r\n\r\n"s);
  talk("SSH on our port", "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  talk("SMTP on our port", "EHLO evil.example\r\nMAIL FROM:<a@b>\r\n\r\n");
  talk("HTTP/2 on our port", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  talk("FastCGI on our port", "\x01\x01\x00\x01\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\r\n\r\n"s);
  talk("Redis on our port", "*1\r\n$8\r\nFLUSHALL\r\n\r\n");
  talk("PROXY protocol from a stranger", "PROXY TCP4 6.6.6.6 127.0.0.1 4711 80\r\n" + get_with(""));
  talk("PROXY protocol 2 from a stranger",
       "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\x06\x06\x06\x06\x7f\x00\x00\x01\x12\x67\x00\x50"s + get_with(""));
  // A line of NULs may pass for the empty line that a server should skip; what follows is then the first request.
  cases.push_back(refused("NULs before a request", std::string(500, '\0') + "\r\n\r\n" + kSecond, {200, 400}));
  cases.back().canary = true;
  cases.back().answers = 2;
  talk("200 KB without a line end", std::string(200'000, 'A'));
  cases.push_back(refused("20 KB of line ends", std::string(20'000, '\n'), {400, 408, 413, 414, 431}));
}

}  // namespace

std::vector<HostileCase> hostile_request_lines() {
  std::vector<HostileCase> cases;
  layouts(cases);
  methods(cases);
  versions(cases);
  other_protocols(cases);
  return cases;
}

}  // namespace larder::testing
