#include "fastcgi/params.h"

#include <fmt/core.h>

#include "fastcgi/record.h"

namespace larder::fastcgi {
namespace {

constexpr std::size_t kShortLength = 0x7f;  // longer lengths take four bytes, the first with its top bit set

std::size_t length_size(std::size_t length) { return length <= kShortLength ? 1 : 4; }

void append_length(std::string& to, std::size_t length) {
  if (length <= kShortLength) {
    to.push_back(static_cast<char>(length));
    return;
  }
  to.push_back(static_cast<char>((length >> 24 & 0x7f) | 0x80));
  for (int shift = 16; shift >= 0; shift -= 8) to.push_back(static_cast<char>(length >> shift & 0xff));
}

void append_record(std::string& to, const std::string& content) {
  append_record_header(to, RecordType::params, content.size());
  to += content;
}

}  // namespace

Status append_params(std::string& to, const Params& params) {
  std::string content;
  for (const auto& [name, value] : params) {
    // Checked one by one: on a 32-bit board their sum could wrap.
    if (name.size() > kMaxRecordContent || value.size() > kMaxRecordContent ||
        length_size(name.size()) + length_size(value.size()) + name.size() + value.size() > kMaxRecordContent)
      return Error{fmt::format("the parameter {:.60} is too long for a FastCGI record", name)};
    const std::size_t size = length_size(name.size()) + length_size(value.size()) + name.size() + value.size();
    if (content.size() + size > kMaxRecordContent) {
      append_record(to, content);
      content.clear();
    }
    append_length(content, name.size());
    append_length(content, value.size());
    content += name;
    content += value;
  }
  if (!content.empty()) append_record(to, content);
  append_record(to, {});
  return Done{};
}

}  // namespace larder::fastcgi
