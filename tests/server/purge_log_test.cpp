#include "server/purge_log.h"

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

using cache::Purge;
using testing::TempDir;
using Kind = Purge::Kind;
const std::vector<Purge> kPurges = {
    {Kind::key, "http://a/ b", true, 5}, {Kind::tag, "t", false, 6}, {Kind::all, "", true, 7}};

// `start`: as in a file of its own, and as in a device behind what else is there.
std::vector<Purge> reopened(const std::string& path, std::uint64_t start = 0) {
  std::vector<Purge> purges;
  REQUIRE(PurgeLog::open_at(path, start, purges).ok());
  return purges;
}

PurgeLog opened(const std::string& path, std::uint64_t start = 0) {
  std::vector<Purge> purges;
  auto log = PurgeLog::open_at(path, start, purges);
  REQUIRE(log.ok());
  return *std::move(log);
}

Purge url(std::size_t i, Millis at = 1) { return {Kind::key, "http://a/" + std::to_string(i), true, at}; }

TEST_CASE("what was appended is there when the log is opened again, in a file and in the middle of a device") {
  const TempDir directory;
  const std::uint64_t start = GENERATE(0U, PurgeLog::kOnDevice);
  const std::string path = directory.write("purges", std::string(start, 'x'));
  CHECK(reopened(path, start).empty());
  REQUIRE(opened(path, start).append(kPurges).ok());
  CHECK(reopened(path, start) == kPurges);
  REQUIRE(opened(path, start).append({url(1)}).ok());
  CHECK(reopened(path, start).size() == kPurges.size() + 1);
  CHECK(testing::read_file(path).substr(0, start) == std::string(start, 'x'));
}

TEST_CASE("beside a ring in a directory the log is a file, and nothing else than a drive has one") {
  const TempDir directory;
  std::vector<Purge> purges;
  auto log = PurgeLog::open(directory.path(), purges);
  REQUIRE(log.ok());
  REQUIRE(log->append(kPurges).ok());
  CHECK(reopened(directory / "purges") == kPurges);
  CHECK_FALSE(PurgeLog::open(directory / "missing", purges).ok());
  CHECK_FALSE(PurgeLog::open(directory / "purges", purges).ok());
}

TEST_CASE("a log cut anywhere keeps the lines before the cut, and takes new ones") {
  const TempDir directory;
  const std::string path = directory / "purges";
  REQUIRE(opened(path).append(kPurges).ok());
  const std::string whole = testing::read_file(path);
  const std::size_t head = whole.find('\n') + 1;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    if (cut > head + 2 && cut + 200 < whole.size()) continue;  // the zeros behind the head
    directory.write("purges", whole.substr(0, cut));
    std::vector<Purge> expected = reopened(path);
    CHECK(std::equal(expected.begin(), expected.end(), kPurges.begin()));
    REQUIRE(opened(path).append({url(7)}).ok());
    expected.push_back(url(7));
    CHECK(reopened(path) == expected);
  }
}

TEST_CASE("a damaged line ends the file") {
  std::string text;
  for (const Purge& purge : kPurges) text += purge_line(purge);
  text[purge_line(kPurges[0]).size() + 12] ^= 1;
  CHECK(parse_purge_lines(text).size() == 1);
}

TEST_CASE("of purges of one name the last counts, and too many are one of everything older") {
  CHECK(what_still_counts({url(1, 5), url(2, 6), url(1, 9), url(1, 7)}) == std::vector<Purge>{url(1, 9), url(2, 6)});
  std::vector<Purge> many;
  for (std::size_t i = 0; i <= cache::PurgeList::kMostPurges; ++i) many.push_back(url(i, static_cast<Millis>(i)));
  CHECK(what_still_counts(many) == std::vector<Purge>{{Kind::all, "", true, cache::PurgeList::kMostPurges}});
  CHECK(what_still_counts({{Kind::tag, std::string(1 << 20, 'x'), false, 3}}).front().kind == Kind::all);
}

TEST_CASE("the log never grows beyond its two halves, and forgets no purge") {
  const TempDir directory;
  const std::string path = directory / "purges";
  auto log = opened(path);
  for (Millis at = 1; at <= 200; ++at) {
    std::vector<Purge> purges;
    for (std::size_t i = 0; i < 700; ++i) purges.push_back(url(static_cast<std::size_t>(at) % 2 * 700 + i, at));
    REQUIRE(log.append(purges).ok());
  }
  CHECK(testing::read_file(path).size() <= 2 * PurgeLog::kHalf);
  const auto counting = what_still_counts(reopened(path));
  REQUIRE(counting.size() == 1400);
  for (const Purge& purge : counting) CHECK(purge.at >= 199);
}

TEST_CASE("a half whose head is not there yet does not count") {
  const TempDir directory;
  const std::string path = directory / "purges";
  auto log = opened(path);
  const std::string second = "purges 2\n";
  std::vector<Purge> held;
  std::string bytes;
  for (Millis at = 1; bytes.find(second) == std::string::npos; ++at) {
    held = reopened(path);
    std::vector<Purge> purges;
    for (std::size_t i = 0; i < 4'000; ++i) purges.push_back(url(i, at));
    REQUIRE(log.append(purges).ok());
    bytes = testing::read_file(path);
  }
  REQUIRE_FALSE(held.empty());
  // As a loss of power leaves it before the head is written.
  bytes.replace(bytes.find(second), second.size(), second.size(), '\0');
  directory.write("purges", bytes);
  CHECK(reopened(path) == held);
}

}  // namespace
}  // namespace larder::server
