#include "server/render.h"

#include <fmt/core.h>

#include <charconv>
#include <utility>

#include "cache/key.h"
#include "cache/vary.h"
#include "server/variants.h"

namespace larder::server {
namespace {

constexpr std::size_t kLongestStderrLine = 4096;

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

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

bool Render::wanted() const { return order_.may_store || (!flight_->landed() && !flight_->client_left()); }

// Variants and what has to be validated before each use come with the steps that know them.
cache::StoreDecision Render::decide(const fastcgi::CgiHead& head) const {
  auto decision =
      cache::decide({.status = head.status, .fields = head.fields, .now = context_.clock.wall()}, context_.freshness);
  if (!decision.storable) return decision;
  if (!cache::vary_of(head.fields).names.empty()) return {.reason = "vary"};
  if (!decision.shared || !decision.withheld.empty()) return {.reason = "no-cache"};
  return decision;
}

bool Render::on_head(fastcgi::CgiHead head) {
  declared_length_ = content_length(head.fields);
  if (order_.may_store) decision_ = decide(head);
  std::erase_if(head.fields, [](const Field& field) { return is_ours(field.name); });
  head_ = std::move(head);
  if (order_.may_store && decision_.storable) {
    if (!declared_length_ || *declared_length_ <= context_.store.max_page_bytes()) return true;
    decision_.reason = "too-large";
  }
  return land_stream(order_.may_store ? decision_.reason : std::string_view());
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
  landing.length = has_no_body(head_.status) ? 0 : declared_length_;
  landing.detail = detail;
  Landing others;
  others.separate = true;
  if (order_.may_store) context_.flights.remember_separate(flight_->key());
  return context_.flights.land(*flight_, landing, others) && !order_.head_only;
}

void Render::land_page() {
  auto page = std::make_shared<cache::Page>();
  page->key = flight_->key();
  page->status = head_.status;
  page->fields = std::move(head_.fields);
  collected_.shrink_to_fit();
  page->bodies = cache::Bodies(std::move(collected_));
  page->created = decision_.created;
  page->lifetime = decision_.lifetime;
  if (page->status == 200 && find_field(page->fields, "ETag") == nullptr) {
    const std::string& body = *page->bodies.in(cache::Coding::identity);
    page->fields.push_back({"ETag", fmt::format("\"{:016x}\"", cache::hash_key(body, body.size()))});
  }
  if (!adopt_encoding(*page, context_.store.max_page_bytes())) return land_encoded(std::move(*page));
  // Before anybody gets it: that takes about as long as the bytes it saves would take through 100 Mbit/s.
  if (context_.compress) compress(*page, context_.counters);
  context_.store.put(page);
  Landing landing;
  landing.page = std::move(page);
  context_.flights.land(*flight_, landing, landing);
}

// In a coding that is not right, or that we may not take off: as it is for the leader, and nothing for others.
void Render::land_encoded(cache::Page page) {
  head_.fields = std::move(page.fields);
  if (land_stream("encoded")) stream_->append(*page.bodies.in(cache::Coding::identity));
  stream_->finish();
}

void Render::land_failure(fastcgi::Outcome outcome) {
  Landing landing;
  landing.failure = outcome;
  context_.flights.land(*flight_, landing, landing);
}

void Render::on_end(fastcgi::Outcome outcome) {
  if (!stderr_line_.empty()) report_line(std::exchange(stderr_line_, {}));
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
