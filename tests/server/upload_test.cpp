#include "server/upload.h"

#include <mutex>

#include "tests/support/catch.h"
#include "tests/support/fake_connection.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

using testing::TempDir;

struct Fixture {
  TempDir dir;
  Counters counters;
  SpoolSpace space{dir.path(), 64 << 20, counters};
  TaskThread spooler{"spooler"};
  FakeConnections connections;
  FakeSuspender suspender{connections};

  // Gives the bytes as an HTTP loop does: again, when they were not taken. False: cut.
  bool give(Upload& upload, std::string_view bytes) {
    for (;;) {
      const Take take = upload.append(bytes, suspender);
      if (take != Take::later) return take == Take::taken;
      connections.wait_for_wakes(connections.suspended);
    }
  }
  void settle(Upload& upload) {
    while (!upload.settled(suspender)) connections.wait_for_wakes(connections.suspended);
  }
  static std::string read_all(Upload& upload, std::size_t turn) {
    std::string all, into(turn, '\0');
    for (;;) {
      const auto count = upload.read_at(all.size(), into);
      REQUIRE(count.ok());
      if (*count == 0) return all;
      all.append(into, 0, *count);
    }
  }
};

TEST_CASE_METHOD(Fixture, "a body comes back as it was received") {
  const std::size_t size = GENERATE(0U, 1U, 8'000U, 262'143U, 262'144U, 262'145U, 3'000'000U);
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>((i * 7919) >> 5);
  auto upload = std::make_shared<Upload>(space, spooler, 64 << 20);
  for (std::size_t at = 0; at < size; at += 8'000) CHECK(give(*upload, std::string_view(body).substr(at, 8'000)));
  settle(*upload);
  CHECK(upload->state() == Upload::State::good);
  CHECK(upload->size() == size);
  CHECK(read_all(*upload, 65'536) == body);
  CHECK(read_all(*upload, 7'777) == body);  // again, for a retry
}

TEST_CASE_METHOD(Fixture, "only a part of a large body is kept in memory") {
  auto upload = std::make_shared<Upload>(space, spooler, 64 << 20);
  for (int i = 0; i < 1000; ++i) give(*upload, std::string(8'000, 'x'));
  CHECK(space.used() > 7'000'000);
  spooler.stop();  // it lets go of the upload a moment after it has woken us
  upload.reset();
  CHECK(space.used() == 0);
}

TEST_CASE_METHOD(Fixture, "a body above the limit is dropped, and listened to no longer than it makes sense") {
  auto upload = std::make_shared<Upload>(space, spooler, 10'000);
  CHECK(give(*upload, std::string(10'000, 'x')));
  CHECK(upload->state() == Upload::State::good);
  CHECK(give(*upload, "y"));
  CHECK(upload->state() == Upload::State::too_large);
  CHECK(give(*upload, std::string(9'000, 'x')));
  CHECK_FALSE(give(*upload, std::string(9'000, 'x')));
}

TEST_CASE_METHOD(Fixture, "while a piece is written nothing is taken, and the connection is woken once") {
  auto upload = std::make_shared<Upload>(space, spooler, 64 << 20);
  std::mutex drive;
  drive.lock();
  REQUIRE(spooler.post([&] { std::lock_guard wait(drive); }));  // a drive that hangs
  CHECK(upload->append(std::string(300'000, 'x'), suspender) == Take::taken);
  CHECK(upload->append("y", suspender) == Take::later);
  CHECK(connections.woken() == 0);
  drive.unlock();
  connections.wait_for_wakes(1);
  CHECK(upload->append("y", suspender) == Take::taken);
  CHECK(upload->size() == 300'001);
  CHECK(connections.suspended == 1);
}

TEST_CASE_METHOD(Fixture, "without room in the spool the upload says so") {
  SpoolSpace tiny(dir.path(), 1000, counters);
  auto upload = std::make_shared<Upload>(tiny, spooler, 64 << 20);
  give(*upload, std::string(300'000, 'x'));
  settle(*upload);
  CHECK(upload->state() == Upload::State::no_space);
}

TEST_CASE_METHOD(Fixture, "without its folder the spool is in memory") {
  SpoolSpace missing(dir.path() + "/missing", 64 << 20, counters);
  auto upload = std::make_shared<Upload>(missing, spooler, 64 << 20);
  give(*upload, std::string(300'000, 'x'));
  settle(*upload);
  CHECK(upload->state() == Upload::State::good);
  CHECK(upload->size() == 300'000);
}

}  // namespace
}  // namespace larder::server
