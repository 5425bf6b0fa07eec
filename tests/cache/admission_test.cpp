#include "cache/admission.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Verdict = Admission::Verdict;
using Level = Admission::Level;

constexpr Millis kDay = 86'400'000;
constexpr const char* kPlain = "http://pi/a";
constexpr const char* kQuery = "http://pi/a?b=1";

TEST_CASE("With plenty of the budget left a page is written at once, one with a query when it is asked for again") {
  Admission admission(1000, 0);
  CHECK(admission.level() == Level::plenty);
  CHECK(admission.judge(kPlain, false) == Verdict::write);
  CHECK(admission.judge(kPlain, true) == Verdict::write);
  CHECK(admission.judge(kQuery, false) == Verdict::wait_for_second_hit);
  CHECK(admission.judge(kQuery, true) == Verdict::write);
}

TEST_CASE("With half of the budget spent every page must have been asked for again") {
  Admission admission(1000, 0);
  admission.note_written(499, 0);
  CHECK(admission.level() == Level::plenty);
  admission.note_written(500, 0);
  CHECK(admission.level() == Level::little);
  CHECK(admission.left() == 500);
  CHECK(admission.judge(kPlain, false) == Verdict::wait_for_second_hit);
  CHECK(admission.judge(kPlain, true) == Verdict::write);
  CHECK(admission.judge(kQuery, true) == Verdict::write);
}

TEST_CASE("With nothing left nothing is written") {
  Admission admission(1000, 0);
  admission.note_written(1000, 0);
  CHECK(admission.level() == Level::none);
  CHECK(admission.judge(kPlain, true) == Verdict::over_budget);
  CHECK(admission.judge(kPlain, false) == Verdict::over_budget);
}

TEST_CASE("The budget comes back with the hours of the day, and never to more than a day's") {
  Admission admission(2400, 0);
  admission.note_written(2400, 0);
  admission.note_written(2400, kDay / 24);
  CHECK(admission.left() == 100);
  admission.note_written(2400, kDay / 2);
  CHECK(admission.left() == 1200);
  admission.note_written(2400, 100 * kDay);
  CHECK(admission.left() == 2400);
}

TEST_CASE("What was written beyond the budget has to come back first") {
  Admission admission(1000, 0);
  admission.note_written(1500, 0);
  CHECK(admission.left() == 0);
  admission.note_written(1500, kDay / 2);
  CHECK(admission.level() == Level::none);
  admission.note_written(1500, kDay);
  CHECK(admission.left() == 500);
}

TEST_CASE("A steady clock that stands still gives nothing, and many short moments give as much as one long") {
  Admission admission(86'400'000, 0);
  admission.note_written(86'400'000, 0);
  for (Millis now = 0; now <= 1000; ++now) admission.note_written(86'400'000, now);
  CHECK(admission.left() >= 999);
  CHECK(admission.left() <= 1000);
  admission.note_written(86'400'000, 1000);
  CHECK(admission.left() <= 1000);
}

TEST_CASE("Without a limit there is always plenty") {
  Admission admission(Admission::kUnlimited, 0);
  admission.note_written(std::uint64_t{1} << 50, 1);
  CHECK(admission.level() == Level::plenty);
  CHECK(admission.judge(kPlain, false) == Verdict::write);
}

TEST_CASE("A budget of nothing writes nothing") {
  const Admission admission(0, 0);
  CHECK(admission.judge(kPlain, true) == Verdict::over_budget);
}

TEST_CASE("Held back, no more is written than with little or nothing left, whatever is left") {
  Admission admission(Admission::kUnlimited, 0);
  admission.hold_back(Level::little);
  CHECK(admission.judge(kPlain, false) == Verdict::wait_for_second_hit);
  CHECK(admission.judge(kPlain, true) == Verdict::write);
  admission.hold_back(Level::none);
  CHECK(admission.judge(kPlain, true) == Verdict::held_back);
  admission.hold_back(Level::plenty);
  CHECK(admission.judge(kPlain, false) == Verdict::write);
}

TEST_CASE("Not held back any more, the budget counts as before") {
  Admission admission(1000, 0);
  admission.hold_back(Level::none);
  admission.note_written(1000, 0);
  admission.hold_back(Level::little);
  CHECK(admission.judge(kPlain, true) == Verdict::over_budget);
  admission.hold_back(Level::plenty);
  CHECK(admission.judge(kPlain, true) == Verdict::over_budget);
}

}  // namespace
}  // namespace larder::cache
