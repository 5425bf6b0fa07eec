#include "server/setting_value.h"

#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;

namespace {

constexpr Range kAny = {0, UINT64_MAX};

std::string size_error(std::string_view text, Range range = kAny) {
  auto value = parse_size(text, range);
  return value ? "none" : value.error().message;
}

std::string listen_text(std::string_view text) {
  auto address = parse_listen_address(text);
  if (!address) return "error";
  if (!address->unix_path.empty()) return "unix " + address->unix_path;
  return "'" + address->host + "' " + std::to_string(address->port);
}

}  // namespace

TEST_CASE("Sizes are bytes, or have a unit that is a power of 1024") {
  CHECK(*parse_size("0", kAny) == 0);
  CHECK(*parse_size("4096", kAny) == 4096);
  CHECK(*parse_size("16K", kAny) == 16384);
  CHECK(*parse_size("64m", kAny) == 64u << 20);
  CHECK(*parse_size("8 G", kAny) == std::uint64_t{8} << 30);
  CHECK(*parse_size("18446744073709551615", kAny) == UINT64_MAX);
}

TEST_CASE("A size that is none says what is accepted") {
  CHECK(size_error("8T") == "unknown unit \"T\"; write bytes, or K, M, G (64M)");
  CHECK(size_error("8GB") == "unknown unit \"GB\"; write bytes, or K, M, G (64M)");
  CHECK(size_error("1.5G") == "unknown unit \".5G\"; write bytes, or K, M, G (64M)");
  CHECK(size_error("") == "not a whole number with a unit; write bytes, or K, M, G (64M)");
  CHECK(size_error("-1") == "not a whole number with a unit; write bytes, or K, M, G (64M)");
  CHECK(size_error("G") == "not a whole number with a unit; write bytes, or K, M, G (64M)");
}

TEST_CASE("A size outside its range, even outside 64 bits, states the range") {
  const Range range = {kMiB, 2 * kGiB};
  CHECK(size_error("1048575", range) == "out of range: 1M to 2G");
  CHECK(size_error("1M", range) == "none");
  CHECK(size_error("2G", range) == "none");
  CHECK(size_error("2147483649", range) == "out of range: 1M to 2G");
  CHECK(size_error("18446744073709551616", range) == "out of range: 1M to 2G");
  CHECK(size_error("17179869184G", range) == "out of range: 1M to 2G");  // 2^64 bytes
  CHECK(size_error("17179869185G", range) == "out of range: 1M to 2G");  // wraps to 1G in 64 bits
  CHECK(size_error("99999999999999999999999", range) == "out of range: 1M to 2G");
}

