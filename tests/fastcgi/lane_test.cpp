#include "fastcgi/lane.h"

#include <netinet/in.h>
#include <sys/eventfd.h>

#include <atomic>
#include <thread>

#include "base/unique_fd.h"
#include "tests/fastcgi/raw_worker.h"
#include "tests/fastcgi/test_body.h"
#include "tests/fastcgi/test_job.h"
#include "tests/fastcgi/worker_bytes.h"
#include "tests/support/catch.h"
#include "tests/support/fake_worker.h"
#include "tests/support/manual_clock.h"

using namespace larder::fastcgi;
using namespace larder::fastcgi::testing;
using larder::ManualClock;
using larder::Millis;
using larder::UniqueFd;
using larder::testing::eventually;
using larder::testing::FakeWorker;

namespace {

constexpr Millis kLimit = 30'000;  // of a clock that stands still unless a test turns it

struct Asking {
  explicit Asking(std::string path) : Asking(Address{std::move(path), {}, 0}) {}
  explicit Asking(Address address) : lane(std::move(address), stop.get()) {}

  Outcome ask(TestJob& job, Millis patience = 0) {
    RenderLimit limit(clock, kLimit);
    end = lane.run(job, limit, patience);
    return end.outcome;
  }

  UniqueFd stop{::eventfd(0, EFD_CLOEXEC)};
  ManualClock clock;
  Lane lane;
  Lane::End end;
};

// Turns a clock as long as it lives.
class RunningTime {
 public:
  explicit RunningTime(ManualClock& clock)
      : thread_([this, &clock] {
          while (!stopped_) {
            clock.advance(100);
            std::this_thread::yield();
          }
        }) {}
  ~RunningTime() {
    stopped_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

UniqueFd bind_loopback() {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

std::uint16_t port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

std::string hash_of(const std::string& body) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char text[20];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace

TEST_CASE("libfcgi understands our request and we its answer") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestBody body(std::string(300'000, 'x') + "end");
  TestJob job("do=echo&status=404%20Not%20Found&header=X-A:%201&header=X-A:%202&stderr=5000", &body);
  REQUIRE(asking.ask(job) == Outcome::complete);
  CHECK(job.calls == "hb");
  CHECK(job.head.status == 404);
  CHECK(job.head.fields == larder::Fields{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"X-A", "2"}});
  CHECK(job.errors.size() == 5000);
  CHECK(job.answer.find("body-length=300003\n") != std::string::npos);
  CHECK(job.answer.find("body-hash=" + hash_of(body.text())) != std::string::npos);
  CHECK(job.answer.find("\nREQUEST_METHOD=POST\n") != std::string::npos);
}

TEST_CASE("a long parameter arrives whole") {
  FakeWorker php(1);
  Asking asking(php.socket());
  const std::string cookie(60'000, 'c');
  TestJob job("do=echo&x=" + cookie);
  REQUIRE(asking.ask(job) == Outcome::complete);
  CHECK(job.answer.find("\nQUERY_STRING=do=echo&x=" + cookie + "\n") != std::string::npos);
}

TEST_CASE("an answer in records of one byte is whole") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob job("do=big&bytes=2000&split=1");
  REQUIRE(asking.ask(job) == Outcome::complete);
  CHECK(job.answer.size() == 2000);
}

TEST_CASE("a worker that answers much before it reads a large body does not block the lane") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestBody body(std::string(8'000'000, 'x'));
  for (const char* orders : {"do=flood&bytes=8000000", "do=big&bytes=8000000"}) {
    TestJob job(orders, &body);
    REQUIRE(asking.ask(job) == Outcome::complete);
    CHECK(job.answer.size() == 8'000'000);
  }
  TestJob mirror("do=mirror", &body);
  REQUIRE(asking.ask(mirror) == Outcome::complete);
  CHECK(mirror.answer == body.text());
}

TEST_CASE("a worker that dies is told apart by whether its head had come") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob before("do=die-before-head");
  CHECK(asking.ask(before) == Outcome::died_before_head);
  CHECK_FALSE(asking.end.answer_begun);
  CHECK(before.calls.empty());
  TestJob midway("do=die-midway&bytes=100");
  CHECK(asking.ask(midway) == Outcome::died_midway);
  CHECK(asking.end.answer_begun);
  CHECK(midway.answer.size() == 100);
}

TEST_CASE("what is not FastCGI or not CGI is malformed") {
  FakeWorker php(1);
  Asking asking(php.socket());
  for (const char* orders : {"do=garbage", "do=bad-head", "do=no-answer", "do=echo&header=X%3A%20a%0D%0D%0Ab"}) {
    INFO(orders);
    TestJob job(orders);
    CHECK(asking.ask(job) == Outcome::malformed);
    CHECK(job.calls.empty());
  }
}

TEST_CASE("a script that ends with an error status after its head has still answered") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob answered("do=count&exit=255");
  CHECK(asking.ask(answered) == Outcome::complete);
  TestJob silent("do=no-answer&exit=255");
  CHECK(asking.ask(silent) == Outcome::died_before_head);
  CHECK(asking.end.answer_begun);  // so it is not repeated
}

TEST_CASE("a job that wants no more ends the exchange") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob no_head("do=big&bytes=100000");
  no_head.wants_head = false;
  CHECK(asking.ask(no_head) == Outcome::abandoned);
  CHECK(no_head.calls == "h");
  TestJob no_more("do=big&bytes=10000000");
  no_more.at_body = [] { return false; };
  CHECK(asking.ask(no_more) == Outcome::abandoned);
}

