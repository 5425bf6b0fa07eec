// Where the daemon listens, and what it writes about those who came.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/raw_client.h"

using namespace larder::testing;

namespace {

std::string only_files(const TestSite& site) { return "php.address=unix:" + site.root() + "/none"; }

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("The daemon listens on IPv4, IPv6 and a Unix socket at the same time") {
  TestSite site;
  const TempDir directory;
  const std::string socket = directory / "http.sock";
  LarderDaemon daemon({site.setting(), only_files(site), "server.listen=127.0.0.1:0, [::1]:0, unix:" + socket});
  REQUIRE(daemon.listeners().size() == 3);
  const std::string six = daemon.listeners()[1];
  REQUIRE(six.starts_with("http://[::1]:"));
  const auto six_port = static_cast<std::uint16_t>(std::stoul(six.substr(six.rfind(':') + 1)));

  daemon.client().get("/style.css").send().expect(200);
  HttpClient({.address = "::1", .port = six_port}).get("/style.css").send().expect(200);
  HttpClient({.unix_path = socket}).get("/style.css").send().expect(200);
  daemon.stop();
  CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE("One dual listener takes IPv4 and IPv6") {
  TestSite site;
  LarderDaemon daemon({site.setting(), only_files(site), "server.listen=[::]:0"});
  const std::string url = daemon.listeners().front();
  const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
  HttpClient({.address = "::1", .port = port}).get("/style.css").send().expect(200);
  HttpClient({.port = port}).get("/style.css").send().expect(200);
}

TEST_CASE("A Unix socket left behind by a killed daemon is taken over") {
  TestSite site;
  const TempDir directory;
  const std::string socket = directory / "http.sock";
  LarderDaemon daemon({site.setting(), only_files(site), "server.listen=127.0.0.1:0, unix:" + socket});
  daemon.kill9();
  daemon.start();
  HttpClient({.unix_path = socket}).get("/style.css").send().expect(200);
}

TEST_CASE("Statistics are for those who may see them") {
  TestSite site;
  LarderDaemon daemon({site.setting(), only_files(site), "server.stats_allow=192.0.2.1"});
  const Response response = daemon.client().get("/larder/stats").send();
  CHECK(response.status >= 400);
  const bool shown = response.body.find("counters") != std::string::npos;
  CHECK_FALSE(shown);
}

TEST_CASE("Each request leaves a line in the access log") {
  TestSite site;
  const TempDir directory;
  const std::string path = directory / "access.log";
  LarderDaemon daemon({site.setting(), "php.workers=1", "log.access=file:" + path});
  HttpClient client = daemon.client();
  std::size_t written = 0;
  // One after the other: two loops may write in another order than they answered.
  const auto wait_for_line = [&] {
    const bool came = eventually([&] { return count_lines(read_file(path)) > written; });
    REQUIRE(came);
    ++written;
  };
  client.get("/article/1?a=b").header("User-Agent: a \"scenario\"").header("Referer: http://else.test/").send();
  wait_for_line();
  client.get("/article/1?a=b").send();
  wait_for_line();
  client.get("/style.css").send();
  wait_for_line();
  client.get("/.hidden").send().expect(404);
  wait_for_line();
  RawClient(daemon.port()).send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").until_closed();
  wait_for_line();

  std::vector<std::string> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  const auto expect = [&](std::size_t number, std::initializer_list<const char*> words) {
    INFO(lines[number]);
    for (const char* word : words) {
      INFO(word);
      CHECK(lines[number].find(word) != std::string::npos);
    }
  };
  expect(0, {"127.0.0.1 - - [", "\"GET /article/1?a=b HTTP/1.1\" 200 ", "\"http://else.test/\"", "a \\x22scenario\\x22",
             "miss"});
  expect(1, {"\"GET /article/1?a=b HTTP/1.1\" 200 ", "hit"});
  expect(2, {"\"GET /style.css HTTP/1.1\" 200 21 "});
  expect(3, {"\"GET /.hidden HTTP/1.1\" 404 "});
  expect(4, {" 400 "});
}

TEST_CASE("The access log can be JSON, and is opened again after it was rotated") {
  TestSite site;
  const TempDir directory;
  const std::string path = directory / "access.log";
  LarderDaemon daemon({site.setting(), only_files(site), "log.access=file:" + path, "log.format=json"});
  HttpClient client = daemon.client();
  client.get("/style.css").send();
  REQUIRE(eventually([&] { return count_lines(read_file(path)) == 1; }));
  CHECK(read_file(path).starts_with("{\""));
  CHECK(read_file(path).find("\"/style.css\"") != std::string::npos);

  std::filesystem::rename(path, path + ".1");
  daemon.signal(SIGHUP);
  CHECK(eventually([&] {
    client.get("/docs/").send();
    return count_lines(read_file(path)) > 0;
  }));
  CHECK(read_file(path).find("\"/docs/\"") != std::string::npos);
}
