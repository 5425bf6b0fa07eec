// RawClient: a connection over which a test sends exactly the bytes it likes, right or wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "tests/support/patience.h"

namespace larder::testing {

class RawClient {
 public:
  // `address`: numeric, IPv4 or IPv6. `from`: an IPv4 address to come from; empty: the kernel's choice.
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1", const std::string& from = "");

  RawClient& send(std::string_view bytes);             // a peer that has closed is no error
  RawClient& send_one_by_one(std::string_view bytes);  // each byte in a segment of its own

  struct Received {
    std::string bytes;
    bool closed = false;  // the peer closed or reset; false: the limit passed
  };
  Received until_closed(Millis limit = patience());
  // Reads until `text` has come (the rest stays in `bytes` too), the peer closed or the limit passed.
  Received until(std::string_view text, Millis limit = patience());
  bool peer_closed();  // now, without waiting

 private:
  UniqueFd fd_;
};

}  // namespace larder::testing
