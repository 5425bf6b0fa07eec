// Bodies as PHP may send them: never more is decoded than was allowed; and whatever is encoded decodes to itself.
#include "server/content_coding.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  const std::string bytes(data, data + size);
  for (const cache::Coding coding : cache::kCodings) {
    const auto decoded = server::decode(coding, bytes, 10'000);
    if (decoded && decoded->size() > 10'000) std::abort();
    const auto encoded = server::encode(coding, bytes, server::Effort::quick);
    if (!encoded || server::decode(coding, *encoded, size) != bytes) std::abort();
  }
  return 0;
}
