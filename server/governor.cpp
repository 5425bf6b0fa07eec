#include "server/governor.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace larder::server::governor {
namespace {

constexpr std::int64_t kDay = 86'400;

// One row a pressure: GREEN, YELLOW save, ORANGE shed, RED survive. RED does not drain: a board that can only serve
// cached pages is still the best server for hot pages.
constexpr std::array<Limits, kPressures> kLimits = {{
    {.php_share = 1,
     .page_memory_share = 1,
     .page_memory_at_once = false,
     .worker_memory = 1.25,
     .worker_memory_hard = 0,
     .flash_writes = FlashWrites::by_budget,
     .refresh = BackgroundRefresh::on,
     .stale_factor = 1,
     .stale_at_least = 0,
     .last_class = 3,
     .weight = 100,
     .connections = 128},
    {.php_share = 3.0 / 4,
     .page_memory_share = 1.0 / 2,
     .page_memory_at_once = false,
     .worker_memory = 1.125,
     .worker_memory_hard = 0,
     .flash_writes = FlashWrites::stricter,
     .refresh = BackgroundRefresh::one_at_a_time,
     .stale_factor = 2,
     .stale_at_least = 0,
     .last_class = 2,
     .weight = 75,
     .connections = 96},
    {.php_share = 1.0 / 2,
     .page_memory_share = 1.0 / 3,
     .page_memory_at_once = true,
     .worker_memory = 0.9375,
     .worker_memory_hard = 0,
     .flash_writes = FlashWrites::off,
     .refresh = BackgroundRefresh::off,
     .stale_factor = 2,
     .stale_at_least = kDay,
     .last_class = 1,
     .weight = 40,
     .connections = 48},
    {.php_share = 0,
     .page_memory_share = 1.0 / 6,
     .page_memory_at_once = true,
     .worker_memory = 0.75,
     .worker_memory_hard = 1.5,
     .flash_writes = FlashWrites::off,
     .refresh = BackgroundRefresh::off,
     .stale_factor = 2,
     .stale_at_least = 7 * kDay,
     .last_class = 0,
     .weight = 10,
     .connections = 16},
}};

constexpr double kNever = 1e9;

// A pressure is entered when any signal is past its limit. `available` counts downwards.
struct Entry {
  Pressure pressure;
  double available;              // percent, below
  double temperature = kNever;   // from
  double swapped = kNever;       // pages a second, from: the kernel swaps out clusters of 32
  double major_faults = kNever;  // pages a second, from, and only while memory is short: programs that start read too
  double stalled_some = kNever;  // percent, from
  double stalled_full = kNever;
  double stalls = kNever;  // a second, from, and only while memory is short: a file that is copied causes some
  bool slowed = false;     // by throttling or weak power
  bool drive = false;      // when it does not take pages
};

constexpr std::array<Entry, kPressures - 1> kEntries = {{
    {.pressure = Pressure::yellow, .available = 22, .temperature = 75, .slowed = true, .drive = true},
    {.pressure = Pressure::orange,
     .available = 13,
     .temperature = 80,
     .swapped = 32,
     .major_faults = 200,
     .stalled_some = 15},
    {.pressure = Pressure::red, .available = 8, .stalled_full = 7, .stalls = 10},
}};
constexpr double kShort = 22;  // percent available: memory is short

// To leave a pressure the signals must be this much better than to enter it.
constexpr double kMoreAvailable = 5, kCooler = 3, kCalmer = 0.5;

Cause cause_of(const Entry& entry, const Signals& s, bool leaving) {
  const double more = leaving ? kMoreAvailable : 0, cooler = leaving ? kCooler : 0, share = leaving ? kCalmer : 1;
  const bool is_short = s.available < kShort + more;
  if (s.available < entry.available + more) return Cause::memory;
  if (is_short && s.stalls >= entry.stalls * share) return Cause::stalls;
  if (s.stalled_full && *s.stalled_full >= entry.stalled_full * share) return Cause::pressure;
  if (s.stalled_some && *s.stalled_some >= entry.stalled_some * share) return Cause::pressure;
  if (s.swapped_to_card >= entry.swapped * share) return Cause::swapping;
  if (is_short && s.major_faults >= entry.major_faults * share) return Cause::thrashing;
  if (s.temperature && *s.temperature >= entry.temperature - cooler) return Cause::heat;
  if (entry.slowed && (s.throttled || s.under_voltage)) return Cause::throttling;
  if (entry.drive && !s.drive_writable) return Cause::drive;
  return Cause::none;
}

Pressure lower(Pressure pressure) { return static_cast<Pressure>(static_cast<int>(pressure) - 1); }

// Whether the signals hold the pressure where it is: they would enter it or a higher one by the wider limits.
bool held(Pressure pressure, const Signals& signals) {
  return std::any_of(kEntries.begin(), kEntries.end(), [&](const Entry& entry) {
    return entry.pressure >= pressure && cause_of(entry, signals, true) != Cause::none;
  });
}

}  // namespace

