#include "server/page_fetch.h"

#include <cstdint>
#include <utility>

#include "cache/validators.h"
#include "cache/variants.h"

namespace larder::server {
namespace {

// "If-None-Match" becomes HTTP_IF_NONE_MATCH. Nothing in the order says it already: conditions of clients do not go to
// PHP where an answer may be shared.
void add_conditions(fastcgi::Params& params, const Fields& stored) {
  for (const Field& field : cache::validation_conditions(stored))
    params.emplace_back(field.name == "If-None-Match" ? "HTTP_IF_NONE_MATCH" : "HTTP_IF_MODIFIED_SINCE", field.value);
}

std::size_t most_refreshes(const Service& service) {
  switch (service.governor.limits().refresh) {
    case governor::BackgroundRefresh::on:
      return SIZE_MAX;  // the queue before PHP is bounded, and takes them last
    case governor::BackgroundRefresh::one_at_a_time:
      return 1;
    case governor::BackgroundRefresh::off:
      return 0;
  }
  return 0;
}

void use_or_ask(Service& service, const std::shared_ptr<Flight>& flight, RenderOrder order, cache::PagePtr page,
                Landing::From from) {
  using Verdict = cache::Reuse::Verdict;
  if (!page) {
    if (order.key != cache::primary_key(order.key)) order.fwd = "vary-miss";
    return ask_php(service, flight, std::move(order));
  }
  Landing found;
  found.from = from;
  found.look_again = cache::is_variant_list(*page);
  if (!found.look_again) {
    const auto reuse = judge_page(service, *page, {}, service.clock.wall());
    if (reuse.verdict == Verdict::ask && !(reuse.if_error && service.flights.has_failed(order.key)))
      return ask_about_page(service, flight, std::move(order), std::move(page), reuse);
    if (reuse.verdict == Verdict::hit_and_refresh) refresh_page(service, std::move(order), page);
    found.stale = reuse.verdict == Verdict::ask;
    found.page = std::move(page);
  }
  service.flights.land(*flight, found, found);
}

}  // namespace

cache::Reuse judge_page(const Service& service, const cache::Page& page, const cache::CacheControl& wishes,
                        Millis now) {
  const governor::Limits& limits = service.governor.limits();
  const auto policy = cache::longer(service.render.stale, limits.stale_factor, limits.stale_at_least);
  cache::Reuse reuse = cache::judge_reuse(page, wishes, policy, now);
  const bool would_do = reuse.verdict == cache::Reuse::Verdict::ask && reuse.if_error && reuse.why == "stale";
  if (would_do && service.pool.would_wait())
    reuse = {.verdict = cache::Reuse::Verdict::hit_and_refresh, .rule = "no-worker-free"};
  return reuse;
}

bool may_refresh(const Service& service) { return service.flights.refreshes() < most_refreshes(service); }

void ask_php(Service& service, std::shared_ptr<Flight> flight, RenderOrder order) {
  const bool allowed = !flight->led() || static_cast<int>(order.job_class) <= service.governor.limits().last_class;
  auto render = std::make_shared<Render>(std::move(order), std::move(flight), service.render);
  if (allowed) return service.pool.submit(std::move(render));
  service.counters.add(Counter::classes_refused);
  render->on_end(fastcgi::Outcome::queue_full);
}

void fetch_page(Service& service, const std::shared_ptr<Flight>& flight, RenderOrder order) {
  // Another flight may have landed since we looked, or while the route waited for the drive. A page is stored before
  // its flight leaves the table, so who leads and does not find it here knows that there is none.
  if (auto page = service.store.find_in_memory(order.key))
    return use_or_ask(service, flight, std::move(order), std::move(page), Landing::From::memory);
  const std::string key = order.key;
  service.store.find_on_flash(key, [&service, flight, order = std::move(order)](cache::PagePtr page) mutable {
    use_or_ask(service, flight, std::move(order), std::move(page), Landing::From::flash);
  });
}

void ask_about_page(Service& service, const std::shared_ptr<Flight>& flight, RenderOrder order, cache::PagePtr stored,
                    const cache::Reuse& reuse) {
  add_conditions(order.params, stored->fields);
  order.fwd = reuse.why;
  order.if_error = reuse.if_error;
  order.stored = std::move(stored);
  ask_php(service, flight, std::move(order));
}

void refresh_page(Service& service, RenderOrder order, cache::PagePtr stored) {
  if (service.flights.has_failed(order.key)) return;
  const auto flight = service.flights.begin(asking(order.key), most_refreshes(service));
  if (!flight) return;
  service.counters.add(Counter::refreshes);
  ask_about_page(service, flight, std::move(order), std::move(stored), {.if_error = true, .why = "stale"});
}

std::string asking(const std::string& key) { return "!" + key; }

}  // namespace larder::server
