#include "server/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using namespace larder::server;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

AccessEntry entry() {
  AccessEntry e;
  e.client = "2001:db8::7";
  e.method = "GET";
  e.target = "/post/?a=b";
  e.version = "HTTP/1.1";
  e.host = "blog.example";
  e.referer = "https://example.org/";
  e.user_agent = "Mozilla/5.0 (X11)";
  e.cache = "hit";
  e.status = 200;
  e.body_bytes = 12391;
  e.wall = 1'456'747'932'042;  // 2016-02-29 12:12:12.042 UTC
  e.duration_ms = 0.26;
  return e;
}

Settings::Log to_file(const std::string& path) {
  Settings::Log settings;
  settings.access = AccessLog::file;
  settings.access_file = path;
  return settings;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Standard output leads elsewhere while this lives.
class StandardOutput {
 public:
  explicit StandardOutput(int to) : saved_(::dup(STDOUT_FILENO)) { ::dup2(to, STDOUT_FILENO); }
  ~StandardOutput() { ::dup2(saved_.get(), STDOUT_FILENO); }

 private:
  UniqueFd saved_;
};

}  // namespace

TEST_CASE("A combined line is Apache's, then the cache status and the milliseconds") {
  CHECK(format_combined(entry()) ==
        "2001:db8::7 - - [29/Feb/2016:12:12:12 +0000] \"GET /post/?a=b HTTP/1.1\" 200 12391 "
        "\"https://example.org/\" \"Mozilla/5.0 (X11)\" hit 0.3\n");
}

TEST_CASE("What is not known is a minus in a combined line") {
  AccessEntry e;
  e.status = 400;
  CHECK(format_combined(e) == "- - - [01/Jan/1970:00:00:00 +0000] \"- - -\" 400 0 \"-\" \"-\" - 0.0\n");
}

TEST_CASE("No client can forge a field or a line, or drive a terminal") {
  AccessEntry e = entry();
  e.user_agent = "a\"b\\c\nd\x1B[2Je\x7F\xC3\xA4";
  e.target = std::string_view("/\0x", 3);
  e.referer = "\" 200 0 \"";
  const std::string line = format_combined(e);
  CHECK(line.find(R"("a\x22b\x5Cc\x0Ad\x1B[2Je\x7F\xC3\xA4")") != std::string::npos);
  CHECK(line.find(R"(/\x00x)") != std::string::npos);
  CHECK(line.find(R"("\x22 200 0 \x22")") != std::string::npos);
  CHECK(lines_in(line) == 1);
  CHECK(std::count(line.begin(), line.end(), '"') == 6);
}

TEST_CASE("A JSON line is one object with every field") {
  const std::string line = format_json(entry());
  CHECK(lines_in(line) == 1);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["time"] == "2016-02-29T12:12:12.042Z");
  CHECK(json["client"] == "2001:db8::7");
  CHECK(json["method"] == "GET");
  CHECK(json["host"] == "blog.example");
  CHECK(json["target"] == "/post/?a=b");
  CHECK(json["version"] == "HTTP/1.1");
  CHECK(json["status"] == 200);
  CHECK(json["bytes"] == 12391);
  CHECK(json["referer"] == "https://example.org/");
  CHECK(json["user_agent"] == "Mozilla/5.0 (X11)");
  CHECK(json["cache"] == "hit");
  CHECK(json["milliseconds"] == 0.26);
  CHECK(line.starts_with("{\"time\":"));
}

TEST_CASE("A JSON line is valid UTF-8 whatever the client sent") {
  AccessEntry e = entry();
  e.user_agent = "\xFF\xC3(\xED\xA0\x80 \xC3\xA4\n\"";
  const std::string line = format_json(e);
  CHECK(lines_in(line) == 1);
  const auto json = nlohmann::json::parse(line);  // throws on invalid UTF-8
  CHECK(json["user_agent"].get<std::string>().find("\xC3\xA4\n\"") != std::string::npos);
}

TEST_CASE("Lines reach the file in order, and are added to what it holds") {
  const TempDir dir;
  Counters counters;
  const std::string path = dir.write("access.log", "old\n");
  {
    auto log = AccessLogger::open(to_file(path), counters);
    REQUIRE(log.ok());
    for (int status = 100; status < 600; ++status) {
      AccessEntry e = entry();
      e.status = status;
      (*log)->write(e);
    }
  }  // the destructor writes what is queued
  const std::string text = read_file(path);
  CHECK(text.starts_with("old\n"));
  CHECK(lines_in(text) == 501);
  CHECK(text.find(" 100 ") < text.find(" 599 "));
  CHECK(counters.get(Counter::log_dropped) == 0);
}

