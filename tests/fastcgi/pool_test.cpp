#include "fastcgi/pool.h"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "tests/fastcgi/raw_worker.h"
#include "tests/fastcgi/test_body.h"
#include "tests/fastcgi/test_job.h"
#include "tests/fastcgi/worker_bytes.h"
#include "tests/support/catch.h"
#include "tests/support/fake_worker.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process_tree.h"

using namespace larder::fastcgi;
using namespace larder::fastcgi::testing;
using larder::Counter;
using larder::Counters;
using larder::ManualClock;
using larder::Millis;
using larder::testing::eventually;
using larder::testing::FakeWorker;
using larder::testing::TempDir;

namespace {

using JobPtr = std::shared_ptr<TestJob>;

JobPtr make_job(const std::string& orders) { return std::make_shared<TestJob>(orders); }

// A pool on a clock that stands still.
struct Pooled {
  explicit Pooled(std::string path, std::size_t lanes = 2, std::size_t queue = 2)
      : pool({.address = Address{std::move(path), {}, 0}, .lanes = lanes, .queue = queue}, clock, counters) {}

  JobPtr submit(const std::string& orders) { return submit(make_job(orders)); }
  JobPtr submit(JobPtr job) {
    pool.submit(job);
    return job;
  }
  std::uint64_t count(Counter counter) const { return counters.get(counter); }

  ManualClock clock;
  Counters counters;
  Pool pool;
};

// Renders that the test lets go on when it likes.
struct Gate {
  std::string orders() const { return "do=wait&file=" + (directory / "open"); }
  void open() const { directory.write("open", ""); }
  TempDir directory;
};

}  // namespace

TEST_CASE("jobs are answered and counted") {
  FakeWorker php(2);
  Pooled pooled(php.socket());
  const JobPtr first = pooled.submit("do=count"), second = pooled.submit("do=echo");
  CHECK(first->wait() == Outcome::complete);
  CHECK(second->wait() == Outcome::complete);
  CHECK(first->calls == "shbe");
  CHECK(pooled.count(Counter::renders) == 2);
  CHECK(pooled.count(Counter::renders_failed) == 0);
  CHECK(pooled.pool.busy() == 0);
  CHECK(pooled.pool.queued() == 0);
}

TEST_CASE("never more scripts run than there are lanes, and that many do") {
  FakeWorker php(8);
  Pooled pooled(php.socket(), 3, 100);
  std::vector<JobPtr> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back(pooled.submit("do=meet&with=3"));
  for (const JobPtr& job : jobs) CHECK(job->wait() == Outcome::complete);
  CHECK(php.renders() == 40);
  CHECK(php.max_running() == 3);
}

TEST_CASE("a pool that is held down starts no more than it may, and all lanes again when it is let go") {
  FakeWorker php(8);
  Pooled pooled(php.socket(), 3, 100);
  Gate first, second;
  std::vector<JobPtr> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(pooled.submit(first.orders()));
  CHECK(eventually([&] { return php.renders() == 3; }));
  pooled.pool.set_parallel(1);
  CHECK(pooled.pool.busy() == 3);  // those that run go on
  for (int i = 0; i < 3; ++i) jobs.push_back(pooled.submit(second.orders()));
  CHECK(pooled.pool.queued() == 3);
  first.open();
  for (int i = 0; i < 3; ++i) CHECK(jobs[static_cast<std::size_t>(i)]->wait() == Outcome::complete);
  CHECK(eventually([&] { return php.renders() == 4; }));
  CHECK(pooled.pool.busy() == 1);
  CHECK(pooled.pool.queued() == 2);
  pooled.pool.set_parallel(100);  // no more than there are
  CHECK(eventually([&] { return php.renders() == 6; }));
  CHECK(pooled.pool.queued() == 0);
  second.open();
  for (const JobPtr& job : jobs) CHECK(job->wait() == Outcome::complete);
  pooled.pool.set_parallel(0);  // one is the least
  CHECK(pooled.submit("do=echo")->wait() == Outcome::complete);
}

TEST_CASE("a full queue is full of what waits, however many lanes are held back") {
  FakeWorker php(2);
  Pooled pooled(php.socket(), 2, 2);
  pooled.pool.set_parallel(1);
  Gate gate;
  std::vector<JobPtr> accepted;
  for (int i = 0; i < 3; ++i) accepted.push_back(pooled.submit(gate.orders()));
  CHECK(pooled.submit("do=echo")->wait() == Outcome::queue_full);
  CHECK(pooled.pool.busy() == 1);
  CHECK(pooled.pool.queued() == 2);
  gate.open();
  for (const JobPtr& job : accepted) CHECK(job->wait() == Outcome::complete);
}

