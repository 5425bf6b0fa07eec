// Load: clients that ask for told pages (told_body.h) as fast as they are answered, and look at every byte.
//
// Which pages: Zipf's law, numbers from 1; the same seed asks for the same ones. Threads: its own, one a client; the
// functions from one thread. A daemon that is gone makes failures, which are counted, not errors.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http_client.h"

namespace larder::testing {

// Draws numbers from 1 to `pages`: number n as often as 1 / n^exponent says.
class Zipf {
 public:
  Zipf(std::uint64_t pages, double exponent);
  std::uint64_t draw(std::uint64_t random) const;

 private:
  std::vector<double> up_to_;  // cumulative
};

struct LoadOptions {
  ClientOptions server;
  unsigned clients = 4;
  std::uint64_t pages = 1000;
  double exponent = 0.9;
  std::uint64_t seed = 1;
  std::uint64_t requests = UINT64_MAX;       // of all clients together; then they end by themselves
  std::string accept_encoding = "br, gzip";  // every other request; the others ask for nothing
  std::string hit_header = "Cache-Status";   // a field whose value contains ...
  std::string hit_value = "hit";             // ... this, tells a hit
};

struct LoadCounts {
  std::atomic<std::uint64_t> answered{0}, hits{0}, misses{0}, refused{0}, failed{0}, wrong{0};
  std::atomic<std::uint64_t> missed_bytes{0};  // heads and bodies of misses as they came
};

class Load {
 public:
  explicit Load(LoadOptions options);
  ~Load();  // stop()

  const LoadCounts& counts() const { return counts_; }
  std::string first_wrong() const;  // what the first wrong answer was
  void wait();                      // until all requests are done
  void stop();                      // after the requests under way

 private:
  void run(unsigned client);
  void judge(std::uint64_t number, const Response& response);

  const LoadOptions options_;
  const Zipf zipf_;
  LoadCounts counts_;
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_wrong_{false};
  std::string first_wrong_;
  std::vector<std::thread> threads_;
};

}  // namespace larder::testing
