#include "server/render.h"

#include <fmt/core.h>

#include <charconv>
#include <random>
#include <utility>

#include "base/http_date.h"
#include "cache/key.h"
#include "cache/response_control.h"
#include "cache/tags.h"
#include "cache/validators.h"
#include "cache/variants.h"
#include "server/variants.h"

namespace larder::server {
namespace {

constexpr std::size_t kLongestStderrLine = 4096;
constexpr std::string_view kPurged = "purged";  // while it was rendered: why it is not stored

// Fields that Larder writes itself, or frames the message with.
bool is_ours(std::string_view name) {
  for (const char* ours : {"Content-Length", "Date", "Age", "Server", "Cache-Status", "X-Served-By"})
    if (equals_ignoring_case(name, ours)) return true;
  return false;
}

std::optional<std::uint64_t> content_length(const Fields& fields) {
  const std::string* text = find_field(fields, "Content-Length");
  std::uint64_t length = 0;
  if (text == nullptr || text->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return length;
}

// A valid Date is a stored page's own; any other is Larder's to write (RFC 9110 section 6.6.1). What PHP tells caches
// is kept with a page, and goes no further (RFC 9213 section 2.2).
void drop_own_fields(Fields& fields, bool stored) {
  const auto is_good_date = [](const Field& field) {
    return equals_ignoring_case(field.name, "Date") && parse_http_date(field.value).has_value();
  };
  std::erase_if(fields, [&](const Field& field) { return is_ours(field.name) && !(stored && is_good_date(field)); });
}

// Takes the fields of these names out, and returns them.
Fields take_fields(Fields& fields, const std::vector<std::string>& names) {
  Fields taken;
  std::erase_if(fields, [&](const Field& field) {
    for (const std::string& name : names) {
      if (!equals_ignoring_case(field.name, name)) continue;
      taken.push_back(field);
      return true;
    }
    return false;
  });
  return taken;
}

// The statuses of RFC 5861 section 4.
bool is_server_error(int status) { return status == 500 || status == 502 || status == 503 || status == 504; }

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

bool Render::wanted() const { return order_.may_store || (!flight_->landed() && !flight_->client_left()); }

cache::StoreDecision Render::decide(int status, const Fields& fields) const {
  const Millis now = context_.clock.wall();
  return cache::decide({.status = status, .fields = fields, .now = now, .delay = asked_ > 0 ? now - asked_ : 0},
                       context_.freshness);
}

bool Render::on_head(fastcgi::CgiHead head) {
  if (order_.stored && head.status == 304) return confirm_stored(std::move(head.fields));
  if (order_.stored && order_.if_error && is_server_error(head.status)) {
    land_stored(head.status);
    return false;
  }
  if (order_.changes && head.status < 400) context_.forget(invalidated_keys(*order_.changes, head.fields));
  declared_length_ = content_length(head.fields);
  if (order_.may_store) decision_ = decide(head.status, head.fields);
  const bool storable = order_.may_store && decision_.storable;
  drop_own_fields(head.fields, storable);
  head_ = std::move(head);
  if (storable) {
    if (!declared_length_ || *declared_length_ <= context_.store.max_page_bytes()) return true;
    decision_.reason = "too-large";
  }
  return land_stream(order_.may_store ? decision_.reason : std::string_view());
}

// PHP says that what is stored is still what it would send.
bool Render::confirm_stored(Fields fields) {
  const cache::Page& stored = *order_.stored;
  if (!cache::confirms(fields, stored.fields)) {  // of something else; the next request asks without a condition
    context_.store.remove(order_.key);
    land_failure(fastcgi::Outcome::malformed);
    return false;
  }
  Fields before = stored.fields;
  std::erase_if(before, [](const Field& field) { return equals_ignoring_case(field.name, "Date"); });
  auto page = std::make_shared<cache::Page>();
  page->status = stored.status;
  page->fields = cache::updated_head(before, fields);
  page->tags = cache::take_tags(page->fields);
  if (page->tags.empty()) page->tags = stored.tags;
  page->bodies = stored.bodies;
  decision_ = decide(page->status, page->fields);
  drop_own_fields(page->fields, true);
  context_.counters.add(Counter::validated);
  land(std::move(page), 304, {});
  return true;
}

bool Render::on_body(std::string_view bytes) {
  if (stream_) return stream_->append(bytes);
  if (collected_.size() + bytes.size() > context_.store.max_page_bytes()) {
    if (!land_stream("too-large")) return false;
    return stream_->append(collected_) && stream_->append(bytes);
  }
  collected_.append(bytes);
  return true;
}

// The answer is for the leader alone; those who wait with it are sent to fetch on their own.
bool Render::land_stream(std::string_view detail) {
  stream_ = std::make_shared<ResponseBuffer>(context_.space, context_.spooler);
  Landing landing;
  landing.stream = stream_;
  landing.status = head_.status;
  landing.fields = head_.fields;
  std::erase_if(landing.fields, [](const Field& field) { return cache::is_for_this_cache_only(field.name); });
  cache::take_tags(landing.fields);
  landing.length = has_no_body(head_.status) ? 0 : declared_length_;
  landing.fwd = order_.fwd;
  landing.detail = detail;
  Landing others;
  others.separate = true;
  if (order_.may_store) context_.flights.remember_separate(order_.key, detail);
  // The page is not one for all any more.
  if (order_.stored && !is_server_error(head_.status)) context_.store.remove(order_.key);
  return context_.flights.land(*flight_, landing, others) && flight_->led() && !order_.head_only;
}

void Render::land_page() {
  auto page = std::make_shared<cache::Page>();
  page->status = head_.status;
  page->fields = std::move(head_.fields);
  page->tags = cache::take_tags(page->fields);
  collected_.shrink_to_fit();
  page->bodies = cache::Bodies(std::move(collected_));
  if (page->status == 200 && find_field(page->fields, "ETag") == nullptr) {
    const std::string& body = *page->bodies.in(cache::Coding::identity);
    page->fields.push_back({"ETag", cache::own_entity_tag(body)});
  }
  if (!adopt_encoding(*page, context_.store.max_page_bytes())) return land_encoded(std::move(*page));
  // Before anybody gets it: that takes about as long as the bytes it saves would take through 100 Mbit/s.
  if (context_.compress && !reuse(*page, context_.store.peek(order_.key))) compress(*page, context_.counters);
  Fields withheld = take_fields(page->fields, decision_.withheld);
  land(std::move(page), 0, std::move(withheld));
}

void Render::land(std::shared_ptr<cache::Page> page, int fwd_status, Fields withheld) {
  page->created = decision_.created;
  page->lifetime = decision_.lifetime;
  if (decision_.storable)
    put(page);
  else
    context_.store.remove(order_.key);
  Landing landing;
  const bool purged = decision_.reason == kPurged;  // who came after the purge must not get this
  landing.look_again = purged || (page->key != order_.key && decision_.storable);
  landing.fwd = order_.fwd;
  landing.fwd_status = fwd_status;
  landing.detail = decision_.reason;
  landing.page = std::move(page);
  Landing for_leader = landing;
  for_leader.look_again = false;
  for_leader.withheld = std::move(withheld);
  landed_ = true;
  context_.flights.land(*flight_, for_leader, landing);
}

// What was purged since this render began may show what the purge is about: it answers those who wait, and that is all.
void Render::put(std::shared_ptr<cache::Page>& page) {
  page->key = order_.key;
  const auto names = cache::vary_of(page->fields).names;
  const bool kept = context_.purges.put_unless_purged(epoch_, *page, [&] { put_variant(page, names); });
  if (kept) return;
  context_.counters.add(Counter::purged_renders);
  decision_ = {.reason = kPurged};
}

// Two renders that make the same list at once cost a variant that has to be made again.
void Render::put_variant(std::shared_ptr<cache::Page>& page, const std::vector<std::string>& names) {
  const std::string primary(cache::primary_key(order_.key));
  if (names.empty()) {
    page->key = primary;
    return context_.store.put(page);
  }
  const auto list = context_.store.find_in_memory(primary);
  const auto listed = cache::list_variant(list, primary, names, cache::secondary_key(names, order_.request_fields),
                                          std::random_device{}(), context_.clock.wall());
  page->key = listed.key;
  context_.store.put(page);
  if (listed.list != list) context_.store.put(listed.list);
  if (!listed.dropped.empty()) context_.store.remove(listed.dropped);
}

void Render::land_stored(int fwd_status) {
  context_.flights.remember_failed(order_.key);
  Landing landing;
  landing.page = order_.stored;
  landing.fwd = order_.fwd;
  landing.fwd_status = fwd_status;
  landing.stale = true;
  landed_ = true;
  context_.flights.land(*flight_, landing, landing);
}

// In a coding that is not right, or that we may not take off: as it is for the leader, and nothing for others.
void Render::land_encoded(cache::Page page) {
  head_.fields = std::move(page.fields);
  if (land_stream("encoded")) stream_->append(*page.bodies.in(cache::Coding::identity));
  stream_->finish();
}

void Render::land_failure(fastcgi::Outcome outcome) {
  if (order_.may_store) context_.flights.remember_failed(order_.key);
  if (order_.stored && order_.if_error) return land_stored(0);
  Landing landing;
  landing.failure = outcome;
  landed_ = true;
  context_.flights.land(*flight_, landing, landing);
}

void Render::on_end(fastcgi::Outcome outcome) {
  if (!stderr_line_.empty()) report_line(std::exchange(stderr_line_, {}));
  if (landed_) return;
  if (outcome == fastcgi::Outcome::complete && !stream_ && declared_length_ && *declared_length_ != collected_.size() &&
      !has_no_body(head_.status)) {
    context_.report(Level::warning, fmt::format("php declared {} bytes for {} and sent {}", *declared_length_,
                                                flight_->key(), collected_.size()));
    outcome = fastcgi::Outcome::malformed;
  }
  const bool complete = outcome == fastcgi::Outcome::complete;
  if (stream_) {
    complete ? stream_->finish() : stream_->fail();
  } else {
    complete ? land_page() : land_failure(outcome);
  }
}

void Render::on_stderr(std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n' && stderr_line_.size() < kLongestStderrLine)
      stderr_line_ += c;
    else if (c == '\n' && !stderr_line_.empty())
      report_line(std::exchange(stderr_line_, {}));
  }
}

void Render::report_line(std::string_view line) {
  context_.counters.add(Counter::php_stderr_lines);
  context_.report(Level::warning, fmt::format("php: {}", line));
}

}  // namespace larder::server
