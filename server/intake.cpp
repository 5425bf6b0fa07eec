#include "server/intake.h"

#include <string>
#include <utility>

namespace larder::server {

void take_in(const RequestHead& head, const Service& service, Intake& intake) {
  intake.view.client = head.peer;  // for the access log, when it is refused below
  const Gated gated = gate(head, service.max_body);
  intake.refusal = gated.refusal;
  if (intake.refusal) return;
  ParsedTarget parsed = parse_target(head.target, head.method);
  intake.refusal = parsed.refusal;
  if (intake.refusal) return;
  intake.framing = gated.framing;
  intake.target = std::move(parsed.target);
  intake.view = client_view(head, intake.target, service.trusted_proxies);
  if (!intake.target.scheme.empty() && intake.target.scheme != intake.view.scheme) {  // RFC 9110 7.4
    intake.refusal = Refusal{421, "This scheme is not served on this connection."};
    return;
  }
  const ChosenSite chosen = choose_site(service.sites, intake.view.host);
  intake.site = chosen.site;
  intake.bypass = bypass_reason(service.cache_rules, head, intake.target, intake.framing, chosen.known);
}

bool asks_something(const RequestHead& head, const Service& service) {
  return service.client_control && head.fields.has_any({FieldName::cache_control, FieldName::pragma});
}

cache::CacheControl wishes_of(const RequestHead& head) {
  std::string control;
  for (const FieldView& field : head.fields)
    if (field.known == FieldName::cache_control) control.append(control.empty() ? "" : ",").append(field.value);
  return cache::request_control(control, head.field(FieldName::pragma));
}

}  // namespace larder::server
