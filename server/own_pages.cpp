#include "server/own_pages.h"

#include <string>
#include <utility>

namespace larder::server {
namespace {

Reply fresh_text(int status, const char* type, std::string body) {
  Reply reply;
  reply.status = status;
  reply.fields = {{"Content-Type", type}, {"Cache-Control", "no-store"}};
  reply.body = std::move(body);
  return reply;
}

// Only changes with drain and ready, not with how pages fare.
Reply health(const Service& service) {
  service.counters.add(Counter::health_checks);
  service.duty.asked(service.clock.steady());
  return fresh_text(service.duty.ready() ? 200 : 503, "text/plain", std::string(service.duty.name()) + '\n');
}

Reply only_to_read() {
  Reply refused = error_reply(405, "This can only be read.");
  refused.fields.push_back({"Allow", "GET, HEAD"});
  return refused;
}

}  // namespace

std::optional<Reply> own_page(std::string_view path, std::string_view method, const Endpoint& client,
                              const Service& service) {
  const bool stats = path == "/larder/stats" && any_contains(service.stats_allow, client);
  if (!stats && path != "/larder/health") return std::nullopt;
  if (method != "GET" && method != "HEAD") return only_to_read();
  return stats ? fresh_text(200, "application/json", service.stats()) : health(service);
}

}  // namespace larder::server
