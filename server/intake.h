// Intake: what a request is, before anything is looked up for it: let in or refused, its target, client and site, and
// whether the page cache may be asked. Whoever answers a request and whoever explains what would be answered
// (explain.h) take it from here. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "cache/cache_control.h"
#include "server/client_view.h"
#include "server/gate.h"
#include "server/request.h"
#include "server/service.h"
#include "server/target.h"

namespace larder::server {

struct Intake {
  std::optional<Refusal> refusal;  // then nothing below counts but the client's address
  Framing framing;
  Target target;
  ClientView view;
  const Site* site = nullptr;
  std::string_view bypass;  // why the page cache is not used, static text; empty: it is
};
// The head outlives the intake, which comes as it was made. In place: every request has one, and it is large.
void take_in(const RequestHead& head, const Service& service, Intake& intake);

// What the client asks of caches by Cache-Control and Pragma; most ask nothing, and who is not let to
// (cache.client_directives) neither.
bool asks_something(const RequestHead& head, const Service& service);
cache::CacheControl wishes_of(const RequestHead& head);

}  // namespace larder::server
