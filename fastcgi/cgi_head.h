// CgiHeadParser: the head of what a CGI script wrote (RFC 3875 section 6.3), as a CgiHead (see job.h).
//
// Lines end with LF or CRLF, an empty line ends the head, which may come in any number of pieces. Everything a script
// can put in a head that would change the framing of the answer ends here: a line without a token and a colon, folded
// lines, control characters in a value (a bare CR or NUL too) and a bad or contradictory Status make the whole answer
// malformed; fields that belong to the connection are dropped (Connection, Keep-Alive, Transfer-Encoding, Upgrade, TE,
// Trailer, Proxy-*). Fields of the same name stay apart and in order (Set-Cookie, Link).
// Content-Length is kept as the claim of the script that it is; who sends the answer on counts for himself.
// Pure; no threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "fastcgi/job.h"

namespace larder::fastcgi {

class CgiHeadParser {
 public:
  enum class State { more, done, malformed };
  static constexpr std::size_t kMaxSize = 64 * 1024;  // bytes of the head, line ends included

  // Takes bytes from the front of `input`: all of them, or up to the end of the head; what is left is body.
  State feed(std::string_view& input);
  CgiHead take();  // once, when done

 private:
  State end_line();
  bool add_field(std::string_view name, std::string_view value);

  CgiHead head_;
  std::string line_;
  std::optional<int> status_;
  std::size_t size_ = 0;
  State state_ = State::more;
};

}  // namespace larder::fastcgi
