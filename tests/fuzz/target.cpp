// Any target that is accepted keeps its promises: one normal form, nothing above the root, nothing hidden in an escape.
#include "server/target.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace larder::server;

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

bool has_parent_segment(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  return false;
}

void check(const Target& target) {
  promise(target.path.starts_with('/') && target.file_path.starts_with('/'));
  promise(target.path.find("//") == std::string::npos);
  promise(!has_parent_segment(target.path) && !has_parent_segment(target.file_path));
  promise(!has_control(target.path) && !has_control(target.file_path) && !has_control(target.query));
  promise(target.file_path.find('\\') == std::string::npos);
  promise(target.authority.empty() == target.scheme.empty());
  promise(target.authority.empty() || is_host(target.authority));
  const auto again = parse_target(target.path, "GET");
  // Escaping may make a target longer than what is accepted from a client.
  if (again.refusal && again.refusal->status == 414) return;
  promise(!again.refusal && again.target.path == target.path && again.target.file_path == target.file_path &&
          again.target.ambiguous == target.ambiguous);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string raw(data, data + size);
  for (const char* method : {"GET", "OPTIONS"}) {
    const auto parsed = parse_target(raw, method);
    if (parsed.refusal)
      promise(parsed.refusal->status == 400 || parsed.refusal->status == 414);
    else if (!parsed.target.asterisk)
      check(parsed.target);
  }
  return 0;
}
