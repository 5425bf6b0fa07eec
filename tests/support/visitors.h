// Visitors: people who ask for one page after the other until they are stopped, and count who was not answered.
//
// They come from the network of the thread that makes them. Threads: one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/support/patience.h"

namespace larder::testing {

class Visitors {
 public:
  enum class Each { connects, keeps_its_connection };  // for every request, or for twenty

  Visitors(std::uint16_t port, int number, Each each = Each::keeps_its_connection) {
    for (int i = 0; i < number; ++i)
      threads_.emplace_back([this, port, each] {
        while (!stop_) {
          HttpClient client({.port = port, .authority = "larder.test"});
          const int pages = each == Each::connects ? 1 : 20;
          for (int page = 0; page < pages && !stop_; ++page)
            count(client.get("/article/" + std::to_string(page)).send());
        }
      });
  }
  ~Visitors() { stop(); }

  int answered() const { return answered_; }
  void wait_for_more(int number) const {
    const int wanted = answered_ + number;
    REQUIRE(eventually([&] { return answered_ >= wanted; }));
  }
  void expect_none_lost() {
    stop();
    INFO(lost_ << " of " << answered_ << " lost, the last by status " << last_);
    CHECK(lost_ == 0);
    CHECK(answered_ > 0);
  }

 private:
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void count(const Response& response) {
    response.status == 200 ? ++answered_ : ++lost_;
    if (response.status != 200) last_ = response.status;
  }
  std::atomic<bool> stop_{false};
  std::atomic<int> answered_{0}, lost_{0}, last_{0};
  std::vector<std::thread> threads_;
};

}  // namespace larder::testing
