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

}  // namespace

FileAnswer answer_file(std::string_view name, const struct stat& status, const RequestHead& head) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::int64_t modified = status.st_mtim.tv_sec;
  const std::string etag = make_etag(status);
  const Validators validators{etag, modified};
  Fields fields = {{"ETag", etag},
                   {"Last-Modified", format_http_date(modified)},
                   {"Accept-Ranges", "bytes"},
                   {"X-Content-Type-Options", "nosniff"}};
  FileAnswer answer;
  if (const int condition = evaluate_conditions(head, validators))
    answer.status = condition;
  else
    answer = answer_ranges(head, validators, mime_type(name), size);
  answer.fields.insert(answer.fields.begin(), fields.begin(), fields.end());
  return answer;
}

}  // namespace larder::server
