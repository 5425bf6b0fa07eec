#include "tests/support/load.h"

#include <algorithm>
#include <cmath>

#include "tests/support/told_body.h"

namespace larder::testing {

Zipf::Zipf(std::uint64_t pages, double exponent) {
  double sum = 0;
  up_to_.reserve(pages);
  for (std::uint64_t number = 1; number <= pages; ++number)
    up_to_.push_back(sum += 1 / std::pow(static_cast<double>(number), exponent));
}

std::uint64_t Zipf::draw(std::uint64_t random) const {
  const double at = static_cast<double>(random >> 11) * 0x1p-53 * up_to_.back();
  return static_cast<std::uint64_t>(std::upper_bound(up_to_.begin(), up_to_.end() - 1, at) - up_to_.begin()) + 1;
}

Load::Load(LoadOptions options) : options_(std::move(options)), zipf_(options_.pages, options_.exponent) {
  for (unsigned client = 0; client < options_.clients; ++client) threads_.emplace_back([this, client] { run(client); });
}

Load::~Load() { stop(); }

std::string Load::first_wrong() const { return has_wrong_ ? first_wrong_ : ""; }

void Load::wait() {
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Load::stop() {
  stopping_ = true;
  wait();
}

void Load::run(unsigned) {
  HttpClient client(options_.server);
  for (std::uint64_t i = begun_++; !stopping_ && i < options_.requests; i = begun_++) {
    const std::uint64_t number = zipf_.draw(scramble(options_.seed * 0x1'0000'0000U + i));
    Request request = client.get("/told/" + std::to_string(number));
    if (i % 2 == 0 && !options_.accept_encoding.empty()) request.decoded(options_.accept_encoding);
    judge(number, request.send());
  }
}

void Load::judge(std::uint64_t number, const Response& response) {
  if (!response.failure.empty() || response.status == 0) {
    ++counts_.failed;
    return;
  }
  if (response.status != 200) {
    ++counts_.refused;
    return;
  }
  ++counts_.answered;
  const bool hit = response.header(options_.hit_header).find(options_.hit_value) != std::string::npos;
  ++(hit ? counts_.hits : counts_.misses);
  if (!hit) counts_.missed_bytes += response.body.size();
  if (told_version(number, response.body) != 0) return;
  if (counts_.wrong++ > 0) return;
  first_wrong_ = "page " + std::to_string(number) + " (" + response.header("Cache-Status") +
                 "): " + std::to_string(response.body.size()) + " bytes: " + response.body.substr(0, 200);
  has_wrong_ = true;
}

}  // namespace larder::testing
