// Render: one answer made by PHP, from the order to its landing. What a FastCGI lane sees of a request.
//
// An answer that may be shared is collected, becomes a Page, is stored and lands for all who wait. Any other answer
// lands for the leader as soon as its head is there, and its body streams through a ResponseBuffer. Where a page is
// stored already, PHP is asked about it: a 304 brings its head up to date (RFC 9111 section 4.3.4), and when there is
// no answer the old page may do (RFC 5861 section 4). Threads: the lane's, one at a time (see fastcgi/job.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/counters.h"
#include "base/report.h"
#include "cache/freshness.h"
#include "cache/page_store.h"
#include "cache/purge_list.h"
#include "cache/reuse.h"
#include "fastcgi/job.h"
#include "server/flight.h"
#include "server/invalidation.h"
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
  const cache::PurgeList& purges;
  std::function<void(const std::vector<std::string>& keys)> forget;  // what an unsafe method has changed
  cache::FreshnessPolicy freshness;
  cache::StalePolicy stale;
  bool compress = true;  // text pages, once, when they are stored
};

struct RenderOrder {
  fastcgi::Params params;
  std::shared_ptr<Upload> body;  // may be null
  bool idempotent = false;
  bool may_store = false;  // the request may use the cache
  fastcgi::JobClass job_class = fastcgi::JobClass::canonical;
  bool head_only = false;  // HEAD that PHP is asked itself: its answer has no body
  // Of those that may be stored:
  std::string key;                // the page's, or that of one of its variants
  Fields request_fields;          // which may choose a variant
  std::string_view fwd = "miss";  // why PHP is asked (RFC 9211 section 2.2), static text
  cache::PagePtr stored;          // what there is under the key, or nullptr
  bool if_error = false;          // it may be sent when PHP has no answer
  // Of unsafe methods: the URI whose page is forgotten when PHP does not refuse (RFC 9111 section 4.4).
  std::optional<ChangedUri> changes;
};

class Render final : public fastcgi::Job {
 public:
  Render(RenderOrder order, std::shared_ptr<Flight> flight, RenderContext& context)
      : order_(std::move(order)), flight_(std::move(flight)), context_(context), epoch_(context.purges.epoch()) {}

  const fastcgi::Params& params() const override { return order_.params; }
  fastcgi::RequestBody* body() override { return order_.body.get(); }
  bool idempotent() const override { return order_.idempotent; }
  bool wanted() const override;
  fastcgi::JobClass job_class() const override { return flight_->led() ? order_.job_class : fastcgi::JobClass::crawl; }
  std::size_t waiters() const override { return flight_->waiters(); }
  bool on_head(fastcgi::CgiHead head) override;
  bool on_body(std::string_view bytes) override;
  void on_stderr(std::string_view bytes) override;
  void on_start() override { asked_ = context_.clock.wall(); }
  void on_end(fastcgi::Outcome outcome) override;

 private:
  cache::StoreDecision decide(int status, const Fields& fields) const;
  bool confirm_stored(Fields fields);
  bool land_stream(std::string_view detail);
  void land_page();
  void land_encoded(cache::Page page);
  void land(std::shared_ptr<cache::Page> page, int fwd_status, Fields withheld);
  void put(std::shared_ptr<cache::Page>& page);
  void put_variant(std::shared_ptr<cache::Page>& page, const std::vector<std::string>& names);
  void land_stored(int fwd_status);
  void land_failure(fastcgi::Outcome outcome);
  void report_line(std::string_view line);

  RenderOrder order_;
  std::shared_ptr<Flight> flight_;
  RenderContext& context_;
  std::uint64_t epoch_;  // of the purges, when it began
  fastcgi::CgiHead head_;
  std::optional<std::uint64_t> declared_length_;
  cache::StoreDecision decision_;
  Millis asked_ = 0;                        // wall clock
  bool landed_ = false;                     // nothing that still comes counts
  std::string collected_;                   // body of an answer that may become a page
  std::shared_ptr<ResponseBuffer> stream_;  // set once the answer is streamed
  std::string stderr_line_;
};

}  // namespace larder::server