TEST_CASE("The format is the one that was asked for") {
  const TempDir dir;
  Counters counters;
  Settings::Log settings = to_file(dir / "access.log");
  settings.format = LogFormat::json;
  auto log = AccessLogger::open(settings, counters);
  REQUIRE(log.ok());
  (*log)->write(entry());
  (*log)->flush();
  CHECK(read_file(dir / "access.log") == format_json(entry()));
}

TEST_CASE("After a rotation reopen() goes on in a new file, and loses nothing when it cannot") {
  const TempDir dir;
  Counters counters;
  const std::string path = dir / "sub/access.log";
  dir.write("sub/access.log", "");
  auto log = AccessLogger::open(to_file(path), counters);
  REQUIRE(log.ok());
  (*log)->write(entry());
  (*log)->flush();
  std::filesystem::rename(path, dir / "rotated");
  (*log)->write(entry());
  (*log)->flush();
  CHECK(lines_in(read_file(dir / "rotated")) == 2);
  CHECK((*log)->reopen().ok());
  (*log)->write(entry());
  (*log)->flush();
  CHECK(lines_in(read_file(dir / "rotated")) == 2);
  CHECK(lines_in(read_file(path)) == 1);

  std::filesystem::rename(dir / "sub", dir / "moved");
  CHECK_FALSE((*log)->reopen().ok());
  (*log)->write(entry());
  (*log)->flush();
  CHECK(lines_in(read_file(dir / "moved/access.log")) == 2);
}

TEST_CASE("A log that is off writes nothing, and a file that cannot be opened is an error") {
  Counters counters;
  auto off = AccessLogger::open(Settings::Log{}, counters);
  REQUIRE(off.ok());
  (*off)->write(entry());
  (*off)->flush();
  CHECK((*off)->reopen().ok());
  CHECK_FALSE(AccessLogger::open(to_file("/no/such/directory/access.log"), counters).ok());
}

TEST_CASE("The journal is standard output") {
  const TempDir dir;
  Counters counters;
  Settings::Log settings;
  settings.access = AccessLog::journal;
  {
    const UniqueFd file(::open((dir / "out").c_str(), O_WRONLY | O_CREAT, 0600));
    const StandardOutput redirected(file.get());
    auto log = AccessLogger::open(settings, counters);
    REQUIRE(log.ok());
    (*log)->write(entry());
  }
  CHECK(read_file(dir / "out") == format_combined(entry()));
}

TEST_CASE("Nobody waits for a journal that does not read: lines are dropped and counted") {
  Counters counters;
  Settings::Log settings;
  settings.access = AccessLog::journal;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const std::size_t sent = 40'000;
  std::size_t received = 0;
  {
    auto log = [&] {
      const StandardOutput redirected(writer.get());
      return AccessLogger::open(settings, counters);
    }();
    REQUIRE(log.ok());
    writer.reset();
    for (std::size_t i = 0; i < sent; ++i) (*log)->write(entry());  // some 6 MB, into a pipe of 64 KiB: must not block
    CHECK(counters.get(Counter::log_dropped) > 0);
    // Now somebody reads, and what was not dropped arrives.
    std::thread reading([&] {
      char chunk[65536];
      for (ssize_t got; (got = ::read(reader.get(), chunk, sizeof chunk)) > 0;)
        received += static_cast<std::size_t>(std::count(chunk, chunk + got, '\n'));
    });
    (*log).reset();
    reading.join();
  }
  CHECK(received + counters.get(Counter::log_dropped) == sent);
}

TEST_CASE("A full drive costs lines, which are counted, and nothing else") {
  Counters counters;
  auto log = AccessLogger::open(to_file("/dev/full"), counters);
  REQUIRE(log.ok());
  for (int i = 0; i < 10; ++i) (*log)->write(entry());
  (*log)->flush();
  CHECK(counters.get(Counter::log_dropped) == 10);
}

TEST_CASE("Many threads write whole lines") {
  const TempDir dir;
  Counters counters;
  auto log = AccessLogger::open(to_file(dir / "access.log"), counters);
  REQUIRE(log.ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) (*log)->write(entry());
    });
  CHECK((*log)->reopen().ok());
  for (std::thread& thread : threads) thread.join();
  (*log)->flush();
  const std::string text = read_file(dir / "access.log");
  const std::string line = format_combined(entry());
  CHECK(text.size() == 2000 * line.size());
  for (std::size_t at = 0; at < text.size(); at += line.size()) REQUIRE(text.compare(at, line.size(), line) == 0);
}
