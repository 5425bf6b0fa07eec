#include "cache/admission.h"

#include <algorithm>

namespace larder::cache {
namespace {

constexpr double kDay = 86'400'000;  // milliseconds

}  // namespace

void Admission::note_written(std::uint64_t written, Millis now) {
  const auto capacity = static_cast<double>(a_day_);
  const auto elapsed = static_cast<double>(std::max<Millis>(now - filled_at_, 0));
  left_ = std::min(capacity, left_ + capacity * (elapsed / kDay)) - static_cast<double>(written - written_);
  filled_at_ = now;
  written_ = written;
}

Admission::Level Admission::level() const {
  const bool plenty = a_day_ == kUnlimited || left_ > static_cast<double>(a_day_) / 2;
  return std::max(at_most_, plenty ? Level::plenty : left_ > 0 ? Level::little : Level::none);
}

Admission::Verdict Admission::judge(std::string_view key, bool again) const {
  switch (level()) {
    case Level::none:
      return at_most_ == Level::none ? Verdict::held_back : Verdict::over_budget;
    case Level::little:
      return again ? Verdict::write : Verdict::wait_for_second_hit;
    case Level::plenty:
      break;
  }
  const bool has_query = key.find('?') != std::string_view::npos;
  return again || !has_query ? Verdict::write : Verdict::wait_for_second_hit;
}

}  // namespace larder::cache
