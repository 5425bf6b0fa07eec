#include "drive/content.h"

#include <fmt/core.h>

namespace larder::drive {
namespace {

constexpr int kNothingFound = 2, kSeveralFound = 8;  // exit codes of blkid

// Blanks, quotes and the like have a backslash before them; "\x1b" stays as it is.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] != 'x') ++i;
    plain += text[i];
  }
  return plain;
}

}  // namespace

std::vector<std::string> blkid_command(const std::string& device) { return {"blkid", "-p", "-o", "export", device}; }

Result<Content> parse_blkid(const Finished& blkid) {
  Content content;
  if (blkid.code == kNothingFound && blkid.output.empty()) return content;
  if (blkid.code == kSeveralFound) content.type = "several file systems at once";
  if (blkid.code == kSeveralFound) return content;
  if (blkid.code != 0) return Error{fmt::format("blkid ended with code {}: {}", blkid.code, blkid.output)};
  std::string_view rest = blkid.output;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, equals);
    const std::string value = unescaped(line.substr(equals + 1));
    if (name == "TYPE") content.type = value;
    if (name == "LABEL") content.label = value;
    if (name == "UUID") content.uuid = value;
    if (name == "PTTYPE") content.partitions = value;
  }
  return content;
}

}  // namespace larder::drive
