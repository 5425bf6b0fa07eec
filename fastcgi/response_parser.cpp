#include "fastcgi/response_parser.h"

namespace larder::fastcgi {

ResponseParser::State ResponseParser::feed(std::string_view bytes, AnswerSink& sink) {
  while (state_ == State::more) {
    const auto piece = reader_.next(bytes);
    if (reader_.failed()) return state_ = State::malformed;
    if (!piece) break;
    state_ = on_piece(*piece, sink);
  }
  return state_;
}

ResponseParser::State ResponseParser::on_piece(const RecordReader::Piece& piece, AnswerSink& sink) {
  if (piece.request_id == 0) return State::more;  // management records answer questions that we never ask
  if (piece.request_id != kRequestId) return State::malformed;
  switch (static_cast<RecordType>(piece.type)) {
    case RecordType::stdout_data:
      return on_stdout(piece.content, sink);
    case RecordType::stderr_data:
      if (!piece.content.empty()) sink.on_stderr(piece.content);
      return State::more;
    case RecordType::end_request:
      return on_end_request(piece);
    default:
      return State::malformed;
  }
}

// An empty record ends the stream in the specification; PHP leaves it out, and END_REQUEST says it better.
ResponseParser::State ResponseParser::on_stdout(std::string_view bytes, AnswerSink& sink) {
  if (bytes.empty()) return State::more;
  answer_begun_ = true;
  if (!head_received_) {
    const auto head = head_.feed(bytes);
    if (head == CgiHeadParser::State::malformed) return State::malformed;
    if (head == CgiHeadParser::State::more) return State::more;
    head_received_ = true;
    if (!sink.on_head(head_.take())) return State::abandoned;
  }
  if (!bytes.empty() && !sink.on_body(bytes)) return State::abandoned;
  return State::more;
}

ResponseParser::State ResponseParser::on_end_request(const RecordReader::Piece& piece) {
  for (char c : piece.content) {
    if (end_size_ == end_.size()) return State::malformed;
    end_[end_size_++] = static_cast<std::uint8_t>(c);
  }
  if (!piece.last) return State::more;
  if (end_size_ != end_.size()) return State::malformed;
  const EndRequest end = decode_end_request(end_);
  if (!end.complete) return State::failed;
  answer_begun_ = true;  // even if it is an end without an answer: the script ran
  if (head_received_) return State::complete;
  return end.app_status != 0 ? State::failed : State::malformed;
}

}  // namespace larder::fastcgi
