#include "server/wire_layout.h"

#include <string>

#include "tests/support/catch.h"

namespace larder::server {
namespace {

// Splits a head as libmicrohttpd 0.9 does: in place, ends of lines and the blanks and colons between the pieces turned
// into NULs, each piece read up to the first NUL in it.
class InPlace {
 public:
  explicit InPlace(std::string bytes) : bytes_(std::move(bytes)) {
    std::size_t at = 0;
    bool first = true;
    while (at < bytes_.size()) {
      const std::size_t end = bytes_.find('\n', at);
      const std::size_t line_end = end > at && bytes_[end - 1] == '\r' ? end - 1 : end;
      for (std::size_t i = line_end; i <= end; ++i) bytes_[i] = '\0';
      if (line_end > at) first ? split_request_line(at, line_end) : split_field(at);
      first = false;
      at = end + 1;
    }
  }
  bool clean() const { return clean_layout(head_, target_at_, bytes_.size()); }

 private:
  void split_request_line(std::size_t at, std::size_t end) {
    std::size_t target = bytes_.find(' ', at), version = bytes_.rfind(' ', end);
    bytes_[target++] = bytes_[version++] = '\0';
    while (bytes_[target] == ' ') ++target;
    head_.method = &bytes_[at];
    target_at_ = &bytes_[target];
    head_.target = target_at_;
    head_.version = &bytes_[version];
  }
  void split_field(std::size_t at) {
    std::size_t colon = bytes_.find(':', at);
    bytes_[colon++] = '\0';
    while (bytes_[colon] == ' ' || bytes_[colon] == '\t') ++colon;
    if (bytes_[at] != '\0') head_.fields.add({&bytes_[at], &bytes_[colon]});
  }

  std::string bytes_;
  RequestHead head_;
  const char* target_at_ = nullptr;
};

bool clean(std::string bytes) { return InPlace(std::move(bytes)).clean(); }

TEST_CASE("A head as RFC 9112 writes it has a clean layout") {
  CHECK(clean("GET / HTTP/1.0\r\n\r\n"));
  CHECK(clean("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(clean("GET /x?y HTTP/1.1\r\nHost:a\r\nEmpty:\r\nBlanks: \t b\r\n\r\n"));
}

TEST_CASE("A NUL hides nothing") {
  using namespace std::string_literals;
  CHECK_FALSE(clean("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n"s));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHo\0st: a\r\nB: c\r\n\r\n"s));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\r\nX: b\0\r\n\r\n"s));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\r\nX: \0b\r\nY: c\r\n\r\n"s));
}

TEST_CASE("Bare line feeds, lines without a name and extra blanks show") {
  CHECK_FALSE(clean("GET / HTTP/1.1\nHost: a\r\n\r\n"));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n"));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\r\n\n"));
  CHECK_FALSE(clean("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"));
  CHECK_FALSE(clean("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(clean("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"));  // here the target keeps the blank, and is refused for it
}

}  // namespace
}  // namespace larder::server
