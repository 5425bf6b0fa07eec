// told_load: many clients ask one server for told pages, as in tests/support/load.h, and look at every byte.
//
//   told_load PORT REQUESTS PAGES EXPONENT CLIENTS SEED HIT_FIELD HIT_VALUE      one line of JSON
#include <cstdio>
#include <cstdlib>

#include "tests/support/load.h"

int main(int argc, char** argv) {
  if (argc != 9) return std::fprintf(stderr, "usage: see the source\n"), 2;
  const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
  larder::testing::Load load({.server = {.port = static_cast<std::uint16_t>(number(1)), .unix_path = ""},
                              .clients = static_cast<unsigned>(number(5)),
                              .pages = number(3),
                              .exponent = std::strtod(argv[4], nullptr),
                              .seed = number(6),
                              .requests = number(2),
                              .hit_header = argv[7],
                              .hit_value = argv[8]});
  load.wait();
  const auto& counts = load.counts();
  const auto value = [](const std::atomic<std::uint64_t>& count) { return static_cast<unsigned long long>(count); };
  std::printf(
      "{\"answered\": %llu, \"hits\": %llu, \"misses\": %llu, \"refused\": %llu, \"failed\": %llu, \"wrong\": "
      "%llu, \"missed_bytes\": %llu}\n",
      value(counts.answered), value(counts.hits), value(counts.misses), value(counts.refused), value(counts.failed),
      value(counts.wrong), value(counts.missed_bytes));
  if (const std::string wrong = load.first_wrong(); !wrong.empty()) std::fprintf(stderr, "wrong: %s\n", wrong.c_str());
  return counts.wrong == 0 ? 0 : 1;
}