std::string_view name_of(Pressure pressure) {
  constexpr std::array<std::string_view, kPressures> kNames = {"GREEN", "YELLOW", "ORANGE", "RED"};
  return kNames[static_cast<std::size_t>(pressure)];
}

const Limits& limits_for(Pressure pressure) { return kLimits[static_cast<std::size_t>(pressure)]; }

std::size_t php_parallel(const Limits& limits, std::size_t workers) {
  const double share = std::floor(limits.php_share * static_cast<double>(workers) + 0.5);
  return std::max<std::size_t>(1, static_cast<std::size_t>(share));
}

std::string agent_line(const Limits& limits) {
  return fmt::format("ready up {}% maxconn:{}", limits.weight, limits.connections);
}

Demand demand(const Signals& signals) {
  for (auto entry = kEntries.rbegin(); entry != kEntries.rend(); ++entry)
    if (const Cause cause = cause_of(*entry, signals, false); cause != Cause::none) return {entry->pressure, cause};
  return {};
}

Step next(const State& state, const Signals& signals, Millis now) {
  const Demand wanted = demand(signals);
  State to = state;
  if (wanted.pressure > state.pressure) {
    to = {.pressure = wanted.pressure, .cause = wanted.cause, .since = now, .calm_since = 0};
  } else if (state.pressure == Pressure::green || held(state.pressure, signals)) {
    to.calm_since = 0;
  } else if (state.calm_since == 0) {
    to.calm_since = std::max<Millis>(now, 1);  // 0 says "not calm"
  } else if (now - state.calm_since >= kCalm) {
    to.pressure = lower(state.pressure);
    to.since = now;
    to.calm_since = std::max<Millis>(now, 1);  // the next step takes its own time
    if (to.pressure == Pressure::green) to.cause = Cause::none;
  }
  return {.state = to, .limits = limits_for(to.pressure), .changed = to.pressure != state.pressure};
}

std::string explain(Cause cause, const Signals& s) {
  switch (cause) {
    case Cause::memory:
      return fmt::format("MemAvailable is {:.1f} %", s.available);
    case Cause::heat:
      return fmt::format("the processor has {:.0f} degrees", s.temperature.value_or(0));
    case Cause::throttling:
      return s.under_voltage ? "the power supply is too weak" : "the firmware slows the processor down";
    case Cause::drive:
      return "the cache drive takes no pages";
    case Cause::swapping:
      return fmt::format("{:.0f} pages a second are swapped to the SD card", s.swapped_to_card);
    case Cause::thrashing:
      return fmt::format("{:.0f} pages a second are read again from a drive", s.major_faults);
    case Cause::pressure:
      return fmt::format("tasks wait for memory {:.0f} % of the time, all of them {:.0f} %", s.stalled_some.value_or(0),
                         s.stalled_full.value_or(0));
    case Cause::stalls:
      return fmt::format("{:.0f} allocations a second wait for memory", s.stalls);
    case Cause::none:
      break;
  }
  return "the board is well";
}

}  // namespace larder::server::governor
