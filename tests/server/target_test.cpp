#include "server/target.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace larder::server;
using namespace std::string_view_literals;

namespace {

int refused(std::string_view raw, std::string_view method = "GET") {
  const auto parsed = parse_target(raw, method);
  return parsed.refusal ? parsed.refusal->status : 0;
}

Target accepted(std::string_view raw, std::string_view method = "GET") {
  auto parsed = parse_target(raw, method);
  INFO(raw);
  REQUIRE_FALSE(parsed.refusal);
  return std::move(parsed.target);
}

bool has_parent_segment(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

// The promises of the header, for whatever was accepted.
void check_promises(std::string_view raw) {
  const auto parsed = parse_target(raw, "GET");
  if (parsed.refusal) return;
  const Target& target = parsed.target;
  INFO("target: " << raw << " path: " << target.path);
  REQUIRE(target.path.starts_with('/'));
  REQUIRE(target.path.find("//") == std::string::npos);
  REQUIRE_FALSE(has_parent_segment(target.path));
  REQUIRE(target.file_path.starts_with('/'));
  REQUIRE_FALSE(has_parent_segment(target.file_path));
  REQUIRE_FALSE(has_control(target.file_path));
  REQUIRE(target.file_path.find('\\') == std::string::npos);
  const auto again = parse_target(target.path, "GET");
  REQUIRE_FALSE(again.refusal);
  REQUIRE(again.target.path == target.path);
  REQUIRE(again.target.file_path == target.file_path);
  REQUIRE(again.target.ambiguous == target.ambiguous);
}

}  // namespace

TEST_CASE("Spellings of one path have one normal form") {
  struct Row {
    std::string_view raw, path;
  };
  const auto row =
      GENERATE(Row{"/", "/"}, Row{"/a/b", "/a/b"}, Row{"/a/b/", "/a/b/"}, Row{"//a///b//", "/a/b/"},
               Row{"/./a/./b/.", "/a/b/"}, Row{"/a/../b", "/b"}, Row{"/a/b/..", "/a/"}, Row{"/a/..", "/"},
               Row{"/a//../b", "/b"}, Row{"/%61%2Db%7e", "/a-b~"}, Row{"/%2e/%2E%2e/a", ""}, Row{"/x/%2e%2E/a", "/a"},
               Row{"/x/.%2e/a", "/a"}, Row{"/%c3%a9", "/%C3%A9"}, Row{"/\xc3\xa9", "/%C3%A9"}, Row{"/a%20b", "/a%20b"},
               Row{"/%21!", "/%21!"}, Row{"/a:@!$&'()*+,;=", "/a:@!$&'()*+,;="},
               Row{"/[\"<>^`{|}]", "/%5B%22%3C%3E%5E%60%7B%7C%7D%5D"}, Row{"/%252e%252e/a", "/%252e%252e/a"},
               Row{"/...", "/..."}, Row{"/..a/a..", "/..a/a.."}, Row{"/%f0%9f%8d%95", "/%F0%9F%8D%95"});
  if (row.path.empty()) {
    CHECK(refused(row.raw) == 400);
  } else {
    CHECK(accepted(row.raw).path == row.path);
  }
}

TEST_CASE("The file path is the path decoded once") {
  CHECK(accepted("/a%20b/%C3%A9%25").file_path == "/a b/\xc3\xa9%");
  CHECK(accepted("/%252e%252e/%2525").file_path == "/%2e%2e/%25");
  CHECK(accepted("/a+b").file_path == "/a+b");
}

TEST_CASE("The query stays as it was sent") {
  const Target target = accepted("/a?x=%2e%zz&y=../..?/\\\"\xe9");
  CHECK(target.path == "/a");
  CHECK(target.query == "x=%2e%zz&y=../..?/\\\"\xe9");
  CHECK(target.has_query);
  CHECK(accepted("/a?").has_query);
  CHECK_FALSE(accepted("/a").has_query);
  CHECK(accepted("/a%3Fb").path == "/a%3Fb");
  CHECK_FALSE(accepted("/a%3Fb").has_query);
}

TEST_CASE("A path that climbs out of the root is refused in every spelling") {
  const auto raw =
      GENERATE("/..", "/../", "/../a", "/a/../..", "/a/../../b", "//../a", "/./../a", "/%2e%2e", "/%2E./a", "/.%2e/a",
               "/a/%2e%2e/%2e%2e", "/..%2fa", "/%2e%2e%2fa", "/%2e%2e%2f%2e%2e%2fetc/passwd", "/..%5ca", "/%2e%2e%5Ca",
               "/..\\a", "/\\..\\a", "/a\\..\\..\\b", "/a/..%5c..%2f..", "/a%2f..%2f..%2fb", "/a%5c../../b", "/..\\",
               "/a/..\\../b", "http://h/..", "http://h/%2e%2e/a");
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("Beside an escaped separator '..' is refused even within the root") {
  const auto raw = GENERATE("/a%2f../b", "/a/b%2f..%2fc", "/a%5c..%5cb", "/a%2fb/../c", "/a\\..\\b", "/a/../b%2fc");
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("An escaped separator is none, and makes the path ambiguous") {
  for (const auto raw : {"/a%2fb", "/a%2Fb"}) {
    CHECK(accepted(raw).ambiguous);
    CHECK(accepted(raw).path == "/a%2Fb");
    CHECK(accepted(raw).file_path == "/a%2Fb");
  }
  for (const auto raw : {"/a%5cb", "/a\\b"}) {
    CHECK(accepted(raw).ambiguous);
    CHECK(accepted(raw).path == "/a%5Cb");
  }
  CHECK_FALSE(accepted("/a%252fb").ambiguous);
  CHECK(accepted("/a%252fb").file_path == "/a%2fb");
}

TEST_CASE("Path parameters are part of their segment") {
  CHECK(accepted("/a/..;/b").path == "/a/..;/b");
  CHECK(accepted("/..;/b").path == "/..;/b");
  CHECK(accepted("/a;x=../b").path == "/a;x=../b");
  CHECK(accepted("/a/.;/b").path == "/a/.;/b");
}

TEST_CASE("What is not clean UTF-8 is refused") {
  const auto raw = GENERATE("/%c0%ae%c0%ae/a", "/%c0%af", "/%c1%9c", "/%e0%80%af", "/%e0%9f%bf", "/%f0%80%80%af",
                            "/%f0%8f%bf%bf", "/%f5%80%80%80", "/%f4%90%80%80", "/%ed%a0%80", "/%ed%bf%bf", "/%80",
                            "/%bf", "/%c3", "/%e2%82", "/%f0%9f%8d", "/%ff", "/%fe", "/\xff", "/\xc3(", "/%c3/%a9",
                            "/%c2%80", "/%c2%9b", "/%fc%80%80%80%80%af");
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("The corners of Unicode are accepted") {
  const auto raw = GENERATE("/%c2%a0", "/%df%bf", "/%e0%a0%80", "/%ed%9f%bf", "/%ee%80%80", "/%ef%bf%bf",
                            "/%f0%90%80%80", "/%f4%8f%bf%bf");
  INFO(raw);
  CHECK(accepted(raw).file_path.size() >= 3);
}

TEST_CASE("Forbidden characters are refused, raw and escaped") {
  const auto raw =
      GENERATE("/a b"sv, "/a\tb"sv, "/a\r\nb"sv, "/a\0b"sv, "/a\x7f"sv, "/a#b"sv, "/a?b#c"sv, "/a?b c"sv, "/a?b\0"sv,
               "/%00"sv, "/a%00.php"sv, "/%0a"sv, "/%0D%0A"sv, "/%1f"sv, "/%7F"sv, " /a"sv, "/a "sv, ""sv);
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("A broken escape is refused") {
  const auto raw = GENERATE("/%", "/%4", "/%g1", "/%1g", "/%%41", "/%u0041", "/% 41", "/a%", "/%-1", "/%+1", "/%0x");
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("An escaped '#' or '?' is part of the path") {
  CHECK(accepted("/a%23b").path == "/a%23b");
  CHECK(accepted("/a%23b").file_path == "/a#b");
}

TEST_CASE("Long targets are accepted up to 8 KiB") {
  CHECK(refused("/" + std::string(8191, 'a')) == 0);
  CHECK(refused("/" + std::string(8192, 'a')) == 414);
  CHECK(refused("/?" + std::string(9000, 'a')) == 414);
}

TEST_CASE("An absolute target gives scheme, authority and path") {
  const Target target = accepted("HTTP://Example.com:8080/a/../b?c");
  CHECK(target.scheme == "http");
  CHECK(target.authority == "Example.com:8080");
  CHECK(target.path == "/b");
  CHECK(target.query == "c");
  CHECK(accepted("https://h").path == "/");
  CHECK(accepted("https://h").scheme == "https");
  CHECK(accepted("http://h?q").query == "q");
  CHECK(accepted("http://[::1]:80/x").authority == "[::1]:80");
  CHECK(accepted("/http://h/").scheme.empty());
}

TEST_CASE("An absolute target of any other shape is refused") {
  const auto raw =
      GENERATE("http://", "http:///a", "http:/a", "http:a", "http://user@h/", "http://user:pass@h/", "http://h:x/",
               "http://h:65536/", "http://h,i/", "http://%68/", "http://h\\@i/", "http://h\\a", "http://a..b/",
               "ftp://h/", "file:///etc/passwd", "httpx://h/", "httpss://h/", "ws://h/", "h:80", "h", "example.com:80",
               "*/", "**", "\\\\h\\a", "http://[::1/", "http://?x");
  INFO(raw);
  CHECK(refused(raw) == 400);
}

TEST_CASE("'*' is a target of OPTIONS only") {
  CHECK(refused("*") == 400);
  CHECK(accepted("*", "OPTIONS").asterisk);
  CHECK(accepted("http://h", "OPTIONS").asterisk);
  CHECK(accepted("http://h", "OPTIONS").authority == "h");
  CHECK_FALSE(accepted("http://h/", "OPTIONS").asterisk);
  CHECK_FALSE(accepted("/*", "OPTIONS").asterisk);
}

TEST_CASE("Whatever is accepted keeps the promises of a target") {
  const std::vector<std::string> pieces = {
      "/",      "/", "..", ".",  "%2e",      "%2E",    "%2f", "%2F",      "%5c", "\\", ";", "a",   "%61", "%25",
      "%c3%a9", "?", "%",  "%2", "\xc3\xa9", "%c0%ae", "//",  "http://h", "{",   "~",  ":", "%7e", "%00"};
  std::mt19937 random(20160229);
  for (int round = 0; round < 20000; ++round) {
    std::string raw = "/";
    for (auto length = random() % 12; length > 0; --length) raw += pieces[random() % pieces.size()];
    check_promises(raw);
  }
}

TEST_CASE("Random bytes keep the promises of a target") {
  std::mt19937 random(42);
  for (int round = 0; round < 20000; ++round) {
    std::string raw = "/";
    for (auto length = random() % 8; length > 0; --length) raw += static_cast<char>(0x21 + random() % 0xdf);
    check_promises(raw);
  }
}
