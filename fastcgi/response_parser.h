// ResponseParser: the records a worker sends, as head, body, error lines and end of an answer.
//
// Every byte goes on as soon as it arrives; only the head is collected. Pure; no threads; the sink is called inside
// feed() only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fastcgi/cgi_head.h"
#include "fastcgi/job.h"
#include "fastcgi/record.h"

namespace larder::fastcgi {

// Where an answer goes. false: nobody wants the rest.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual bool on_head(CgiHead head) = 0;              // once, before the first on_body
  virtual bool on_body(std::string_view bytes) = 0;    // never empty
  virtual void on_stderr(std::string_view bytes) = 0;  // never empty
};

class ResponseParser {
 public:
  enum class State {
    more,       // the answer goes on
    complete,   // END_REQUEST with REQUEST_COMPLETE after a whole head
    failed,     // END_REQUEST before a whole head from a script that says it failed, or from a worker that refused
    malformed,  // not FastCGI, or no CGI head
    abandoned,  // the sink returned false
  };

  // Once it returns anything but `more` it ignores further input: a worker's bytes after END_REQUEST mean nothing.
  State feed(std::string_view bytes, AnswerSink&);

  bool head_received() const { return head_received_; }
  bool answer_begun() const { return answer_begun_; }  // a byte of STDOUT or a regular end came

 private:
  State on_piece(const RecordReader::Piece&, AnswerSink&);
  State on_stdout(std::string_view bytes, AnswerSink&);
  State on_end_request(const RecordReader::Piece&);

  RecordReader reader_;
  CgiHeadParser head_;
  std::array<std::uint8_t, kEndRequestSize> end_{};
  std::size_t end_size_ = 0;
  bool head_received_ = false, answer_begun_ = false;
  State state_ = State::more;
};

}  // namespace larder::fastcgi
