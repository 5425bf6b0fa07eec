#include "base/log.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder;
using larder::testing::read_file;
using larder::testing::TempDir;

namespace {

struct LogFile {
  TempDir dir;
  UniqueFd fd{::open((dir / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  std::string text() const { return read_file(dir / "log"); }
  std::string stream() const {
    struct stat status {};
    REQUIRE(::fstat(fd.get(), &status) == 0);
    return fmt::format("{}:{}", status.st_dev, status.st_ino);
  }
};

}  // namespace

TEST_CASE("A line says who speaks and how grave it is") {
  CHECK(format_log_line(LogStyle::plain, Level::warning, "php-fpm ended") == "larder: warning: php-fpm ended\n");
  CHECK(format_log_line(LogStyle::plain, Level::info, "") == "larder: info: \n");
}

TEST_CASE("For the journal a line begins with its priority") {
  CHECK(format_log_line(LogStyle::journal, Level::debug, "x") == "<7>x\n");
  CHECK(format_log_line(LogStyle::journal, Level::info, "x") == "<6>x\n");
  CHECK(format_log_line(LogStyle::journal, Level::warning, "x") == "<4>x\n");
  CHECK(format_log_line(LogStyle::journal, Level::error, "x") == "<3>x\n");
}

TEST_CASE("A message stays one line, whatever it holds") {
  CHECK(format_log_line(LogStyle::plain, Level::error, "a\nlarder: error: forged\x1B[2J\x7F\r") ==
        "larder: error: a\\x0Alarder: error: forged\\x1B[2J\\x7F\\x0D\n");
  CHECK(format_log_line(LogStyle::plain, Level::error, "ends with line ends\n\n") ==
        "larder: error: ends with line ends\n");
  CHECK(format_log_line(LogStyle::plain, Level::info, "gr\xC3\xBC\xC3\x9F Gott") ==
        "larder: info: gr\xC3\xBC\xC3\x9F Gott\n");
}

TEST_CASE("Only what is grave enough is written") {
  const LogFile file;
  Log log(Level::warning, file.fd.get());
  log.write(Level::debug, "1");
  log.write(Level::info, "2");
  log.write(Level::warning, "3");
  log.set_level(Level::debug);
  log.report()(Level::debug, "4");
  CHECK(file.text() == "larder: warning: 3\nlarder: debug: 4\n");
}

TEST_CASE("Priorities are for the stream that the journal reads, and for no other") {
  const LogFile file, other;
  CHECK(log_style_for(file.fd.get(), file.stream().c_str()) == LogStyle::journal);
  CHECK(log_style_for(file.fd.get(), other.stream().c_str()) == LogStyle::plain);
  CHECK(log_style_for(file.fd.get(), "8:garbage") == LogStyle::plain);
  CHECK(log_style_for(file.fd.get(), nullptr) == LogStyle::plain);
  CHECK(log_style_for(-1, file.stream().c_str()) == LogStyle::plain);
}

TEST_CASE("Levels have names") {
  CHECK(level_by_name("debug") == Level::debug);
  CHECK(level_by_name("error") == Level::error);
  CHECK_FALSE(level_by_name("loud").has_value());
}

TEST_CASE("Lines of many threads do not mix") {
  const LogFile file;
  Log log(Level::info, file.fd.get());
  std::vector<std::thread> threads;
  for (char letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([&log, letter] {
      for (int n = 0; n < 200; ++n) log.write(Level::info, std::string(100, letter));
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> kinds;
  const std::string text = file.text();
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    kinds.insert(text.substr(at, end - at));
  CHECK(kinds.size() == 4);
  CHECK(text.size() == 800 * (std::string("larder: info: ").size() + 101));
}
