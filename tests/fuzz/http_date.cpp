// Whatever reads as a date is one that can be written, and read again as the same second.
#include "base/http_date.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto date = larder::parse_http_date({reinterpret_cast<const char*>(data), size});
  if (date && larder::parse_http_date(larder::format_http_date(*date)) != date) std::abort();
  return 0;
}
