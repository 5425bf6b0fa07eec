#include "server/range_answer.h"

#include <fmt/core.h>

namespace larder::server {
namespace {

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

// More than one Range field makes a list that is no ranges-specifier: as good as none.
RangeSet requested_ranges(const RequestHead& head, const Validators& validators, std::uint64_t size) {
  if (head.method != "GET" || head.count(FieldName::range) != 1 || !range_applies(head, validators)) return {};
  return parse_byte_ranges(head.field(FieldName::range), size);
}

// The tag without its quotes is a boundary that no text of the site holds by accident.
std::string boundary_of(std::string_view etag) {
  std::string boundary = "larder-";
  for (const char c : etag)
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-') boundary += c;
  return boundary.substr(0, 70);  // RFC 2046 5.1.1
}

void answer_several(RangeAnswer& answer, std::string_view type, std::string_view etag, std::uint64_t size) {
  const std::string boundary = boundary_of(etag);
  const std::string type_line = type.empty() ? "" : fmt::format("Content-Type: {}\r\n", type);
  answer.fields.push_back({"Content-Type", "multipart/byteranges; boundary=" + boundary});
  for (const ByteRange& range : answer.ranges)
    answer.parts.push_back(fmt::format("{}--{}\r\n{}Content-Range: {}\r\n\r\n", answer.parts.empty() ? "" : "\r\n",
                                       boundary, type_line, content_range(range, size)));
  answer.parts.push_back(fmt::format("\r\n--{}--\r\n", boundary));
}

}  // namespace

RangeAnswer answer_ranges(const RequestHead& head, const Validators& validators, std::string_view type,
                          std::uint64_t size) {
  RangeAnswer answer;
  const RangeSet set = requested_ranges(head, validators, size);
  if (set.kind == RangeSet::Kind::unsatisfiable) {
    answer.status = 416;
    answer.fields.push_back({"Content-Range", fmt::format("bytes */{}", size)});
    return answer;
  }
  answer.status = set.kind == RangeSet::Kind::partial ? 206 : 200;
  answer.ranges = answer.status == 206 ? set.ranges : std::vector<ByteRange>{{0, size}};
  if (answer.ranges.size() > 1) {
    answer_several(answer, type, validators.etag, size);
    return answer;
  }
  if (!type.empty()) answer.fields.push_back({"Content-Type", std::string(type)});
  if (answer.status == 206) answer.fields.push_back({"Content-Range", content_range(answer.ranges[0], size)});
  return answer;
}

}  // namespace larder::server
