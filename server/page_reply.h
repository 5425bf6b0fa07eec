// PageReply: a stored page as an answer: the coding the client likes best, Date, Age, Cache-Status, conditional
// requests, ranges (RFC 9110 12.5.3, 13, 14; RFC 9111 4; RFC 9211).
#pragma once

#include <optional>

#include "base/clock.h"
#include "cache/page.h"
#include "server/reply.h"
#include "server/request.h"

namespace larder::server {

// How the page came to be the answer; goes into Cache-Status (RFC 9211).
struct PageSource {
  bool hit = true;
  // Else PHP was asked:
  std::string_view fwd = "miss";  // why
  int fwd_status = 0;             // what it said, where that is not the status of the answer; 0: nothing
  bool joined = false;            // by another request, for this one too
  bool stored = true;
  std::string_view detail = {};
};

// `common`: fields that every answer of this server has. A hit costs nothing but a look into the page's slot: what is
// sent is made once a second. Conditions of the request are honoured: 304, 412; so is a range, of identity.
// nullopt: the client gets identity, and the page does not have it at hand; ask again with_identity() (variants.h).
std::optional<Reply> page_reply(const cache::PagePtr& page, const PageSource& source, const RequestHead& head,
                                const Fields& common, Millis wall);

}  // namespace larder::server
