#include "fastcgi/waiting_line.h"

#include <algorithm>
#include <array>
#include <random>

#include "tests/support/catch.h"

using namespace larder;
using namespace larder::fastcgi;

namespace {

class Visitor final : public Job {
 public:
  Visitor(JobClass job_class, std::size_t waiters) : class_(job_class), waiters_(waiters) {}
  const Params& params() const override { return params_; }
  RequestBody* body() override { return nullptr; }
  bool idempotent() const override { return true; }
  bool wanted() const override { return true; }
  JobClass job_class() const override { return class_; }
  std::size_t waiters() const override { return waiters_; }
  bool on_head(CgiHead) override { return true; }
  bool on_body(std::string_view) override { return true; }
  void on_stderr(std::string_view) override {}
  void on_end(Outcome) override {}

 private:
  Params params_;
  JobClass class_;
  std::size_t waiters_;
};

std::shared_ptr<Job> visitor(JobClass job_class = JobClass::canonical, std::size_t waiters = 1) {
  return std::make_shared<Visitor>(job_class, waiters);
}

constexpr JobClass kAll[] = {JobClass::administrator, JobClass::canonical, JobClass::personal, JobClass::crawl};

// A line in which nobody is taken in time.
WaitingLine overloaded_line(Millis& now) {
  WaitingLine line;
  for (int i = 0; i < 20; ++i) {
    line.push(visitor(), 100, now);
    line.push(visitor(), 100, now);
    now += 600;
    line.pop(now);
    if (line.overloaded()) break;
  }
  REQUIRE(line.overloaded());
  while (line.size() > 1) {
    now += 1;
    line.pop(now);
  }
  REQUIRE(line.overloaded());
  line.clear();
  return line;
}

}  // namespace

TEST_CASE("Classes go in their order, and within a class the first who came") {
  WaitingLine line;
  const auto search = visitor(JobClass::crawl), login = visitor(JobClass::personal), first = visitor(),
             second = visitor(), admin = visitor(JobClass::administrator);
  for (const auto& job : {search, login, first, second, admin}) CHECK(line.push(job, 10, 0).taken);
  for (const auto& job : {admin, first, second, login, search}) CHECK(line.pop(100)->job == job);
  CHECK_FALSE(line.pop(100));
}

