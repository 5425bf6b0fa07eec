#include "server/page_commands.h"

#include <fmt/core.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "server/explain.h"
#include "server/purge_request.h"

namespace larder::server {

Commands page_commands(const CurrentService& service) {
  return {{"explain", [&](std::string_view what) { return answer_explain(what, service.get()); }},
          {"purge", [&](std::string_view what) { return purge_by_command(what, service.get()); }}};
}

Result<std::string> purge_by_command(std::string_view request, const Service& service) {
  if (request.size() > kLongestPurgeRequest) return Error{"these are too many names for one request"};
  auto purges = parse_purge_request(request, service.ignored_params, service.clock.wall());
  if (!purges) return purges.error();
  if (purges->empty()) return Error{"there is nothing to purge: a URL, --prefix, --tag or --all"};
  service.peers.tell(*purges);
  auto answer = std::make_shared<std::promise<bool>>();
  auto durable = answer->get_future();
  const std::size_t pages =
      service.purger.purge(*std::move(purges), [answer](bool is_durable) { answer->set_value(is_durable); });
  const bool kept =
      durable.wait_for(std::chrono::milliseconds(4 * Purger::kPatience)) == std::future_status::ready && durable.get();
  const std::string done =
      fmt::format("purged {} page{} in memory, and what is on the drive", pages, pages == 1 ? "" : "s");
  if (!kept) return Error{done + "; but the cache drive cannot keep that in mind now: a restart may bring them back"};
  return done;
}

}  // namespace larder::server