TEST_CASE("Durations have one of five units, and none is not one of them") {
  CHECK(*parse_duration("250ms", kAny) == 250);
  CHECK(*parse_duration("30s", kAny) == 30'000);
  CHECK(*parse_duration("10m", kAny) == 600'000);
  CHECK(*parse_duration("2h", kAny) == 7'200'000);
  CHECK(*parse_duration("1d", kAny) == 86'400'000);
  CHECK(parse_duration("30", kAny).error().message == "the unit is missing; write ms, s, m, h or d (30s)");
  CHECK(parse_duration("30x", kAny).error().message == "unknown unit \"x\"; write ms, s, m, h or d (30s)");
  CHECK(parse_duration("2h", {1000, 3'600'000}).error().message == "out of range: 1s to 1h");
}

TEST_CASE("Sizes and durations print in the largest whole unit, which parses back") {
  CHECK(format_size(0) == "0");
  CHECK(format_size(1000) == "1000");
  CHECK(format_size(16384) == "16K");
  CHECK(format_size(1024 * kGiB) == "1024G");
  CHECK(format_duration(100) == "100ms");
  CHECK(format_duration(90'000) == "90s");
  CHECK(format_duration(86'400'000) == "1d");
  for (const std::uint64_t value : {std::uint64_t{1}, kKiB + 1, 3 * kMiB, 5 * kGiB})
    CHECK(*parse_size(format_size(value), kAny) == value);
}

TEST_CASE("Numbers are plain digits within their range") {
  CHECK(*parse_number("64", {1, 64}) == 64);
  for (const char* text : {"", "-1", "+1", "1.0", "0x10", "4 ", "four"})
    CHECK(parse_number(text, {1, 64}).error().message == "not a whole number");
  for (const char* text : {"0", "65", "4294967297", "99999999999999999999999"})
    CHECK(parse_number(text, {1, 64}).error().message == "out of range: 1 to 64");
}

TEST_CASE("Addresses to listen on have a numeric host, a port, or both, or are Unix sockets") {
  CHECK(listen_text("[::]:80") == "'::' 80");
  CHECK(listen_text("[::1]") == "'::1' 80");
  CHECK(listen_text("0.0.0.0:8080") == "'0.0.0.0' 8080");
  CHECK(listen_text("127.0.0.1:0") == "'127.0.0.1' 0");
  CHECK(listen_text("127.0.0.1") == "'127.0.0.1' 80");
  CHECK(listen_text("8080") == "'' 8080");
  CHECK(listen_text("unix:/run/x.sock") == "unix /run/x.sock");
}

TEST_CASE("Anything else is no address to listen on") {
  for (const char* text : {"", "localhost:80", "::1", "::1:80", "[::1", "[::1]80", "[::1]:", "[127.0.0.1]:80",
                           "1.2.3:80", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "65536", ":80", "[]:80",
                           "unix:", "unix:x.sock", "*:80", "1.2.3.4:99999999999999999999999"}) {
    INFO(text);
    CHECK(listen_text(text) == "error");
  }
  CHECK(listen_text("unix:/" + std::string(106, 'x')) != "error");
  CHECK(listen_text("unix:/" + std::string(107, 'x')) == "error");  // sun_path holds 108 bytes, one of them the NUL
}

TEST_CASE("Lists are separated by blanks and commas") {
  CHECK(split_words("") == std::vector<std::string>{});
  CHECK(split_words(" , ,") == std::vector<std::string>{});
  CHECK(split_words(" a b,c,\td ") == std::vector<std::string>{"a", "b", "c", "d"});
  CHECK(parse_listen("[::]:80, 8080")->size() == 2);
  CHECK_FALSE(parse_listen(" ").ok());
  CHECK_FALSE(parse_listen("80 x").ok());
}

TEST_CASE("Headers are pairs; those that Larder sends itself are refused") {
  CHECK(parse_headers("")->empty());
  auto headers = parse_headers("X-Clacks-Overhead: GNU Terry Pratchett | X-A:b: c|d");
  REQUIRE(headers.ok());
  CHECK((*headers)[0] == std::pair<std::string, std::string>{"X-Clacks-Overhead", "GNU Terry Pratchett"});
  CHECK((*headers)[1] == std::pair<std::string, std::string>{"X-A", "b: c|d"});
  CHECK(parse_headers("X-A: b")->size() == 1);
  for (const char* text : {"nothing", ": value", "X A: b", "X-\xC3\xA4: b", "Content-Length: 3", "server: nginx",
                           "Transfer-Encoding: chunked", "X-A: b | nothing", "X-A: a\x01"}) {
    INFO(text);
    CHECK_FALSE(parse_headers(text).ok());
  }
}

TEST_CASE("Hosts are lower-case globs without a port") {
  CHECK(*parse_hosts("Example.ORG, *.example.org [::1]") ==
        std::vector<std::string>{"example.org", "*.example.org", "[::1]"});
  for (const char* text : {"example.org:80", "http://example.org", "a/b", "[::1",
                           "b\xC3\xBC"
                           "cher.example"})
    CHECK_FALSE(parse_hosts(text).ok());
}

TEST_CASE("PHP versions are auto, two numbers or a path") {
  for (const char* text : {"auto", "7.4", "8.2", "10.11", "/opt/php/sbin/php-fpm"}) CHECK(parse_php_version(text).ok());
  for (const char* text : {"", "8", "8.", ".2", "8.2.1", "php8.2", "newest", "sbin/php-fpm"})
    CHECK_FALSE(parse_php_version(text).ok());
}

TEST_CASE("Paths begin with a slash or a star, file names hold no slash") {
  CHECK(parse_paths("/a/ */b").ok());
  CHECK_FALSE(parse_paths("a/").ok());
  CHECK(parse_file_names("index.php index.html").ok());
  CHECK_FALSE(parse_file_names("../index.php").ok());
}
