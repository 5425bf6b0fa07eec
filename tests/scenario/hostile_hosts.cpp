// Which site is meant? Host by RFC 3986 and RFC 9112 section 3.2, and what else claims to name it.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

std::string host_line(std::string_view host) { return "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"; }

}  // namespace

std::vector<HostileCase> hostile_hosts() {
  std::vector<HostileCase> cases;
  const auto refuse = [&](std::string name, std::string request) {
    cases.push_back(refused(std::move(name), request + kSecond));
  };
  refuse("no Host", "GET / HTTP/1.1\r\nX-A: b\r\n\r\n");
  refuse("no Host and no field at all", "GET / HTTP/1.1\r\n\r\n");
  refuse("no Host beside an absolute target", "GET http://larder.test/ HTTP/1.1\r\nX-A: b\r\n\r\n");
  refuse("two Hosts", "GET / HTTP/1.1\r\nHost: larder.test\r\nHost: evil.example\r\n\r\n");
  refuse("two Hosts that agree", "GET / HTTP/1.1\r\nHost: larder.test\r\nhost: larder.test\r\n\r\n");
  refuse("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nHost: larder.test\r\nHost: a\r\n\r\n");
  refuse("two Hosts, the second after a blank", "GET / HTTP/1.1\r\nHost: larder.test\r\n Host: evil.example\r\n\r\n");
  refuse("Host before a blank and a colon", "GET / HTTP/1.1\r\nHost : larder.test\r\n\r\n");
  refuse("Host folded", "GET / HTTP/1.1\r\nHost:\r\n larder.test\r\n\r\n");
  refuse("Host cut by a NUL", host_line("larder.test\0.evil.example"s));
  for (const char* host : {"",
                           "   ",
                           ":80",
                           "larder.test:x",
                           "larder.test:-1",
                           "larder.test:+80",
                           "larder.test:65536",
                           "larder.test:80:80",
                           "larder.test:0x50",
                           "larder.test:99999999999",
                           "user@larder.test",
                           "evil.example@larder.test",
                           "larder.test/x",
                           "larder.test?x",
                           "larder.test#x",
                           "larder.test\\x",
                           "http://larder.test",
                           "//larder.test",
                           "larder.test,evil.example",
                           "larder.test, evil.example",
                           "larder.test evil.example",
                           "larder.test\tevil",
                           "[::1",
                           "::1",
                           "[::1]80",
                           "[]",
                           "[larder.test]",
                           "[::1%25eth0]",
                           "[::g]",
                           "larder%2etest",
                           "larder.test%00",
                           "larder.test%0d%0aX-Injected:%20yes",
                           "l\xc3\xa4rder.test",
                           "larder..test",
                           ".",
                           "<script>",
                           "larder.test'",
                           "larder.test\"",
                           "larder.test;x",
                           "{larder}",
                           "larder.test|id",
                           "$(id)",
                           "`id`",
                           "*"})
    refuse("Host: " + std::string(host), host_line(host));
  refuse("a Host longer than any name", host_line(std::string(2000, 'a')));

  for (const char* host :
       {"larder.test", "LARDER.test:80", "larder.test:", "larder.test:65535", "[::1]:80", "127.0.0.1", "other.test"})
    cases.push_back(answered("well-formed Host: " + std::string(host), host_line(host), {200}));
  cases.push_back(answered("an absolute target overrides Host",
                           "GET http://larder.test/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", {200, 400}));
  cases.push_back(answered("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", {200, 400}));
  for (const char* field :
       {"X-Forwarded-Host: evil.example", "X-Host: evil.example", "Forwarded: host=evil.example;for=6.6.6.6",
        "X-Original-URL: /admin", "X-Rewrite-URL: /admin", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https",
        "X-Forwarded-Prefix: /evil", "X.Forwarded.Host: evil.example", "X_Forwarded_Host: evil.example",
        "X-Real-IP: 6.6.6.6"})
    cases.push_back(
        answered("a stranger says " + std::string(field), get_with(std::string(field) + "\r\n"), {200, 400}));
  return cases;
}

}  // namespace larder::testing
