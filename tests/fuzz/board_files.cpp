// Whatever the files of /proc hold, the figures made of them are possible ones.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "arm/memory_pressure.h"
#include "arm/mounts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder::arm;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  MemoryReading reading;
  parse_meminfo(text, reading);
  parse_vmstat(text, reading);
  parse_pressure(text, reading);
  take_group(size * 100, size * 90, text, reading);
  if (reading.available > reading.total || !(reading.available_percent() <= 100)) std::abort();
  if (reading.stalled_some && !(*reading.stalled_some >= 0 && *reading.stalled_some <= 100)) std::abort();
  const auto mounts = parse_mountinfo(text);
  for (const Mount& mount : mounts)
    if (mount_of(mounts, mount.point).point != mount.point) std::abort();
  for (const SwapArea& area : parse_swaps(text))
    if (!area.name.starts_with('/')) std::abort();
  return 0;
}