TEST_CASE("a render that exceeds its limit is given up") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob job("do=hang");
  std::thread time([&] {
    eventually([&] { return php.running() == 1; });
    asking.clock.advance(kLimit);
  });
  CHECK(asking.ask(job) == Outcome::timed_out);
  time.join();
}

TEST_CASE("time that the job takes for a slow receiver is not the worker's") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob job("do=slow-body&pieces=5&ms=1&bytes=5000");
  job.at_body = [&] {
    asking.clock.advance(kLimit - 1);
    return true;
  };
  CHECK(asking.ask(job) == Outcome::complete);
  CHECK(job.answer.size() == 5000);
}

TEST_CASE("stop ends an exchange with a worker that hangs") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob job("do=hang");
  std::thread stopper([&] {
    eventually([&] { return php.running() == 1; });
    ::eventfd_write(asking.stop.get(), 1);
  });
  CHECK(asking.ask(job) == Outcome::stopping);
  stopper.join();
}

TEST_CASE("nobody there is no worker") {
  const larder::testing::TempDir directory;
  TestJob job("do=echo");
  SECTION("no socket") { CHECK(Asking(directory / "nobody.sock").ask(job) == Outcome::no_worker); }
  SECTION("a socket left behind by a dead master") {
    std::filesystem::rename(RawWorker().path(), directory / "stale.sock");
    CHECK(Asking(directory / "stale.sock").ask(job) == Outcome::no_worker);
  }
  SECTION("a port that nobody listens on") {
    const UniqueFd bound = bind_loopback();
    CHECK(Asking(Address{{}, "127.0.0.1", port_of(bound.get())}).ask(job) == Outcome::no_worker);
  }
}

TEST_CASE("a worker behind TCP answers as well, by number or name") {
  const UniqueFd listener = bind_loopback();
  REQUIRE(::listen(listener.get(), 4) == 0);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    std::thread worker([&] {
      const UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      RawWorker::say(socket.get(), out("X: y\n\nover TCP") + end());
      RawWorker::hear_all(socket.get());
    });
    Asking asking(Address{{}, host, port_of(listener.get())});
    TestJob job("");
    CHECK(asking.ask(job) == Outcome::complete);
    CHECK(job.answer == "over TCP");
    worker.join();
  }
}

