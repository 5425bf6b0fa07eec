// Requests to forget pages: PURGE of one, POST /larder/purge for many.
#include <fmt/core.h>

#include <utility>

#include "server/exchange.h"
#include "server/peer_mail.h"
#include "server/purge_request.h"

namespace larder::server {
namespace {

// In a time that does not depend on where the two differ.
bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  return difference == 0;
}

Result<std::string> text_of(Upload& upload) {
  std::string text(static_cast<std::size_t>(upload.size()), '\0');
  for (std::size_t at = 0; at < text.size();) {
    const auto count = upload.read_at(at, std::span(text).subspan(at));
    if (!count) return count.error();
    if (*count == 0) return Error{"the body could not be read back"};
    at += *count;
  }
  return text;
}

}  // namespace

bool Exchange::may_purge() const {
  constexpr std::string_view kScheme = "Bearer ";
  if (any_contains(service_.purge_allow, in_.view.client)) return true;
  const std::string_view given = head_->field("Authorization");
  return !service_.purge_token.empty() && given.starts_with(kScheme) &&
         same_secret(given.substr(kScheme.size()), service_.purge_token);
}

Exchange::Next Exchange::purge(Suspender& suspender) {
  if (!may_purge()) return answer_purge(403, "Who asks may not purge; see purge.allow and purge.token.");
  const bool forwarded = head_->count(kForwardedField) > 0;
  const ForwardMark mark = parse_forward_mark(head_->field(kForwardedField));
  if (forwarded && mark.sender == service_.peers.id()) return answer_purge(200, "Purged: it was purged here.");
  const Millis now = service_.clock.wall() - mark.age;
  std::vector<cache::Purge> purges;
  if (head_->method == "PURGE") {
    purges.push_back({.text = cache::make_key(in_.view.scheme, in_.view.host, in_.target.path, in_.target.query,
                                              in_.target.has_query, service_.ignored_params),
                      .hard = true,
                      .at = now});
  } else if (head_->method == "POST" && (!upload_ || upload_->size() <= kLongestPurgeRequest)) {
    const auto text = upload_ ? text_of(*upload_) : std::string();
    auto parsed = text ? parse_purge_request(*text, service_.ignored_params, now) : text.error();
    if (!parsed) return answer_purge(400, parsed.error().message);
    purges = *std::move(parsed);
  } else {
    return answer_purge(head_->method == "POST" ? 413 : 405, "POST a JSON object of at most 1 MiB here.");
  }
  if (!forwarded) service_.peers.tell(purges);
  purge_is_durable_ = std::make_shared<std::atomic<bool>>(false);
  Waker waker = suspender.suspend();
  service_.purger.purge(std::move(purges), [durable = purge_is_durable_, waker](bool is_durable) mutable {
    *durable = is_durable;
    waker.wake();
  });
  return {Step::purged, true};
}

Exchange::Next Exchange::purged() {
  return *purge_is_durable_ ? answer_purge(200, "Purged.")
                            : answer_purge(202, "Purged, but the cache drive cannot keep that in mind now.");
}

Exchange::Next Exchange::answer_purge(int status, std::string_view text) {
  Reply reply;
  reply.status = status;
  reply.fields = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  if (status == 405) reply.fields.push_back({"Allow", "POST"});
  reply.body = fmt::format("{}\n", text);
  return answer(std::move(reply));
}

}  // namespace larder::server
