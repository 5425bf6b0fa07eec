#include "server/page_reply.h"

#include <fmt/core.h>

#include "base/http_date.h"
#include "server/conditional.h"
#include "server/http_response.h"

namespace larder::server {
namespace {

std::string cache_status(const cache::Page& page, PageSource source, Millis wall) {
  switch (source) {
    case PageSource::hit:
      return fmt::format("larder; hit; ttl={}", page.lifetime - page.age_at(wall));
    case PageSource::rendered:
      return "larder; fwd=miss; stored";
    case PageSource::joined:
      return "larder; fwd=miss; collapsed; stored";
  }
  return "larder";
}

Fields page_fields(const cache::Page& page, PageSource source, const Fields& common, Millis wall) {
  Fields fields = page.fields;
  fields.reserve(fields.size() + common.size() + 3);
  fields.push_back({"Date", format_http_date(page.created / 1000)});
  if (source == PageSource::hit || page.age_at(wall) > 0) fields.push_back({"Age", std::to_string(page.age_at(wall))});
  fields.push_back({"Cache-Status", cache_status(page, source, wall)});
  fields.insert(fields.end(), common.begin(), common.end());
  return fields;
}

// RFC 9110 15.4.5: the fields that a 304 repeats.
bool belongs_in_304(std::string_view name) {
  for (const char* kept :
       {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary", "Age", "Cache-Status", "Last-Modified"})
    if (equals_ignoring_case(name, kept)) return true;
  return false;
}

bool has_condition(const RequestHead& head) {
  for (const FieldView& field : head.fields)
    if (field.name.size() > 3 && (field.name[0] == 'I' || field.name[0] == 'i') &&
        equals_ignoring_case(field.name.substr(0, 3), "If-"))
      return true;
  return false;
}

int condition_status(const cache::Page& page, const RequestHead& head) {
  if (page.status != 200 || !has_condition(head)) return 0;
  Validators validators;
  if (const std::string* etag = find_field(page.fields, "ETag")) validators.etag = *etag;
  if (const std::string* modified = find_field(page.fields, "Last-Modified"))
    validators.last_modified = parse_http_date(*modified);
  return evaluate_conditions(head, validators);
}

Reply conditional_reply(int status, std::uint64_t size, Fields fields, const Fields& common) {
  Reply reply;
  reply.status = status;
  reply.not_sent = size;
  std::erase_if(fields, [](const Field& field) { return !belongs_in_304(field.name); });
  reply.fields = std::move(fields);
  reply.fields.insert(reply.fields.end(), common.begin(), common.end());
  return reply;
}

}  // namespace

Reply page_reply(const cache::PagePtr& page, PageSource source, const RequestHead& head, const Fields& common,
                 Millis wall) {
  if (const int status = condition_status(*page, head); status != 0)
    return conditional_reply(status, page->bodies.identity_bytes(), page_fields(*page, source, {}, wall), common);
  const cache::Body& body = page->bodies.in(cache::Coding::identity);
  const cache::PreparedSlot& slot = page->prepared(cache::Coding::identity);
  Reply reply;
  reply.status = page->status;
  if (source != PageSource::hit) {
    reply.prepared = prepare(page->status, page_fields(*page, source, common, wall), *body, body);
    return reply;
  }
  const std::int64_t second = page->age_at(wall);
  reply.prepared = std::static_pointer_cast<const PreparedReply>(slot.get(second));
  if (reply.prepared) return reply;
  reply.prepared = prepare(page->status, page_fields(*page, source, common, wall), *body, body);
  slot.set(second, reply.prepared);
  return reply;
}

}  // namespace larder::server