TEST_CASE("a worker that comes up within the patience is used") {
  const larder::testing::TempDir directory;
  Asking asking(directory / "late.sock");
  RawWorker worker;
  worker.serve(1, [](int socket, int) {
    RawWorker::say(socket, out("X: y\n\nlate") + end());
    RawWorker::hear_all(socket);
  });
  std::thread late([&] { std::filesystem::rename(worker.path(), directory / "late.sock"); });
  TestJob job("");
  CHECK(asking.ask(job, 1'000) == Outcome::complete);  // the clock stands still: patience has no end here
  late.join();
}

TEST_CASE("patience ends") {
  const larder::testing::TempDir directory;
  Asking asking(directory / "never.sock");
  TestJob job("");
  const RunningTime time(asking.clock);
  CHECK(asking.ask(job, 1'000) == Outcome::no_worker);
}

TEST_CASE("a full backlog is asked again until there is room") {
  RawWorker worker(0);
  std::vector<UniqueFd> filling;
  for (bool room = true; room; filling.emplace_back()) {  // connect until the kernel says EAGAIN
    filling.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    worker.path().copy(address.sun_path, sizeof address.sun_path - 1);
    room = ::connect(filling.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Asking asking(worker.path());
  SECTION("room comes") {
    worker.serve(static_cast<int>(filling.size()), [](int socket, int) {
      RawWorker::say(socket, out("X: y\n\nat last") + end());
      RawWorker::hear_all(socket);
    });
    std::thread leave([&] { filling.clear(); });
    TestJob job("");
    CHECK(asking.ask(job) == Outcome::complete);
    leave.join();
  }
  SECTION("the limit comes first") {
    const RunningTime time(asking.clock);
    TestJob job("");
    CHECK(asking.ask(job) == Outcome::no_worker);
    CHECK_FALSE(asking.end.request_begun);
  }
  SECTION("stop comes first") {
    ::eventfd_write(asking.stop.get(), 1);
    TestJob job("");
    CHECK(asking.ask(job) == Outcome::stopping);
  }
}

TEST_CASE("the connection is closed as soon as the end came, though the worker keeps it open") {
  bool closed = false;
  RawWorker worker;
  worker.serve(1, [&](int socket, int) {
    RawWorker::say(socket, out("X: y\n\nbody") + end());
    RawWorker::hear_all(socket);
    closed = true;
  });
  Asking asking(worker.path());
  TestJob job("");
  CHECK(asking.ask(job) == Outcome::complete);
  worker.finish();
  CHECK(closed);
}

TEST_CASE("an answer counts although the worker closed before it read the body") {
  RawWorker worker;
  worker.serve(1, [&](int socket, int) { RawWorker::say(socket, out("Status: 413\n\ntoo much") + end()); });
  Asking asking(worker.path());
  TestBody body(std::string(4'000'000, 'x'));
  TestJob job("", &body);
  CHECK(asking.ask(job) == Outcome::complete);
  CHECK(job.head.status == 413);
  CHECK(job.answer == "too much");
}

TEST_CASE("an end without all of the answer's records is not complete") {
  const std::string whole = out("X: y\n\nbody") + end();
  RawWorker worker;
  worker.serve(static_cast<int>(whole.size()), [&](int socket, int number) {
    RawWorker::say(socket, std::string_view(whole).substr(0, static_cast<std::size_t>(number)));
    ::shutdown(socket, SHUT_WR);
    RawWorker::hear_all(socket);
  });
  Asking asking(worker.path());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    TestJob job("");
    CHECK(asking.ask(job) == (size < 8 + 6 ? Outcome::died_before_head : Outcome::died_midway));
  }
}

TEST_CASE("a request body that cannot be read ends the exchange as such") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestBody body(std::string(1'000'000, 'x'), TestBody::Fault::fails);
  TestJob job("do=mirror", &body);
  CHECK(asking.ask(job) == Outcome::body_failed);
}

TEST_CASE("a request that FastCGI cannot express is not sent") {
  FakeWorker php(1);
  Asking asking(php.socket());
  TestJob job("do=echo&" + std::string(70'000, 'x'));
  CHECK(asking.ask(job) == Outcome::malformed);
  CHECK_FALSE(asking.end.request_begun);
  CHECK(php.renders() == 0);
}
