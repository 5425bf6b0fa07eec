// Exchange: the story of one request, top to bottom: gate, page in memory, route, file or PHP, answer.
//
// One function a step. A step either goes on to the next, or suspends the connection and names the step that follows
// when it is woken. exchange.cpp has the story, exchange_page.cpp what it is about: pages. Lives on the thread of its
// HTTP loop; other threads only see what a step hands them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "cache/reuse.h"
#include "server/file_body.h"
#include "server/flight.h"
#include "server/intake.h"
#include "server/page_reply.h"
#include "server/service.h"
#include "server/transaction.h"
#include "server/upload.h"

namespace larder::server {

class Exchange final : public Transaction {
 public:
  explicit Exchange(Service& service)
      : service_(service), began_(service.access_log.enabled() ? service.clock.steady() : 0) {}

  bool on_head(const RequestHead& head) override;
  Take on_body(std::string_view bytes, Suspender& suspender) override;
  bool on_ready(Suspender& suspender) override;
  Reply& reply() override { return reply_; }
  void on_end(bool complete) override;

 private:
  enum class Step {
    check_upload,
    look_up,
    find_route,
    follow_route,
    load_file,
    send_file,
    fetch,
    fetch_alone,
    landed,
    inflate,
    purged,
    done
  };

  // What a step says: which step is next, and whether the connection is suspended until then.
  struct Next {
    Step step;
    bool suspended = false;
  };

  bool asks_too_often();
  Next check_upload(Suspender& suspender);
  Next look_up(Suspender& suspender);
  Next look_in_memory();
  Next find_route(Suspender& suspender);
  Next follow_route();
  Next load_file(Suspender& suspender);
  Next send_file();
  Next fetch(Suspender& suspender);
  Next find_only(Suspender& suspender);
  Next fetch_alone(Suspender& suspender);
  Next landed();
  Next inflate(Suspender& suspender);
  Next purge(Suspender& suspender);
  Next purged();
  bool may_purge() const;
  Next answer_purge(int status, std::string_view text);

  Next answer(Reply reply);
  Next answer_error(int status, std::string_view detail);
  Next answer_stored();
  Next answer_rendered();
  Next answer_nothing_stored();
  Next answer_page(const PageSource& source);
  Next answer_stream();
  Next answer_failure();
  Next refuse_method(std::string_view allowed);
  bool may_answer_now();
  RenderOrder order(bool may_store) const;
  ChangedUri changed_uri() const;
  bool is_get_or_head() const { return head_->method == "GET" || head_->method == "HEAD"; }

  Service& service_;
  Millis began_;    // for the access log
  Millis now_ = 0;  // wall clock, read once each time the request goes on
  Step step_ = Step::check_upload;
  const RequestHead* head_ = nullptr;
  Intake in_;
  std::string key_;  // of the page, when the cache is used
  std::shared_ptr<Upload> upload_;
  Route route_ = UncertainRoute{};
  FileAnswer file_;
  std::string small_file_;
  cache::CacheControl wishes_;  // what the client asks of caches
  cache::Reuse reuse_;          // what may be done with the page in landing_
  int rounds_ = 0;              // look-ups so far
  bool leads_ = true;
  Landing landing_;
  PageSource source_;
  bool inflated_ = false;
  std::shared_ptr<std::atomic<bool>> purge_is_durable_;
  Reply reply_;
  std::string_view cache_word_ = "-";  // for the access log
  int sent_status_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

class ExchangeFactory final : public TransactionFactory {
 public:
  explicit ExchangeFactory(const CurrentService& service) : service_(service) {}
  std::unique_ptr<Transaction> begin() override { return std::make_unique<Exchange>(service_.get()); }

 private:
  const CurrentService& service_;
};

}  // namespace larder::server
