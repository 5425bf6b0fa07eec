#include "server/response_buffer.h"

#include <optional>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_connection.h"
#include "tests/support/temp_dir.h"

namespace larder::server {
namespace {

using testing::TempDir;

using State = BodyStream::State;

// The byte at each place of a body says where it belongs, so that a lost, doubled or swapped piece is seen.
char byte_at(std::uint64_t place) { return static_cast<char>((place * 2654435761U) >> 13); }

std::string piece(std::uint64_t from, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(from + i);
  return bytes;
}

struct Fixture {
  TempDir dir;
  Counters counters;
  SpoolSpace space{dir.path(), 64 << 20, counters};
  std::optional<SpoolSpace> other;  // instead of it, see use()
  TaskThread spooler{"spooler"};
  FakeConnections connections;
  FakeSuspender suspender{connections};
  std::shared_ptr<ResponseBuffer> buffer = std::make_shared<ResponseBuffer>(space, spooler);
  std::size_t wakes_seen = 0;

  SpoolSpace& use(const std::string& directory, std::uint64_t limit) {
    buffer = std::make_shared<ResponseBuffer>(other.emplace(directory, limit, counters), spooler);
    return *other;
  }
  // Reads until the end, as an HTTP loop does; says whether every byte was the right one.
  bool reads_back(std::uint64_t size, std::size_t turn = 32 << 10) {
    std::string into(turn, '\0');
    std::uint64_t at = 0;
    for (;;) {
      const auto pulled = buffer->pull(into, suspender);
      if (pulled.state == State::waiting) connections.wait_for_wakes(++wakes_seen);
      if (pulled.state == State::failed) return false;
      if (pulled.state == State::end) return at == size;
      for (std::size_t i = 0; i < pulled.count; ++i)
        if (into[i] != byte_at(at++)) return false;
    }
  }
  bool write(std::uint64_t size, std::size_t turn) {
    for (std::uint64_t at = 0; at < size; at += turn)
      if (!buffer->append(piece(at, static_cast<std::size_t>(std::min<std::uint64_t>(turn, size - at))))) return false;
    return true;
  }
};

TEST_CASE_METHOD(Fixture, "a small body stays in memory and its size is known when it is whole") {
  CHECK_FALSE(buffer->whole_size());
  CHECK(write(1000, 100));
  buffer->finish();
  CHECK(buffer->whole_size() == 1000);
  CHECK(reads_back(1000));
  CHECK(space.used() == 0);
  CHECK(connections.suspended == 0);
}

TEST_CASE_METHOD(Fixture, "a body larger than memory goes through the spool, complete and in order") {
  CHECK(write(5'000'000, 30'001));
  buffer->finish();
  CHECK(space.used() > 4'000'000);
  CHECK(reads_back(5'000'000));
  spooler.stop();  // it lets go of the buffer a moment after it has woken us
  buffer.reset();
  CHECK(space.used() == 0);
}

TEST_CASE_METHOD(Fixture, "a reader beside the writer gets every byte once") {
  const std::size_t turn = GENERATE(1U, 777U, 65'000U, 300'000U);
  const std::uint64_t size = turn == 1 ? 50'000 : 6'000'000;
  std::thread writer([&] {
    write(size, turn);
    buffer->finish();
  });
  CHECK(reads_back(size));
  writer.join();
}

TEST_CASE_METHOD(Fixture, "a reader that finds nothing is suspended until something comes") {
  std::string into(100, '\0');
  CHECK(buffer->pull(into, suspender).state == State::waiting);
  CHECK(connections.woken() == 0);
  buffer->append("x");
  CHECK(connections.woken() == 1);
  CHECK(buffer->pull(into, suspender).count == 1);
}

TEST_CASE_METHOD(Fixture, "a writer that fails cuts the reader off after what was written") {
  buffer->append(piece(0, 10));
  buffer->fail();
  std::string into(100, '\0');
  CHECK(buffer->pull(into, suspender).count == 10);
  CHECK(buffer->pull(into, suspender).state == State::failed);
  CHECK_FALSE(buffer->whole_size());
}

TEST_CASE_METHOD(Fixture, "a client that has gone stops the writer") {
  buffer->abandon();
  CHECK_FALSE(buffer->append("x"));
}

TEST_CASE_METHOD(Fixture, "without room in the spool the writer waits for the reader and goes on") {
  SpoolSpace& tiny = use(dir.path(), 100'000);
  std::thread writer([&] {
    write(3'000'000, 50'000);
    buffer->finish();
  });
  CHECK(reads_back(3'000'000));
  writer.join();
  CHECK(tiny.used() <= 100'000);
}

TEST_CASE_METHOD(Fixture, "a stopping program does not wait for room") {
  use(dir.path(), 0).close();
  CHECK_FALSE(write(1'000'000, 50'000));
}

TEST_CASE_METHOD(Fixture, "without a directory the spool lives in memory") {
  CHECK(use("", 1 << 30).limit() == 64 << 20);
  CHECK(write(2'000'000, 64'000));
  buffer->finish();
  CHECK(reads_back(2'000'000));
}

}  // namespace
}  // namespace larder::server
