// Whatever the body of a purge and the lines of its log say: the parsers end, and what they take comes back the same.
#include <cstdlib>
#include <string>

#include "server/purge_log.h"
#include "server/purge_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  const std::string text(data, data + size);
  const cache::IgnoredParams ignored({"utm_*"});
  if (const auto purges = server::parse_purge_request(text, ignored, 7); purges.ok()) {
    std::string lines;
    for (const auto& purge : *purges) lines += server::purge_line(purge);
    if (server::parse_purge_lines(lines) != *purges) std::abort();
  }
  for (const auto& purge : server::parse_purge_lines(text))
    if (text.find(server::purge_line(purge)) == std::string::npos && purge.text.find('\n') != std::string::npos)
      std::abort();
  return 0;
}
