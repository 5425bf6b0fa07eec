// Field lines that are none, or too many, or carry what no field may: RFC 9110 section 5, RFC 9112 section 5.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

void malformed(std::vector<HostileCase>& cases) {
  const auto line = [&](std::string name, const std::string& text) {
    cases.push_back(refused(std::move(name), get_with(text + "\r\n", kSecond)));
  };
  line("a line without colon", "no colon here");
  line("an empty name", ": value");
  line("a blank in a name", "X A: b");
  line("a blank before the colon", "X-A : b");
  line("a tab before the colon", "X-A\t: b");
  line("a blank before the name", " X-A: b");
  line("a tab before the name", "\tX-A: b");
  line("NUL in a name", "X\0A: b"s);
  line("a control character in a name",
       "X\x01"
       "A: b");
  line("DEL in a name",
       "X\x7f"
       "A: b");
  line("a high byte in a name",
       "X\xe9"
       "A: b");
  line("a slash in a name", "X/A: b");
  line("brackets in a name", "X[A]: b");
  line("parentheses in a name", "X(A): b");
  line("an at sign in a name", "X@A: b");
  line("a comma in a name", "X,A: b");
  line("quotes around a name", "\"X-A\": b");
  line("NUL in a value", "X-A: b\0c"s);
  line("NUL at the end of a value", "X-A: b\0"s);
  line("NUL alone as a value", "X-A: \0"s);
  line("a control character in a value",
       "X-A: b\x01"
       "c");
  line("an escape sequence in a value", "X-A: \x1b[2J");
  line("a backspace in a value", "X-A: b\b");
  line("a vertical tab in a value", "X-A: b\vc");
  line("DEL in a value", "X-A: b\x7f");
  line("a bare CR in a value", "X-A: b\rX-C: d");
  line("a bare CR before the line end", "X-A: b\r");
  line("a bare LF for a line end", "X-A: b\nX-C: d");
  line("a value folded with a blank", "X-A: b\r\n c");
  line("a value folded with a tab", "X-A: b\r\n\tc");
  line("a folded line that holds a field", "X-A: b\r\n Cookie: wordpress_logged_in_x=1");
  line("a line of blanks", "X-A: b\r\n  \r\nX-C: d");
  cases.push_back(
      refused("a fold right after the request line", "GET / HTTP/1.1\r\n Host: larder.test\r\n\r\n" + kSecond));
  cases.push_back(refused("bare LFs all through", "GET / HTTP/1.1\nHost: larder.test\n\n" + kSecond, {200, 400}));
  cases.back().answers = 2;  // RFC 9112 section 2.2 lets a recipient take a bare LF for a line end
  cases.back().canary = true;
  cases.push_back(refused("bare CRs all through", "GET / HTTP/1.1\rHost: larder.test\r\r" + kSecond, {400, 408}));
}

void too_much(std::vector<HostileCase>& cases) {
  const std::vector<int> too_large = {400, 413, 431};
  cases.push_back(
      refused("a value of 200 KB", get_with("X-A: " + std::string(200'000, 'a') + "\r\n", kSecond), too_large));
  cases.push_back(refused("a name of 200 KB", get_with(std::string(200'000, 'a') + ": b\r\n", kSecond), too_large));
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  cases.push_back(refused("200 fields", get_with(many, kSecond), too_large));
  for (int i = 0; i < 10'000; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  cases.push_back(refused("10200 fields", get_with(many, kSecond), too_large));
  std::string cookies;
  for (int i = 0; i < 3000; ++i) cookies += "Cookie: a" + std::to_string(i) + "=1\r\n";
  cases.push_back(refused("3000 cookies", get_with(cookies, kSecond), too_large));
  std::string empty;
  for (int i = 0; i < 50'000; ++i) empty += "a:\r\n";
  cases.push_back(refused("50000 empty fields", get_with(empty, kSecond), too_large));
}

// Right by the grammar, meant badly.
void sly(std::vector<HostileCase>& cases) {
  const auto line = [&](std::string name, const std::string& text, std::vector<int> statuses = {200}) {
    cases.push_back(answered(std::move(name), get_with(text + "\r\n"), std::move(statuses)));
  };
  line("Proxy, which becomes HTTP_PROXY", "Proxy: http://evil.example");
  line("PROXY in capitals", "PROXY: http://evil.example");
  line("underscores that look like other fields",
       "Content_Type: x\r\nX_Real_IP: 6.6.6.6\r\nHTTP_PROXY: http://evil.example");
  line("fields that FastCGI could take for settings",
       "PHP-VALUE: auto_prepend_file=/etc/passwd\r\nPHP-ADMIN-VALUE: open_basedir=/");
  line("fields that CGI could take for its own",
       "Script-Filename: /etc/passwd\r\nDocument-Root: /\r\nRemote-User: admin");
  line("Connection names fields that must stay", "Connection: Host, Cookie, close");
  line("high bytes in a value", "X-A: caf\xe9 caf\xc3\xa9");
  line("a colon, quotes and angles in a value", "X-A: :\"'<script>\\");
  line("conditions of garbage",
       "If-None-Match: \"x, W/\r\nIf-Modified-Since: yesterday\r\nIf-Range: x\r\nRange: bytes=9-1");
  line("a method override", "X-HTTP-Method-Override: DELETE");
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 300; ++i) ranges += ",0-";
  cases.push_back(answered("300 ranges that overlap",
                           "GET /style.css HTTP/1.1\r\nHost: larder.test\r\n" + ranges + "\r\n\r\n", {200, 206, 416}));
}

}  // namespace

std::vector<HostileCase> hostile_fields() {
  std::vector<HostileCase> cases;
  malformed(cases);
  too_much(cases);
  sly(cases);
  return cases;
}

}  // namespace larder::testing
