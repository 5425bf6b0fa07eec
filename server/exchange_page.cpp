// The middle of the story: a request for a page, from its key to its answer (RFC 9111 section 4).
#include <fmt/core.h>

#include <utility>

#include "cache/variants.h"
#include "server/cgi_params.h"
#include "server/exchange.h"
#include "server/failure.h"
#include "server/http_response.h"
#include "server/intake.h"
#include "server/page_fetch.h"
#include "server/request_class.h"
#include "server/variants.h"

namespace larder::server {
namespace {

constexpr std::uint64_t kInflatedHere = 64 << 10;  // bytes: 0.04 ms where they were measured

constexpr int kMostRounds =
    4;  // look-ups of one request: a list of variants, its variant, and who changed them meanwhile

Fields copied(const RequestHead& head) {
  Fields fields;
  for (const FieldView& field : head.fields) fields.push_back({std::string(field.name), std::string(field.value)});
  return fields;
}

}  // namespace

// --- The fast way: a page in memory ---------------------------------------------------------------------------------

Exchange::Next Exchange::look_in_memory() {
  key_ = cache::make_key(in_.view.scheme, in_.view.host, in_.target.path, in_.target.query, in_.target.has_query,
                         service_.ignored_params);
  if (rounds_ > 0) {
    landing_ = {};
    reuse_ = {};
  }
  landing_.page = service_.store.find_in_memory(key_);
  if (landing_.page && cache::is_variant_list(*landing_.page)) {
    key_ = cache::variant_key(*landing_.page, cache::secondary_key(cache::varies_on(*landing_.page), head_->fields));
    landing_.page = service_.store.find_in_memory(key_);
  }
  const bool asks = asks_something(*head_, service_);
  if (asks && rounds_ == 0) wishes_ = wishes_of(*head_);
  ++rounds_;
  if (!landing_.page) return {Step::find_route};
  landing_.from = Landing::From::memory;
  if (!asks && landing_.page->fresh_at(now_)) return answer_stored();
  reuse_ = judge_page(service_, *landing_.page, wishes_, now_);
  return may_answer_now() ? answer_stored() : Next{Step::find_route};
}

// With a page in hand: nothing has to be started for it, or that is under way or has just failed.
bool Exchange::may_answer_now() {
  using Verdict = cache::Reuse::Verdict;
  if (reuse_.verdict == Verdict::hit) return true;
  const bool failed = service_.flights.has_failed(key_);
  if (reuse_.verdict == Verdict::hit_and_refresh)
    return failed || service_.flights.has(asking(key_)) || !may_refresh(service_);
  landing_.stale = reuse_.if_error && failed;
  return landing_.stale;
}

// --- A script: one fetch for all who ask, from the ring or from PHP -------------------------------------------------

Exchange::Next Exchange::fetch(Suspender& suspender) {
  using Verdict = cache::Reuse::Verdict;
  if (!in_.bypass.empty()) return {Step::fetch_alone};
  if (landing_.page && reuse_.verdict == Verdict::hit_and_refresh) {
    refresh_page(service_, order(true), landing_.page);
    return answer_stored();
  }
  if (wishes_.only_if_cached) return find_only(suspender);
  if (wishes_.no_store || rounds_ > kMostRounds || service_.flights.is_separate(key_)) return {Step::fetch_alone};
  const cache::PagePtr stored = std::move(landing_.page);
  landing_ = {};
  // A page that is good enough, but not for this client, is asked about in a flight of its own: others need not wait.
  const bool asks = stored && asks_something(*head_, service_);
  const auto [flight, leads] = service_.flights.join(asks ? asking(key_) : key_, &landing_, suspender);
  leads_ = leads;
  if (leads && asks) ask_about_page(service_, flight, order(true), stored, reuse_);
  if (leads && !asks) fetch_page(service_, flight, order(true));
  return {Step::landed, true};
}

// RFC 9111 section 5.2.1.7: what is not there is not fetched.
Exchange::Next Exchange::find_only(Suspender& suspender) {
  landing_ = {};
  const auto flight = service_.flights.solo(&landing_, suspender);
  service_.store.find_on_flash(key_, [&service = service_, flight](cache::PagePtr page) {
    Landing found;
    found.from = Landing::From::flash;
    found.look_again = page && cache::is_variant_list(*page);
    found.page = std::move(page);
    service.flights.land(*flight, found, found);
  });
  return {Step::landed, true};
}

Exchange::Next Exchange::fetch_alone(Suspender& suspender) {
  leads_ = true;
  landing_ = {};
  auto wanted = order(false);
  auto flight = service_.flights.solo(&landing_, suspender);
  ask_php(service_, std::move(flight), std::move(wanted));
  return {Step::landed, true};
}

RenderOrder Exchange::order(bool may_store) const {
  RenderOrder order;
  // A page that may be shared is always asked for whole: HEAD is answered from GET.
  const std::string_view method = may_store ? std::string_view("GET") : head_->method;
  order.params = cgi_params({.head = *head_,
                             .target = in_.target,
                             .view = in_.view,
                             .script = std::get<ScriptRoute>(route_),
                             .document_root = in_.site->root.path(),
                             .node = service_.node,
                             .method = method,
                             .body_length = upload_ ? upload_->size() : 0,
                             .for_cache = may_store});
  order.body = upload_;
  order.idempotent = is_get_or_head() && !upload_;
  order.may_store = may_store;
  order.head_only = head_->method == "HEAD";
  order.job_class = request_class(*head_, in_.target, in_.bypass);
  if (is_unsafe(head_->method)) order.changes = changed_uri();
  if (!may_store) return order;
  order.key = key_;
  order.request_fields = copied(*head_);
  return order;
}

ChangedUri Exchange::changed_uri() const {
  return {.key = cache::make_key(in_.view.scheme, in_.view.host, in_.target.path, in_.target.query,
                                 in_.target.has_query, service_.ignored_params),
          .origin = fmt::format("{}://{}", in_.view.scheme, in_.view.host),
          .path = std::string(in_.target.path),
          .ignored = &service_.ignored_params};
}

Exchange::Next Exchange::landed() {
  if (std::exchange(landing_.separate, false)) return {Step::fetch_alone};
  if (landing_.look_again && rounds_ <= kMostRounds) return look_in_memory();
  if (landing_.look_again) return {Step::fetch_alone};
  if (landing_.failure) return answer_failure();
  if (landing_.stream) return answer_stream();
  if (!landing_.page) return answer_nothing_stored();
  if (landing_.from == Landing::From::render) return answer_rendered();
  // Whoever led knew nothing of what this client wants.
  reuse_ = judge_page(service_, *landing_.page, wishes_, now_);
  if (reuse_.verdict != cache::Reuse::Verdict::ask || landing_.stale) return answer_stored();
  if (wishes_.only_if_cached) return answer_nothing_stored();
  return ++rounds_ > kMostRounds ? Next{Step::fetch_alone} : Next{Step::fetch};
}

// --- The answer goes out --------------------------------------------------------------------------------------------

Exchange::Next Exchange::answer_stored() {
  if (landing_.stale)
    service_.counters.add(Counter::stale_if_error);
  else if (!landing_.page->fresh_at(now_))
    service_.counters.add(Counter::stale);
  service_.counters.add(landing_.from == Landing::From::memory ? Counter::hit_memory : Counter::hit_flash);
  return answer_page({});
}

Exchange::Next Exchange::answer_rendered() {
  if (landing_.stale) service_.counters.add(Counter::stale_if_error);
  service_.counters.add(leads_ ? Counter::miss : Counter::joined);
  return answer_page({.hit = false,
                      .fwd = landing_.fwd,
                      .fwd_status = landing_.fwd_status,
                      .joined = !leads_,
                      .stored = landing_.detail.empty() && !landing_.stale,
                      .detail = landing_.stale ? "stale-if-error" : landing_.detail});
}

Exchange::Next Exchange::answer_page(const PageSource& source) {
  source_ = source;
  if (!landing_.page) return answer_error(500, "The stored page cannot be read.");  // inflating it failed
  const Fields& common = service_.common_fields;
  Fields fields = landing_.withheld;
  if (!fields.empty()) fields.insert(fields.end(), common.begin(), common.end());
  auto reply = page_reply(landing_.page, source, *head_, fields.empty() ? common : fields, now_);
  if (!reply) return inflated_ ? answer_error(500, "The stored page cannot be read.") : Next{Step::inflate};
  cache_word_ = source.hit ? "hit" : source.joined ? "joined" : "miss";
  reply_ = *std::move(reply);
  sent_status_ = reply_.status;
  if (reply_.status == 304) service_.counters.add(Counter::not_modified);
  sent_bytes_ = size_in_hand(reply_);
  return {Step::done};
}

// The rare client that takes nothing compressed: for it the page is inflated, and kept so once there are two of them.
// What takes no longer than a few system calls is done here, more than that in another thread.
Exchange::Next Exchange::inflate(Suspender& suspender) {
  if (std::exchange(inflated_, true)) return answer_page(source_);
  const auto work = [this] {
    const cache::PagePtr packed = std::move(landing_.page);
    landing_.page = with_identity(*packed);
    service_.counters.add(Counter::inflated);
    if (!landing_.page) return service_.store.remove(packed->key);
    if (!packed->inflated.first()) service_.store.replace_in_memory(packed, landing_.page);
  };
  if (landing_.page->bodies.identity_bytes() <= kInflatedHere) {
    work();
    return answer_page(source_);
  }
  Waker waker = suspender.suspend();
  const bool posted = service_.files.post([work, waker]() mutable {
    work();
    waker.wake();
  });
  if (!posted) {  // the drive has much to do; this needs none
    work();
    waker.wake();
  }
  return {Step::inflate, true};
}

Exchange::Next Exchange::answer_stream() {
  const bool bypassed = !in_.bypass.empty();
  service_.counters.add(bypassed ? Counter::bypass : Counter::miss);
  cache_word_ = bypassed ? "bypass" : "miss";
  const std::string_view fwd = in_.bypass == "method" ? "method" : bypassed ? "bypass" : landing_.fwd;
  const std::string_view detail = bypassed ? in_.bypass : landing_.detail.empty() ? "not-shared" : landing_.detail;
  Reply reply;
  reply.status = landing_.status;
  reply.fields = std::move(landing_.fields);
  reply.fields.push_back({"Cache-Status", fmt::format("larder; fwd={}; detail={}", fwd, detail)});
  const auto whole = landing_.stream->whole_size();  // a small answer is usually complete by now: no need to chunk it
  const auto length = landing_.length ? landing_.length : whole;
  sent_bytes_ = length.value_or(0);
  reply.body = stream_from(std::move(landing_.stream), length);
  return answer(std::move(reply));
}

Exchange::Next Exchange::answer_failure() {
  const Failure failure = failure_of(landing_.failure.value_or(fastcgi::Outcome::queue_full));
  Reply reply = error_reply(failure.status, failure.text);
  if (failure.retry) reply.fields.push_back({"Retry-After", std::to_string(service_.pool.retry_after())});
  cache_word_ = in_.bypass.empty() ? "miss" : "bypass";
  reply.fields.push_back({"Cache-Status", fmt::format("larder; fwd={}; detail={}", cache_word_, failure.detail)});
  return answer(std::move(reply));
}

Exchange::Next Exchange::answer_nothing_stored() {
  cache_word_ = "miss";
  Reply reply = error_reply(504, "This page is not stored here, and only a stored one was asked for.");
  reply.fields.push_back({"Cache-Status", "larder; detail=only-if-cached"});
  return answer(std::move(reply));
}

}  // namespace larder::server
