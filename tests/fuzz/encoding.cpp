// Accept-Encoding made of anything: what is chosen is at hand or identity, and acceptable if anything is.
#include "cache/encoding.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder::cache;
  if (size == 0) return 0;
  Bodies bodies(Coding::identity, 1);
  for (const Coding coding : kCodings)
    if (data[0] >> static_cast<unsigned>(coding) & 1U) bodies.set(coding, std::make_shared<const std::string>());
  AcceptedCodings accepted;
  std::string line;
  for (std::size_t i = 1; i <= size; ++i) {
    if (i < size && data[i] != '\n') {
      line.push_back(static_cast<char>(data[i]));
      continue;
    }
    accepted.add(line);
    line.clear();
  }
  const Coding chosen = accepted.choose(bodies);
  if (chosen != Coding::identity && (!bodies.has(chosen) || !accepted.takes(chosen))) std::abort();
  if (accepted.takes(chosen)) return 0;
  for (const Coding coding : kCodings)
    if (bodies.has(coding) && accepted.takes(coding)) std::abort();
  return 0;
}
