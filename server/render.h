// Render: one answer made by PHP, from the order to its landing. What a FastCGI lane sees of a request.
//
// An answer that may be shared is collected, becomes a Page, is stored and lands for all who wait. Any other answer
// lands for the leader as soon as its head is there, and its body streams through a ResponseBuffer.
// Threads: the lane's, one at a time (see fastcgi/job.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "cache/freshness.h"
#include "cache/page_store.h"
#include "fastcgi/job.h"
#include "server/flight.h"
#include "server/spool_space.h"
#include "server/task_thread.h"
#include "server/upload.h"

namespace larder::server {

// What all renders use.
struct RenderContext {
  cache::PageStore& store;
  FlightTable& flights;
  SpoolSpace& space;
  TaskThread& spooler;
  const Clock& clock;
  Counters& counters;
  Report report;
  cache::FreshnessPolicy freshness;
  bool compress = true;  // text pages, once, when they are stored
};

struct RenderOrder {
  fastcgi::Params params;
  std::shared_ptr<Upload> body;  // may be null
  bool idempotent = false;
  bool may_store = false;  // the request may use the cache; the flight's key names the page
  bool head_only = false;  // HEAD that PHP is asked itself: its answer has no body
};

class Render final : public fastcgi::Job {
 public:
  Render(RenderOrder order, std::shared_ptr<Flight> flight, RenderContext& context)
      : order_(std::move(order)), flight_(std::move(flight)), context_(context) {}

  const fastcgi::Params& params() const override { return order_.params; }
  fastcgi::RequestBody* body() override { return order_.body.get(); }
  bool idempotent() const override { return order_.idempotent; }
  bool wanted() const override;
  bool on_head(fastcgi::CgiHead head) override;
  bool on_body(std::string_view bytes) override;
  void on_stderr(std::string_view bytes) override;
  void on_end(fastcgi::Outcome outcome) override;

 private:
  cache::StoreDecision decide(const fastcgi::CgiHead& head) const;
  bool land_stream(std::string_view detail);
  void land_page();
  void land_encoded(cache::Page page);
  void land_failure(fastcgi::Outcome outcome);
  void report_line(std::string_view line);

  RenderOrder order_;
  std::shared_ptr<Flight> flight_;
  RenderContext& context_;
  fastcgi::CgiHead head_;
  std::optional<std::uint64_t> declared_length_;
  cache::StoreDecision decision_;
  std::string collected_;                   // body of an answer that may become a page
  std::shared_ptr<ResponseBuffer> stream_;  // set once the answer is streamed
  std::string stderr_line_;
};

}  // namespace larder::server
