// Governor: how much of the board may be used, from how the board is doing. Pure.
//
// next() is called with every sample. Pressure rises at once, as far as the signals say; it falls one step at a time,
// each after the signals were clear of a wider limit for kCalm without a break, so that noise around a limit moves it
// at most once. What a pressure means for each part is limits_for(), a table. Nothing here acts: the housekeeper does,
// and others read (governor_board.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace larder::server::governor {

enum class Pressure : std::uint8_t { green, yellow, orange, red };
constexpr std::size_t kPressures = 4;

std::string_view name_of(Pressure);  // "GREEN"

// What the board said. Everything that is not known keeps its default and never raises the pressure.
struct Signals {
  double available = 100;              // percent of the memory that can still be had without swapping
  std::uint64_t available_bytes = 0;   // the same in bytes; 0: unknown
  std::optional<double> temperature;   // degrees Celsius
  bool throttled = false;              // the firmware slows the processor down
  bool under_voltage = false;          // the power supply is too weak, now
  bool drive_writable = true;          // the cache drive takes pages
  double swapped_to_card = 0;          // pages a second swapped out, if swap lies on the SD card
  double stalls = 0;                   // allocations a second that had to wait for memory
  double major_faults = 0;             // pages a second read from a drive because somebody used them
  double refaults = 0;                 // pages a second that were given up too early
  std::optional<double> stalled_some;  // percent of the last ten seconds in which some task waited for memory (PSI)
  std::optional<double> stalled_full;  // and in which all did
};

// Why the pressure is what it is.
enum class Cause : std::uint8_t { none, memory, heat, throttling, drive, swapping, thrashing, pressure, stalls };

struct State {
  Pressure pressure = Pressure::green;
  Cause cause = Cause::none;  // of the last rise; none in GREEN
  Millis since = 0;           // of the last change
  Millis calm_since = 0;      // the signals have been clear of this pressure since then; 0: they are not
};

enum class FlashWrites : std::uint8_t { by_budget, stricter, off };
enum class BackgroundRefresh : std::uint8_t { on, one_at_a_time, off };

// What each part may do under a pressure. Shares are of what the configuration gives.
struct Limits {
  double php_share;           // of the workers; see php_parallel()
  double page_memory_share;   // of cache.memory
  bool page_memory_at_once;   // else by kPageMemoryStep a second
  double worker_memory;       // of a worker's share in the memory plan: above it is replaced after its request
  double worker_memory_hard;  // above it is killed at once; 0: never
  FlashWrites flash_writes;
  BackgroundRefresh refresh;
  int stale_factor;             // how many times as long as usual a stale page may be served,
  std::int64_t stale_at_least;  // and at least that many seconds
  int last_class;               // requests of the classes P0 to this one may reach PHP
  int weight;                   // percent, for a load balancer
  int connections;              // which it may send at a time
};

constexpr std::uint64_t kPageMemoryStep = 16 << 20;  // bytes a second

const Limits& limits_for(Pressure);
std::size_t php_parallel(const Limits&, std::size_t workers);  // at least 1

// For HAProxy's agent-check, without the end of the line: "ready up 75% maxconn:96".
std::string agent_line(const Limits&);

// How the signals must have looked before pressure falls.
constexpr Millis kCalm = 5'000;

struct Step {
  State state;
  Limits limits;
  bool changed = false;
};
Step next(const State&, const Signals&, Millis now);

// The pressure that these signals ask for by themselves, with its cause.
struct Demand {
  Pressure pressure = Pressure::green;
  Cause cause = Cause::none;

  bool operator==(const Demand&) const = default;
};
Demand demand(const Signals&);

// "MemAvailable is 12.4 %", for the log.
std::string explain(Cause, const Signals&);

}  // namespace larder::server::governor
