// A request body in memory that reads in odd pieces and can fail halfway.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "fastcgi/job.h"

namespace larder::fastcgi::testing {

class TestBody final : public RequestBody {
 public:
  enum class Fault { none, fails, ends };

  explicit TestBody(std::string text, Fault fault = Fault::none) : text_(std::move(text)), fault_(fault) {}

  const std::string& text() const { return text_; }
  std::uint64_t size() const override { return text_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const auto at = static_cast<std::size_t>(offset);
    if (fault_ != Fault::none && at > text_.size() / 2) {
      if (fault_ == Fault::fails) return Error{"the stick is gone"};
      return std::size_t{0};
    }
    return text_.copy(into.data(), std::min<std::size_t>(into.size(), 9'999), at);
  }

 private:
  std::string text_;
  Fault fault_;
};

}  // namespace larder::fastcgi::testing