TEST_CASE("jobs are started in the order in which they came") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 10);
  Gate gate;
  pooled.submit(gate.orders());
  std::vector<JobPtr> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(pooled.submit("do=count"));
  gate.open();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    CHECK(jobs[i]->wait() == Outcome::complete);
    CHECK(jobs[i]->answer == std::to_string(i + 2));
  }
}

TEST_CASE("a full queue refuses at once and what waits is not lost") {
  FakeWorker php(2);
  Pooled pooled(php.socket(), 2, 2);
  Gate gate;
  std::vector<JobPtr> accepted;
  for (int i = 0; i < 4; ++i) accepted.push_back(pooled.submit(gate.orders()));
  const JobPtr refused = pooled.submit("do=echo");
  CHECK(refused->ended());
  CHECK(refused->wait() == Outcome::queue_full);
  CHECK(refused->calls == "e");
  CHECK(pooled.count(Counter::queue_refused) == 1);
  CHECK(pooled.pool.busy() == 2);
  CHECK(pooled.pool.queued() == 2);
  gate.open();
  for (const JobPtr& job : accepted) CHECK(job->wait() == Outcome::complete);
}

TEST_CASE("without a queue an idle lane still takes a job") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 0);
  CHECK(pooled.submit("do=count")->wait() == Outcome::complete);
  Gate gate;
  const JobPtr running = pooled.submit(gate.orders());
  CHECK(pooled.submit("do=count")->wait() == Outcome::queue_full);
  gate.open();
  CHECK(running->wait() == Outcome::complete);
}

TEST_CASE("a job that waited too long is refused, and only that one") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 10);
  Gate gate;
  const JobPtr running = pooled.submit(gate.orders());
  running->wait_started();
  const JobPtr old = pooled.submit("do=count");
  pooled.clock.advance(2'000);
  const JobPtr young = pooled.submit("do=count");
  pooled.clock.advance(1'000);
  pooled.pool.expire();
  CHECK_FALSE(old->ended());  // exactly at the limit
  pooled.clock.advance(1);
  SECTION("by expire()") {
    pooled.pool.expire();
    CHECK(old->ended());
    gate.open();
  }
  SECTION("by the lane that comes to it") { gate.open(); }
  CHECK(old->wait() == Outcome::queue_expired);
  CHECK(old->calls == "e");
  CHECK(running->wait() == Outcome::complete);
  CHECK(young->wait() == Outcome::complete);
  CHECK(pooled.count(Counter::queue_expired) == 1);
  CHECK(php.renders() == 2);
}

TEST_CASE("a job that nobody wants any more is not started") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1);
  const JobPtr job = make_job("do=count");
  job->is_wanted = false;
  pooled.submit(job);
  CHECK(job->wait() == Outcome::abandoned);
  CHECK(job->calls == "e");
  CHECK(pooled.count(Counter::renders) == 0);
  CHECK(php.renders() == 0);
}

TEST_CASE("a worker that dies before its head gets one idempotent job again") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1);
  const JobPtr job = pooled.submit("do=die-before-head&times=1");
  CHECK(job->wait() == Outcome::complete);
  CHECK(job->answer == "alive");
  CHECK(job->calls == "shbe");
  CHECK(php.renders() == 2);
  CHECK(pooled.count(Counter::renders) == 1);
  CHECK(pooled.count(Counter::renders_retried) == 1);
  CHECK(pooled.count(Counter::renders_failed) == 0);
}

TEST_CASE("a render is repeated once, not twice") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1);
  CHECK(pooled.submit("do=die-before-head")->wait() == Outcome::died_before_head);
  CHECK(php.renders() == 2);
  CHECK(pooled.count(Counter::renders_failed) == 1);
}

TEST_CASE("what may have had an effect or was half answered is not repeated") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1);
  const JobPtr unsafe = make_job("do=die-before-head");
  unsafe->is_idempotent = false;
  CHECK(pooled.submit(unsafe)->wait() == Outcome::died_before_head);
  CHECK(pooled.submit("do=die-midway")->wait() == Outcome::died_midway);
  CHECK(pooled.submit("do=no-answer&exit=1")->wait() == Outcome::died_before_head);
  CHECK(pooled.submit("do=bad-head")->wait() == Outcome::malformed);
  CHECK(php.renders() == 4);
  CHECK(pooled.count(Counter::renders_retried) == 0);
  CHECK(pooled.count(Counter::renders_failed) == 4);
}

