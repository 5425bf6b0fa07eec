#include "fastcgi/request_writer.h"

#include <algorithm>

#include "fastcgi/params.h"
#include "fastcgi/record.h"

namespace larder::fastcgi {
namespace {

constexpr std::size_t kPiece = 32 * 1024;
static_assert(kPiece <= kMaxRecordContent);

}  // namespace

Result<RequestWriter> RequestWriter::make(const Params& params, RequestBody* body) {
  RequestWriter writer;
  writer.body_ = body;
  append_begin_request(writer.buffer_);
  if (auto status = append_params(writer.buffer_, params); !status) return status.error();
  return writer;
}

Result<std::string_view> RequestWriter::pending() {
  if (sent_ == buffer_.size() && !ended_)
    if (auto status = refill(); !status) return status.error();
  return std::string_view(buffer_).substr(sent_);
}

void RequestWriter::taken(std::size_t bytes) { sent_ += bytes; }

Status RequestWriter::refill() {
  const std::uint64_t left = body_ == nullptr ? 0 : body_->size() - offset_;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
  buffer_.clear();
  sent_ = 0;
  append_record_header(buffer_, RecordType::stdin_data, size);
  ended_ = size == 0;  // an empty record ends the stream
  buffer_.resize(kRecordHeaderSize + size);
  for (std::size_t got = 0; got < size;) {
    const auto read = body_->read_at(offset_ + got, {buffer_.data() + kRecordHeaderSize + got, size - got});
    if (!read) return read.error();
    if (*read == 0) return Error{"the request body is shorter than its size"};
    got += *read;
  }
  offset_ += size;
  return Done{};
}

}  // namespace larder::fastcgi
