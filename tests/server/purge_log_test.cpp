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

std::string text_of(const std::vector<Purge>& purges) {
  std::string text;
  for (const Purge& purge : purges) text += purge_line(purge);
  return text;
}

std::vector<Purge> reopened(const std::string& path) {
  std::vector<Purge> purges;
  REQUIRE(PurgeLog::open(path, purges).ok());
  return purges;
}

TEST_CASE("what was appended is there when the file is opened again") {
  const TempDir directory;
  const std::string path = directory / "purges";
  std::vector<Purge> none;
  auto log = PurgeLog::open(path, none);
  REQUIRE(log.ok());
  CHECK(none.empty());
  REQUIRE(log->append(kPurges).ok());
  CHECK(reopened(path) == kPurges);
}

TEST_CASE("a file cut anywhere keeps the lines before the cut, and takes new ones") {
  const TempDir directory;
  const std::string text = text_of(kPurges);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string path = directory.write("purges", text.substr(0, cut));
    std::vector<Purge> before;
    auto log = PurgeLog::open(path, before);
    REQUIRE(log.ok());
    REQUIRE(log->append({kPurges[1]}).ok());
    before.push_back(kPurges[1]);
    CHECK(reopened(path) == before);
  }
}

TEST_CASE("a damaged line ends the file") {
  std::string text = text_of(kPurges);
  text[purge_line(kPurges[0]).size() + 12] ^= 1;
  CHECK(parse_purge_lines(text).size() == 1);
}

TEST_CASE("a file that has grown too long becomes one purge of everything older") {
  const TempDir directory;
  std::string text;
  for (std::size_t i = 0; i <= cache::PurgeList::kMostPurges; ++i)
    text += purge_line({Kind::key, "http://a/" + std::to_string(i), true, static_cast<Millis>(i)});
  const std::string path = directory.write("purges", text);
  reopened(path);
  CHECK(reopened(path) == std::vector<Purge>{{Kind::all, "", true, cache::PurgeList::kMostPurges}});
}

}  // namespace
}  // namespace larder::server
