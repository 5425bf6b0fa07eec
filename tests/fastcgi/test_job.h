// A job that remembers what it was told, checks the order and lets a test wait for its end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastcgi/job.h"
#include "tests/support/patience.h"

namespace larder::fastcgi::testing {

class TestJob final : public Job {
 public:
  // What the fake worker is asked to do.
  explicit TestJob(const std::string& orders, RequestBody* request_body = nullptr)
      : params_{{"REQUEST_METHOD", request_body != nullptr ? "POST" : "GET"}, {"QUERY_STRING", orders}},
        request_body_(request_body) {
    if (request_body != nullptr) params_.emplace_back("CONTENT_LENGTH", std::to_string(request_body->size()));
  }

  const Params& params() const override { return params_; }
  Params& params_of_test() { return params_; }  // before it is submitted
  RequestBody* body() override { return request_body_; }
  bool idempotent() const override { return is_idempotent; }
  bool wanted() const override { return is_wanted; }
  void on_start() override {
    order('s');
    announce(started_);
  }
  bool on_head(CgiHead received) override {
    order('h');
    head = std::move(received);
    return wants_head;
  }
  bool on_body(std::string_view bytes) override {
    if (!calls.ends_with('b')) order('b');
    answer += bytes;
    return !at_body || at_body();
  }
  void on_stderr(std::string_view bytes) override { errors += bytes; }
  void on_end(Outcome outcome) override {
    order('e');
    if (at_end) at_end();
    {
      const std::lock_guard lock(mutex_);
      outcome_ = outcome;
    }
    changed_.notify_all();
  }

  // The end, however long it takes within reason; after it everything here may be read.
  Outcome wait() {
    wait_for([this] { return outcome_.has_value(); });
    return *outcome_;
  }
  void wait_started() {
    wait_for([this] { return started_; });
  }
  bool ended() {
    const std::lock_guard lock(mutex_);
    return outcome_.has_value();
  }

  JobClass job_class() const override { return its_class; }

  JobClass its_class = JobClass::canonical;  // before it is submitted
  bool is_idempotent = true, is_wanted = true, wants_head = true;
  std::function<bool()> at_body;  // what on_body answers
  std::function<void()> at_end;
  CgiHead head;
  std::string answer, errors;
  std::string calls;  // s(tart) h(ead) b(ody) e(nd)

 private:
  void order(char call) { calls += call; }
  void announce(bool& what) {
    {
      const std::lock_guard lock(mutex_);
      what = true;
    }
    changed_.notify_all();
  }
  template <class Condition>
  void wait_for(Condition condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::milliseconds(larder::testing::patience()), condition))
      throw std::runtime_error("the job did not come so far: " + calls);
  }

  Params params_;
  RequestBody* request_body_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false;
  std::optional<Outcome> outcome_;
};

}  // namespace larder::fastcgi::testing