TEST_CASE("A line is overloaded when for two seconds there is somebody who waits too long, and then no more") {
  WaitingLine line;
  for (int i = 0; i < 6; ++i) line.push(visitor(), 10, 0);
  line.pop(500);
  CHECK_FALSE(line.overloaded());
  line.pop(2'499);
  CHECK_FALSE(line.overloaded());
  line.pop(2'500);
  CHECK(line.overloaded());
  line.expire(3'100, 3'000);
  for (int i = 0; i < 2; ++i) line.push(visitor(), 10, 3'100);
  line.pop(3'200);
  CHECK_FALSE(line.overloaded());
}

TEST_CASE("An empty line is not overloaded, however late its last one was") {
  WaitingLine line;
  for (int i = 0; i < 3; ++i) line.push(visitor(), 10, 0);
  line.pop(1'000);
  line.pop(4'000);
  CHECK(line.overloaded());
  line.pop(5'000);
  CHECK_FALSE(line.overloaded());
}

TEST_CASE("Overloaded, the most waiters go first, then the newest; classes still come before that") {
  Millis now = 0;
  WaitingLine line = overloaded_line(now);
  const auto old = visitor(), young = visitor(), many = visitor(JobClass::canonical, 50),
             crowd = visitor(JobClass::personal, 1'000);
  for (const auto& job : {old, many, crowd, young}) line.push(job, 10, now - 700);
  for (const auto& job : {many, young, old, crowd}) CHECK(line.pop(now)->job == job);
}

TEST_CASE("A full line refuses, unless one of a lower class waits in it: the newest with the fewest waiters goes") {
  WaitingLine line;
  const auto popular = visitor(JobClass::crawl, 9), first = visitor(JobClass::crawl), second = visitor(JobClass::crawl);
  for (const auto& job : {first, popular, second}) line.push(job, 3, 0);
  CHECK_FALSE(line.push(visitor(JobClass::crawl), 3, 0).taken);
  for (const auto& worst : {second, first, popular}) {
    const auto pushed = line.push(visitor(), 3, 0);
    CHECK(pushed.taken);
    CHECK(pushed.displaced == worst);
  }
  CHECK_FALSE(line.push(visitor(), 3, 0).taken);
}

TEST_CASE("Administrators find places of their own in a full line, and not endlessly many") {
  WaitingLine line;
  for (int i = 0; i < 3; ++i) line.push(visitor(), 3, 0);
  for (std::size_t i = 0; i < WaitingLine::kReserved; ++i) {
    const auto pushed = line.push(visitor(JobClass::administrator), 3, 0);
    CHECK(pushed.taken);
    CHECK(pushed.displaced == nullptr);
  }
  CHECK_FALSE(line.push(visitor(JobClass::administrator), 3, 0).taken);
  CHECK(line.pop(0, true)->job_class == JobClass::administrator);
}

TEST_CASE("Administrators go first, but not twice in a row while others wait") {
  WaitingLine line;
  for (int i = 0; i < 2; ++i) line.push(visitor(JobClass::crawl), 3, 0);
  for (int i = 0; i < 4; ++i) line.push(visitor(JobClass::administrator), 3, 0);
  using enum JobClass;
  for (const JobClass next : {administrator, crawl, administrator, crawl, administrator, administrator})
    CHECK(line.pop(0)->job_class == next);
}

TEST_CASE("Where only administrators may go others wait") {
  WaitingLine line;
  line.push(visitor(), 3, 0);
  CHECK_FALSE(line.pop(0, true));
  CHECK(line.size() == 1);
}

TEST_CASE("Those who waited too long are taken out, wherever they stand") {
  WaitingLine line;
  line.push(visitor(JobClass::crawl), 9, 0);
  line.push(visitor(JobClass::administrator), 9, 100);
  line.push(visitor(), 9, 3'000);
  CHECK(line.expire(3'000, 3'000).empty());
  CHECK(line.expire(3'101, 3'000).size() == 2);
  CHECK(line.size() == 1);
}

TEST_CASE("The room is what is done in three seconds, within bounds") {
  CHECK(room_for(4, 700) == 17);
  CHECK(room_for(1, 30'000) == 4);
  CHECK(room_for(8, 1) == 24);
  CHECK(room_for(4, 0) == 24);
}

TEST_CASE("Whatever comes and goes: bounds hold, nobody is lost, and who is served is the best there is") {
  std::mt19937 random(2016);
  WaitingLine line;
  Millis now = 0;
  std::size_t came = 0, left = 0;
  bool was_one = false;
  constexpr std::size_t kRoom = 12;
  for (int step = 0; step < 100'000; ++step) {
    now += random() % 80;
    if (random() % 5 < 3) {
      const auto pushed = line.push(visitor(kAll[random() % 4], 1 + random() % 30), kRoom, now);
      came += pushed.taken;
      left += pushed.displaced != nullptr;
    } else {
      const std::size_t waiting = line.size(), administrators = line.administrators();
      const auto taken = line.pop(now);
      REQUIRE(taken.has_value() == (waiting > 0));  // never idle while somebody waits
      const bool is_one = taken && taken->job_class == JobClass::administrator;
      if (administrators > 0 && waiting > administrators) REQUIRE(is_one != was_one);  // nobody starves
      if (taken) was_one = is_one;
      left += taken.has_value();
    }
    for (const auto& expired : line.expire(now, 3'000)) {
      REQUIRE(now - expired.since > 3'000);
      ++left;
    }
    REQUIRE(line.administrators() <= WaitingLine::kReserved);
    REQUIRE(line.size() - line.administrators() <= kRoom);
    REQUIRE(came - left == line.size());
  }
}

namespace {

// Lanes that take `each` a page, and more pages asked for than they can make; time goes in steps of 10 ms.
struct Rush {
  static constexpr Millis kStep = 10, kTick = 100, kLongest = 3'000;
  static constexpr std::size_t kLanes = 4;

  void come(JobClass job_class) { line.push(visitor(job_class, 1 + random() % 20), room_for(kLanes, each), now); }
  void step() {
    for (Millis& busy_until : lanes) {
      if (busy_until > now) continue;
      const auto taken = line.pop(now);
      if (!taken) continue;
      busy_until = now + each;
      ++rendered;
      Millis& longest = taken->job_class == JobClass::administrator ? longest_of_administrators : longest_of_all;
      longest = std::max(longest, now - taken->since);
    }
    if (now % kTick == 0)
      for (const auto& late : line.expire(now, kLongest)) longest_refusal = std::max(longest_refusal, now - late.since);
    now += kStep;
  }

  std::mt19937 random{10};
  WaitingLine line;
  Millis now = 0, each = 700;
  std::array<Millis, kLanes> lanes{};
  std::size_t rendered = 0;
  Millis longest_of_all = 0, longest_of_administrators = 0, longest_refusal = 0;
};

}  // namespace

TEST_CASE(
    "Ten times more than can be rendered: as much is as at best, who is late hears so in time, and admins get in") {
  Rush rush;
  constexpr Millis kTime = 600'000;
  // 57 a second, where 5.7 can be had; now and then an administrator.
  while (rush.now < kTime) {
    if (rush.random() % 100 < 57) rush.come(kAll[1 + rush.random() % 3]);
    if (rush.now % 2'000 == 0) rush.come(JobClass::administrator);
    rush.step();
  }
  const auto best = static_cast<std::size_t>(kTime / rush.each) * Rush::kLanes;
  CHECK(rush.rendered >= best * 95 / 100);
  CHECK(rush.line.overloaded());
  CHECK(rush.longest_of_all <= Rush::kLongest + Rush::kTick);
  CHECK(rush.longest_refusal > Rush::kLongest);
  CHECK(rush.longest_refusal <= 3'200);
  CHECK(rush.longest_of_administrators <= 2 * rush.each);
}
