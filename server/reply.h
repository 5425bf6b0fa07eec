// Reply: what to send to a client. A value; http_loop turns it into bytes on the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/field.h"
#include "base/unique_fd.h"
#include "cache/bodies.h"

namespace larder::server {

class Suspender;

// Part of a file, sent by the kernel.
struct FileBody {
  UniqueFd fd;
  std::uint64_t offset = 0, length = 0;
};

// Bytes that come while they are sent. Pulled by one HTTP loop; never blocks.
class BodyStream {
 public:
  enum class State { bytes, waiting, end, failed };
  struct Pulled {
    State state;
    std::size_t count = 0;  // for State::bytes, more than 0
  };

  virtual ~BodyStream() = default;  // the client has everything, or has gone
  // Copies up to into.size() bytes that follow what was pulled before. When there are none yet it suspends the
  // connection through `suspender` (which is woken when there are) and answers `waiting`.
  // `failed`: the rest will never come; the connection is cut so that the client knows.
  virtual Pulled pull(std::span<char> into, Suspender& suspender) = 0;
  virtual std::optional<std::uint64_t> length() const = 0;  // of the whole body, if known
};

// A response object that can be sent any number of times, by any loop. Made by prepare() in http_response.h.
class PreparedReply;

struct Reply {
  int status = 200;
  Fields fields;  // no Content-Length, Transfer-Encoding or Connection: the loop frames the message
  std::variant<std::string, FileBody, std::unique_ptr<BodyStream>, cache::Body> body;
  std::optional<std::uint64_t> not_sent;  // 304: size of the body that the client has already; its Content-Length
  bool close = false;                     // end the connection after it
  std::shared_ptr<const PreparedReply> prepared;  // set: used instead of `fields` and `body`
};

// The reason phrase of RFC 9110 (or "Unknown").
std::string_view reason_phrase(int status);

// A short page that says what happened. `detail` is for humans and trusted (static) text.
Reply error_reply(int status, std::string_view detail);

}  // namespace larder::server
