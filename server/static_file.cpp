#include "server/static_file.h"

#include <fmt/core.h>

#include "base/http_date.h"
#include "cache/encoding.h"
#include "server/mime_type.h"
#include "server/representation.h"

namespace larder::server {
namespace {

using cache::Coding;

// Time of change and size, without the inode: the same tree copied to several boards behind one balancer keeps one tag
// a file. The nanoseconds make two changes within a second differ, where the file system stores them (FAT: 2 s).
std::string make_etag(const struct stat& status) {
  return fmt::format("\"{:x}-{:x}-{:x}\"", static_cast<std::uint64_t>(std::int64_t{status.st_mtim.tv_sec}),
                     static_cast<std::uint64_t>(status.st_mtim.tv_nsec), static_cast<std::uint64_t>(status.st_size));
}

Coding choose(const FileForms& forms, const cache::AcceptedCodings& accepted) {
  return forms.packed ? accepted.choose(forms.packed->bodies) : Coding::identity;
}

Fields fields_of(const std::string& etag, std::int64_t modified) {
  return {{"ETag", etag},
          {"Last-Modified", format_http_date(modified)},
          {"Accept-Ranges", "bytes"},
          {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace

FileAnswer answer_file(std::string_view name, const struct stat& status, const FileForms& forms,
                       const RequestHead& head) {
  const std::int64_t modified = status.st_mtim.tv_sec;
  const std::string etag = make_etag(status);
  const auto accepted = forms.several ? accepted_codings(head) : cache::AcceptedCodings();
  const Coding chosen = choose(forms, accepted);
  const Condition condition = evaluate_conditions(head, accepted, chosen, etag, Coding::identity, modified);
  FileAnswer answer;
  Coding told = chosen;
  if (condition.status != 0) {
    answer.status = condition.status;
    told = condition.coding;
  } else {
    static_cast<RangeAnswer&>(answer) =
        answer_ranges(head, {etag, modified}, mime_type(name), static_cast<std::uint64_t>(status.st_size));
    if (answer.status != 200) told = Coding::identity;
  }
  const cache::Body body = forms.packed ? forms.packed->bodies.in(told) : nullptr;
  if (told == Coding::identity) answer.whole_size = static_cast<std::uint64_t>(status.st_size);
  if (body) answer.whole_size = body->size();
  if (answer.status == 200) answer.packed = body;

  const Fields fields = fields_of(tag_in(etag, Coding::identity, told), modified);
  answer.fields.insert(answer.fields.begin(), fields.begin(), fields.end());
  if (answer.packed) answer.fields.push_back({"Content-Encoding", std::string(cache::name_of(told))});
  if (forms.several) vary_by_coding(answer.fields);
  return answer;
}

}  // namespace larder::server
