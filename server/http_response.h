// Response objects of libmicrohttpd, made from replies: once for each answer, or once for a page that many will get.
//
// Threads: a PreparedReply may be sent by any loop at the same time; the functions are safe from any thread.
#pragma once

#include <memory>
#include <string_view>

#include "base/field.h"
#include "server/reply.h"

struct MHD_Response;  // microhttpd.h stays in the source files

namespace larder::server {

// One reference to a response object, and what it was made of: a connection that is to be closed needs another one that
// says so. The last user of a response frees its body.
class PreparedReply {
 public:
  PreparedReply(int status, const Fields& fields, std::string_view body, std::shared_ptr<const void> owner);
  PreparedReply(const PreparedReply&) = delete;
  PreparedReply& operator=(const PreparedReply&) = delete;
  ~PreparedReply();

  unsigned status() const { return static_cast<unsigned>(status_); }
  const Fields& fields() const { return fields_; }
  std::string_view body() const { return body_; }
  std::size_t size() const { return body_.size(); }
  MHD_Response* response() const { return response_; }
  MHD_Response* make_another() const;  // the caller owns it

 private:
  int status_;
  Fields fields_;
  std::string_view body_;
  std::shared_ptr<const void> owner_;
  MHD_Response* response_;
};

// The body stays where it is; `owner` keeps it alive.
std::shared_ptr<const PreparedReply> prepare(int status, const Fields& fields, std::string_view body,
                                             std::shared_ptr<const void> owner);

// Takes the body out of the reply, which must not be a stream (those need their connection). The caller owns the
// result.
MHD_Response* make_response(Reply& reply);

// Bytes of a body that are there already.
std::uint64_t size_in_hand(const Reply& reply);

void add_fields(MHD_Response* response, const Fields& fields);

}  // namespace larder::server
