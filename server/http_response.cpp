#include "server/http_response.h"

#include <microhttpd.h>

#include <string>
#include <utility>

namespace larder::server {
namespace {

MHD_Response* response_from_memory(std::string_view body, std::shared_ptr<const void> owner) {
  auto* keep = new std::shared_ptr<const void>(std::move(owner));
  return MHD_create_response_from_buffer_with_free_callback_cls(
      body.size(), const_cast<char*>(body.data()),
      [](void* cls) { delete static_cast<std::shared_ptr<const void>*>(cls); }, keep);
}

// RFC 9110 8.6: a 304 says the length that a 200 would have had, or nothing; the library would say 0.
MHD_Response* response_without_body(std::uint64_t length) {
  return MHD_create_response_from_callback(
      length, 1, [](void*, std::uint64_t, char*, std::size_t) -> ssize_t { return MHD_CONTENT_READER_END_OF_STREAM; },
      nullptr, nullptr);
}

}  // namespace

PreparedReply::PreparedReply(int status, const Fields& fields, std::string_view body, std::shared_ptr<const void> owner)
    : status_(status), fields_(fields), body_(body), owner_(std::move(owner)), response_(make_another()) {}

PreparedReply::~PreparedReply() { MHD_destroy_response(response_); }

MHD_Response* PreparedReply::make_another() const {
  MHD_Response* response = response_from_memory(body_, owner_);
  add_fields(response, fields_);
  return response;
}

std::shared_ptr<const PreparedReply> prepare(int status, const Fields& fields, std::string_view body,
                                             std::shared_ptr<const void> owner) {
  return std::make_shared<PreparedReply>(status, fields, body, std::move(owner));
}

MHD_Response* make_response(Reply& reply) {
  MHD_Response* response = nullptr;
  if (reply.status == MHD_HTTP_NOT_MODIFIED) {
    response = response_without_body(reply.not_sent.value_or(MHD_SIZE_UNKNOWN));
  } else if (auto* file = std::get_if<FileBody>(&reply.body)) {
    response = MHD_create_response_from_fd_at_offset64(file->length, file->fd.release(), file->offset);
  } else if (auto* shared = std::get_if<cache::Body>(&reply.body)) {
    response = response_from_memory(**shared, *shared);
  } else {
    auto owner = std::make_shared<std::string>(std::move(std::get<std::string>(reply.body)));
    response = response_from_memory(*owner, owner);
  }
  add_fields(response, reply.fields);
  return response;
}

std::uint64_t size_in_hand(const Reply& reply) {
  if (reply.prepared) return reply.prepared->size();
  if (const auto* text = std::get_if<std::string>(&reply.body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&reply.body)) return file->length;
  if (const auto* shared = std::get_if<cache::Body>(&reply.body)) return (*shared)->size();
  return 0;
}

void add_fields(MHD_Response* response, const Fields& fields) {
  for (const Field& field : fields) MHD_add_response_header(response, field.name.c_str(), field.value.c_str());
}

}  // namespace larder::server
