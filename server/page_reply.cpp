#include "server/page_reply.h"

#include <fmt/core.h>

#include "base/http_date.h"
#include "cache/encoding.h"
#include "cache/response_control.h"
#include "server/conditional.h"
#include "server/http_response.h"
#include "server/range_answer.h"
#include "server/representation.h"

namespace larder::server {
namespace {

using cache::Coding;

std::string cache_status(const cache::Page& page, const PageSource& source, Millis wall) {
  if (source.hit) {
    const std::int64_t ttl = page.lifetime - page.age_at(wall);
    return fmt::format("larder; hit; ttl={}{}", ttl, ttl > 0 ? "" : "; detail=stale");
  }
  std::string text = fmt::format("larder; fwd={}", source.fwd);
  if (source.fwd_status != 0) text += fmt::format("; fwd-status={}", source.fwd_status);
  if (source.joined) text += "; collapsed";
  if (source.stored) text += "; stored";
  if (!source.detail.empty()) text += fmt::format("; detail={}", source.detail);
  return text;
}

// RFC 9110 15.4.5: the fields that a 304 repeats.
bool belongs_in_304(std::string_view name) {
  for (const char* kept :
       {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary", "Age", "Cache-Status", "Last-Modified"})
    if (equals_ignoring_case(name, kept)) return true;
  return false;
}

// What the request says about how it wants the page.
struct Wishes {
  cache::AcceptedCodings codings;
  bool conditions = false, range = false;
};

Wishes wishes_of(const RequestHead& head) {
  Wishes wishes;
  wishes.range = head.fields.has(FieldName::range);
  wishes.conditions = head.fields.has_any({FieldName::if_match, FieldName::if_none_match, FieldName::if_modified_since,
                                           FieldName::if_unmodified_since, FieldName::if_range});
  wishes.codings = accepted_codings(head);
  return wishes;
}

// One page, one request: the answer put together.
class Answer {
 public:
  Answer(const cache::PagePtr& page, const PageSource& source, const RequestHead& head, const Fields& common,
         Millis wall)
      : page_(*page), source_(source), head_(head), common_(common), wall_(wall), wishes_(wishes_of(head)) {}

  std::optional<Reply> reply() const {
    if (page_.status == 200 && wishes_.conditions)
      if (auto reply = conditional()) return reply;
    if (page_.status == 200 && wishes_.range && wishes_.codings.takes(Coding::identity)) {
      const std::string etag = entity_tag(page_, Coding::identity);
      RangeAnswer ranges = answer_ranges(head_, validators(etag), content_type(), page_.bodies.identity_bytes());
      if (ranges.status != 200) return partial(std::move(ranges));
    }
    return whole(wishes_.codings.choose(page_.bodies));
  }

 private:
  std::optional<Reply> whole(Coding coding) const {
    const cache::Body& body = page_.bodies.in(coding);
    if (!body) return std::nullopt;
    Reply reply;
    reply.status = page_.status;
    const auto make = [&] { return prepare(page_.status, fields(coding, common_), *body, body); };
    if (!source_.hit) {
      reply.prepared = make();
      return reply;
    }
    const std::int64_t second = page_.age_at(wall_);
    const cache::PreparedSlot& slot = page_.prepared(coding);
    reply.prepared = std::static_pointer_cast<const PreparedReply>(slot.get(second));
    if (reply.prepared) return reply;
    reply.prepared = make();
    slot.set(second, reply.prepared);
    return reply;
  }

  std::optional<Reply> conditional() const {
    const std::string* tag = find_field(page_.fields, "ETag");
    const Condition condition =
        evaluate_conditions(head_, wishes_.codings, wishes_.codings.choose(page_.bodies), tag ? *tag : std::string(),
                            page_.bodies.original(), validators({}).last_modified);
    return condition.status == 0 ? std::nullopt : std::optional(not_sent(condition.status, condition.coding));
  }

  Validators validators(std::string_view etag) const {
    Validators validators{.etag = etag, .last_modified = std::nullopt};
    if (const std::string* modified = find_field(page_.fields, "Last-Modified"))
      validators.last_modified = parse_http_date(*modified);
    return validators;
  }

  Reply not_sent(int status, Coding coding) const {
    const cache::Body& body = page_.bodies.in(coding);
    Reply reply;
    reply.status = status;
    reply.not_sent = body ? body->size() : page_.bodies.identity_bytes();
    reply.fields = fields(coding, {});
    std::erase_if(reply.fields, [](const Field& field) { return !belongs_in_304(field.name); });
    reply.fields.insert(reply.fields.end(), common_.begin(), common_.end());
    return reply;
  }

  std::optional<Reply> partial(RangeAnswer ranges) const {
    const cache::Body& body = page_.bodies.in(Coding::identity);
    if (!body && !ranges.ranges.empty()) return std::nullopt;
    Reply reply;
    reply.status = ranges.status;
    reply.fields = fields(Coding::identity, common_);
    std::erase_if(reply.fields, [](const Field& field) { return equals_ignoring_case(field.name, "Content-Type"); });
    reply.fields.insert(reply.fields.end(), ranges.fields.begin(), ranges.fields.end());
    std::string bytes;
    for (std::size_t i = 0; i < ranges.ranges.size(); ++i) {
      if (!ranges.parts.empty()) bytes += ranges.parts[i];
      bytes.append(*body, ranges.ranges[i].offset, ranges.ranges[i].length);
    }
    if (!ranges.parts.empty()) bytes += ranges.parts.back();
    reply.body = std::move(bytes);
    return reply;
  }

  std::string_view content_type() const {
    const std::string* type = find_field(page_.fields, "Content-Type");
    return type == nullptr ? std::string_view() : *type;
  }

  Fields fields(Coding coding, const Fields& common) const {
    Fields fields = representation_fields(page_, coding);
    const std::int64_t age = page_.age_at(wall_);
    std::erase_if(fields, [](const Field& field) { return cache::is_for_this_cache_only(field.name); });
    if (find_field(fields, "Date") == nullptr) fields.push_back({"Date", format_http_date(page_.created / 1000)});
    if (source_.hit || age > 0) fields.push_back({"Age", std::to_string(age)});
    fields.push_back({"Cache-Status", cache_status(page_, source_, wall_)});
    fields.insert(fields.end(), common.begin(), common.end());
    return fields;
  }

  const cache::Page& page_;
  const PageSource source_;
  const RequestHead& head_;
  const Fields& common_;
  const Millis wall_;
  const Wishes wishes_;
};

}  // namespace

std::optional<Reply> page_reply(const cache::PagePtr& page, const PageSource& source, const RequestHead& head,
                                const Fields& common, Millis wall) {
  return Answer(page, source, head, common, wall).reply();
}

}  // namespace larder::server
