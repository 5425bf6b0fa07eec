#include "server/memory_plan.h"

#include <random>

#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;

namespace {

constexpr std::uint64_t kMiB = 1 << 20, kGiB = 1 << 30;

MemoryWishes board(std::uint64_t total, unsigned cores = 4) {
  return {.total = total, .cores = cores, .ring = 8 * kGiB, .connections = 512};
}

std::uint64_t mib(std::uint64_t bytes) { return (bytes + kMiB / 2) / kMiB; }

}  // namespace

TEST_CASE("The plan of a 1 GiB board is that of the design") {
  const MemoryPlan plan = plan_memory(board(925 * kMiB));
  CHECK(mib(plan.kernel) == 111);
  CHECK(mib(plan.services) == 60);
  CHECK(plan.workers == 4);
  CHECK(plan.worker == 64 * kMiB);
  CHECK(mib(plan.opcache) == 74);
  CHECK(mib(plan.pages) == 93);
  CHECK(mib(plan.index) == 8);
  CHECK(mib(plan.connections) == 12);
  CHECK(mib(plan.sockets) == 32);
  CHECK(mib(plan.page_cache) == 130);
  CHECK(mib(plan.synchronisation) == 65);
  CHECK(plan.fits());
  CHECK(check_plan(plan).ok());
}

TEST_CASE("A board of 512 MiB gets fewer workers and fewer pages, a large one larger workers") {
  const MemoryPlan small = plan_memory(board(427 * kMiB));
  CHECK(small.workers == 1);
  CHECK(small.fits());
  const MemoryPlan large = plan_memory(board(3'794 * kMiB));
  CHECK(large.workers == 4);
  CHECK(large.worker == 192 * kMiB);
  CHECK(mib(large.pages) == 379);
  CHECK(large.fits());
}

TEST_CASE("A group's limit has no kernel and no other services in it") {
  MemoryWishes wishes = board(648 * kMiB);
  wishes.group = true;
  const MemoryPlan plan = plan_memory(wishes);
  CHECK(plan.kernel == 0);
  CHECK(plan.services == 0);
  CHECK(plan.workers == 4);
  CHECK(plan.fits());
}

TEST_CASE("More than there is is refused, with what would fit") {
  MemoryWishes wishes = board(925 * kMiB);
  wishes.workers = 8;
  CHECK(check_plan(plan_memory(wishes)).error().message ==
        "the memory plan needs 1029 MiB of 925 MiB: at most 6 workers fit");
  wishes = board(925 * kMiB);
  wishes.page_memory = 600 * kMiB;
  const MemoryPlan plan = plan_memory(wishes);
  CHECK(plan.workers == 1);
  CHECK_FALSE(plan.fits());
  CHECK(check_plan(plan).error().message.find("cache.memory = ") != std::string::npos);
  CHECK(check_plan(plan_memory(board(128 * kMiB))).error().message.find("too small") != std::string::npos);
}

TEST_CASE("What the advice says fits does fit") {
  std::mt19937 random(11);
  for (int i = 0; i < 2'000; ++i) {
    MemoryWishes wishes = board((200 + random() % 4'000) * kMiB, 1 + random() % 8);
    if (random() % 2 == 0) wishes.workers = 1 + random() % 32;
    if (random() % 2 == 0) wishes.page_memory = random() % (2'000 * kMiB);
    const MemoryPlan plan = plan_memory(wishes);
    CHECK(plan.workers >= 1);
    if (!wishes.workers && !wishes.page_memory && wishes.total >= 400 * kMiB) REQUIRE(plan.fits());
    if (wishes.workers) REQUIRE(plan.workers == *wishes.workers);
    if (wishes.page_memory) REQUIRE(plan.pages == *wishes.page_memory);
    const Status status = check_plan(plan);
    REQUIRE(status.ok() == plan.fits());
    if (status.ok()) continue;
    const std::string& advice = status.error().message;
    if (const auto at = advice.find("at most "); at != std::string::npos) {
      wishes.workers = static_cast<unsigned>(std::stoul(advice.substr(at + 8)));
      REQUIRE(plan_memory(wishes).fits());
    } else if (const auto pages = advice.find("cache.memory = "); pages != std::string::npos) {
      wishes.page_memory = std::stoull(advice.substr(pages + 15)) * kMiB;
      REQUIRE(plan_memory(wishes).fits());
    }
  }
}

TEST_CASE("PHP of somebody else is not in the plan, and what is not known always fits") {
  MemoryWishes wishes = board(925 * kMiB);
  wishes.own_php = false;
  wishes.workers = 64;
  CHECK(plan_memory(wishes).fits());
  CHECK(plan_memory(wishes).worker == 0);
  const MemoryPlan unknown = plan_memory(board(0));
  CHECK(unknown.fits());
  CHECK(unknown.workers == 4);
}

TEST_CASE("The plan is printed line by line, and adds up") {
  const auto lines = describe(plan_memory(board(925 * kMiB)));
  CHECK(lines.front() == "Memory plan for the 925 MiB that this machine has");
  CHECK(lines[3] == "PHP workers, 4 x 64 MiB     256 MiB");
  CHECK(lines.back() == "sum                         849 MiB");
}