TEST_CASE("a php-fpm that comes up within a second gets even what may not be repeated, as nothing was sent") {
  const TempDir directory;
  RawWorker worker;
  worker.serve(1, [](int socket, int) {
    RawWorker::say(socket, out("X: y\n\nup") + end());
    RawWorker::hear_all(socket);
  });
  Pooled pooled(directory / "late.sock", 1);
  const JobPtr job = make_job("");
  job->is_idempotent = false;
  pooled.submit(job);
  CHECK(eventually([&] { return pooled.count(Counter::renders_retried) == 1; }));
  std::filesystem::rename(worker.path(), directory / "late.sock");
  CHECK(job->wait() == Outcome::complete);
}

TEST_CASE("no php-fpm for a second is no worker") {
  const TempDir directory;
  Pooled pooled(directory / "never.sock", 1);
  const JobPtr job = pooled.submit("");
  CHECK(eventually([&] {
    pooled.clock.advance(100);
    return job->ended();
  }));
  CHECK(job->wait() == Outcome::no_worker);
  CHECK(pooled.count(Counter::renders_failed) == 1);
}

TEST_CASE("a render that hangs is timed out, and its lane is free again when its worker is, or does not end") {
  FakeWorker php(2);
  Pooled pooled(php.socket(), 1);
  const JobPtr hanging = pooled.submit("do=hang");
  CHECK(eventually([&] { return php.running() == 1; }));
  pooled.clock.advance(30'000);
  CHECK(hanging->wait() == Outcome::timed_out);
  CHECK(pooled.count(Counter::renders_timed_out) == 1);
  CHECK(pooled.count(Counter::renders_failed) == 1);
  const JobPtr next = pooled.submit("do=count");
  CHECK(pooled.pool.busy() == 1);
  CHECK(pooled.pool.queued() == 1);
  SECTION("it ends") {
    for (const pid_t worker : larder::testing::children_of(php.process().pid())) ::kill(worker, SIGKILL);
    CHECK(next->wait() == Outcome::complete);
  }
  SECTION("it does not") {
    pooled.clock.advance(15'000);
    CHECK(next->wait() == Outcome::queue_expired);
  }
  CHECK(pooled.submit("do=count")->wait() == Outcome::complete);
}

TEST_CASE("stop ends running, waiting and later jobs") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 5);
  const JobPtr running = pooled.submit("do=hang");
  CHECK(eventually([&] { return php.running() == 1; }));
  const JobPtr waiting = pooled.submit("do=count");
  pooled.pool.stop();
  CHECK(running->ended());
  CHECK(running->wait() == Outcome::stopping);
  CHECK(running->calls == "se");
  CHECK(waiting->wait() == Outcome::stopping);
  CHECK(waiting->calls == "e");
  CHECK(pooled.submit("do=count")->wait() == Outcome::stopping);
  CHECK(pooled.count(Counter::renders_failed) == 0);
  pooled.pool.stop();
}

TEST_CASE("stop does not wait for a php-fpm that may come up") {
  const TempDir directory;
  Pooled pooled(directory / "never.sock", 1);
  const JobPtr job = pooled.submit("");
  CHECK(eventually([&] { return pooled.count(Counter::renders_retried) == 1; }));
  pooled.pool.stop();
  CHECK(job->wait() == Outcome::stopping);
}

TEST_CASE("a job may submit the next one from its end") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 0);
  const JobPtr next = make_job("do=count");
  const JobPtr first = make_job("do=count");
  first->at_end = [&] { pooled.submit(next); };
  pooled.submit(first);
  CHECK(next->wait() == Outcome::complete);
}

TEST_CASE("Retry-After is how long the queue takes, within bounds") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 200);
  Gate gate;
  const JobPtr running = pooled.submit(gate.orders());
  running->wait_started();
  const auto shortest = [&] {
    int least = 1'000;
    for (int i = 0; i < 4; ++i) least = std::min(least, pooled.pool.retry_after());
    return least;
  };
  CHECK(shortest() == 2);
  std::vector<JobPtr> jobs;
  const auto queue = [&](int count) {
    while (static_cast<int>(jobs.size()) < count) jobs.push_back(pooled.submit("do=count"));
  };
  queue(10);
  CHECK(shortest() == 10);  // a second each, as long as nothing is known
  std::vector<int> given;
  for (int i = 0; i < 4; ++i) given.push_back(pooled.pool.retry_after());
  CHECK(given == std::vector{10, 11, 12, 13});
  queue(100);
  CHECK(shortest() == 30);
  gate.open();
  for (const JobPtr& job : jobs) CHECK(job->wait() == Outcome::complete);
  Gate again;
  pooled.submit(again.orders())->wait_started();
  jobs.clear();
  queue(100);
  CHECK(shortest() == 2);  // renders took no time at all by this clock
  again.open();
}

