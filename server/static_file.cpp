#include "server/static_file.h"

#include <fmt/core.h>

#include "base/http_date.h"
#include "server/conditional.h"
#include "server/mime_type.h"

namespace larder::server {
namespace {

// Time of change and size, without the inode: the same tree copied to several boards behind one balancer keeps one tag
// a file. The nanoseconds make two changes within a second differ, where the file system stores them (FAT: 2 s).
std::string make_etag(const struct stat& status) {
  return fmt::format("\"{:x}-{:x}-{:x}\"", static_cast<std::uint64_t>(std::int64_t{status.st_mtim.tv_sec}),
                     static_cast<std::uint64_t>(status.st_mtim.tv_nsec), static_cast<std::uint64_t>(status.st_size));
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

// More than one Range field makes a list that is no ranges-specifier: as good as none.
RangeSet requested_ranges(const RequestHead& head, const Validators& validators, std::uint64_t size) {
  if (head.method != "GET" || head.count("Range") != 1 || !range_applies(head, validators)) return {};
  return parse_byte_ranges(head.field("Range"), size);
}

void answer_several(FileAnswer& answer, std::string_view type, std::string_view etag, std::uint64_t size) {
  const std::string boundary = fmt::format("larder-{}", etag.substr(1, etag.size() - 2));
  answer.fields.push_back({"Content-Type", "multipart/byteranges; boundary=" + boundary});
  for (const ByteRange& range : answer.ranges)
    answer.parts.push_back(fmt::format("{}--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n",
                                       answer.parts.empty() ? "" : "\r\n", boundary, type, content_range(range, size)));
  answer.parts.push_back(fmt::format("\r\n--{}--\r\n", boundary));
}

}  // namespace

FileAnswer answer_file(std::string_view name, const struct stat& status, const RequestHead& head) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::int64_t modified = status.st_mtim.tv_sec;
  const std::string etag = make_etag(status);
  const Validators validators{etag, modified};
  FileAnswer answer;
  answer.fields = {{"ETag", etag}, {"Last-Modified", format_http_date(modified)}, {"Accept-Ranges", "bytes"}};
  answer.fields.push_back({"X-Content-Type-Options", "nosniff"});
  if (const int condition = evaluate_conditions(head, validators)) {
    answer.status = condition;
    return answer;
  }
  const RangeSet set = requested_ranges(head, validators, size);
  if (set.kind == RangeSet::Kind::unsatisfiable) {
    answer.status = 416;
    answer.fields.push_back({"Content-Range", fmt::format("bytes */{}", size)});
    return answer;
  }
  const std::string_view type = mime_type(name);
  answer.status = set.kind == RangeSet::Kind::partial ? 206 : 200;
  answer.ranges = answer.status == 206 ? set.ranges : std::vector<ByteRange>{{0, size}};
  if (answer.ranges.size() > 1) {
    answer_several(answer, type, etag, size);
    return answer;
  }
  answer.fields.push_back({"Content-Type", std::string(type)});
  if (answer.status == 206) answer.fields.push_back({"Content-Range", content_range(answer.ranges[0], size)});
  return answer;
}

}  // namespace larder::server