TEST_CASE("many threads may submit, expire and ask at once while the pool stops") {
  FakeWorker php(4);
  Pooled pooled(php.socket(), 4, 8);
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  constexpr int kThreads = 4, kJobs = 50;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kJobs; ++i) {
        const JobPtr job = make_job("do=count");
        job->at_end = [&] { ++ended; };
        pooled.submit(job);
        pooled.pool.expire();
        (void)pooled.pool.retry_after();
        if (i == kJobs / 2) pooled.pool.stop();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(ended == kThreads * kJobs);
}

namespace {

JobPtr job_of(JobClass its_class, const std::string& orders) {
  const JobPtr job = make_job(orders);
  job->its_class = its_class;
  return job;
}

}  // namespace

namespace {

// After it the pool knows renders of more than two seconds.
void render_slowly(Pooled& pooled) {
  const Gate gate;
  const JobPtr slow = pooled.submit(gate.orders());
  slow->wait_started();
  pooled.clock.advance(20'000);
  gate.open();
  CHECK(slow->wait() == Outcome::complete);
}

}  // namespace

TEST_CASE("where renders are slow one lane is left for administrators while they are at work, and for a minute after") {
  FakeWorker php(2);
  const Gate gate;
  Pooled pooled(php.socket(), 2, 4);
  render_slowly(pooled);
  CHECK(pooled.submit(job_of(JobClass::administrator, "do=count"))->wait() == Outcome::complete);
  const JobPtr first = pooled.submit(gate.orders());
  first->wait_started();
  CHECK(pooled.pool.would_wait());
  const JobPtr second = pooled.submit(gate.orders());
  CHECK(pooled.pool.busy() == 1);
  CHECK(pooled.pool.queued() == 1);
  CHECK(pooled.submit(job_of(JobClass::administrator, "do=count"))->wait() == Outcome::complete);
  CHECK(pooled.pool.queued() == 1);

  pooled.clock.advance(60'000);
  pooled.pool.expire();
  CHECK(second->wait() == Outcome::queue_expired);
  pooled.submit(gate.orders())->wait_started();
  gate.open();
}

TEST_CASE("where renders are fast no lane stands idle for administrators: they are the next") {
  FakeWorker php(2);
  const Gate gate;
  Pooled pooled(php.socket(), 2, 4);
  CHECK(pooled.submit(job_of(JobClass::administrator, "do=count"))->wait() == Outcome::complete);
  for (int i = 0; i < 2; ++i) pooled.submit(gate.orders())->wait_started();
  gate.open();
}

TEST_CASE("the only lane is everybody's") {
  FakeWorker php(1);
  Pooled pooled(php.socket(), 1, 4);
  CHECK(pooled.submit(job_of(JobClass::administrator, "do=count"))->wait() == Outcome::complete);
  CHECK(pooled.submit("do=count")->wait() == Outcome::complete);
}

TEST_CASE("a full queue takes a better job and refuses the worst that waits") {
  FakeWorker php(1);
  const Gate gate;
  Pooled pooled(php.socket(), 1, 1);
  const JobPtr running = pooled.submit(gate.orders());
  running->wait_started();
  const JobPtr search = pooled.submit(job_of(JobClass::crawl, "do=count"));
  const JobPtr page = pooled.submit("do=count");
  CHECK(search->wait() == Outcome::queue_full);
  CHECK(pooled.submit("do=count")->wait() == Outcome::queue_full);
  CHECK(pooled.count(Counter::queue_refused) == 2);
  gate.open();
  CHECK(page->wait() == Outcome::complete);
}

TEST_CASE("without a bound of its own the queue holds what is done in three seconds") {
  FakeWorker php(2);
  Counters counters;
  const ManualClock clock;
  Pool pool({.address = Address{php.socket(), {}, 0}, .lanes = 2}, clock, counters);
  CHECK(pool.room() == 6);  // a second each, before one was seen
}
