#include "fastcgi/record.h"

#include <fastcgi.h>

#include <algorithm>
#include <cassert>

namespace larder::fastcgi {
namespace {

static_assert(kRecordHeaderSize == FCGI_HEADER_LEN && kMaxRecordContent == FCGI_MAX_LENGTH);
static_assert(static_cast<int>(RecordType::begin_request) == FCGI_BEGIN_REQUEST);
static_assert(static_cast<int>(RecordType::end_request) == FCGI_END_REQUEST);
static_assert(static_cast<int>(RecordType::params) == FCGI_PARAMS);
static_assert(static_cast<int>(RecordType::stdin_data) == FCGI_STDIN);
static_assert(static_cast<int>(RecordType::stdout_data) == FCGI_STDOUT);
static_assert(static_cast<int>(RecordType::stderr_data) == FCGI_STDERR);

constexpr std::size_t kBeginRequestSize = 8;

void append_byte(std::string& to, std::size_t value) { to.push_back(static_cast<char>(value & 0xff)); }

// FastCGI numbers are big-endian.
std::uint16_t get_16(const std::uint8_t* from) { return static_cast<std::uint16_t>(from[0] << 8 | from[1]); }

}  // namespace

void append_record_header(std::string& to, RecordType type, std::size_t content) {
  assert(content <= kMaxRecordContent);
  append_byte(to, FCGI_VERSION_1);
  append_byte(to, static_cast<std::size_t>(type));
  append_byte(to, kRequestId >> 8);
  append_byte(to, kRequestId);
  append_byte(to, content >> 8);
  append_byte(to, content);
  append_byte(to, 0);  // no padding
  append_byte(to, 0);  // reserved
}

void append_begin_request(std::string& to) {
  append_record_header(to, RecordType::begin_request, kBeginRequestSize);
  append_byte(to, FCGI_RESPONDER >> 8);
  append_byte(to, FCGI_RESPONDER);
  to.append(kBeginRequestSize - 2, '\0');  // flags without FCGI_KEEP_CONN, reserved
}

EndRequest decode_end_request(const std::array<std::uint8_t, kEndRequestSize>& content) {
  const std::uint32_t high = get_16(content.data()), low = get_16(content.data() + 2);
  return EndRequest{high << 16 | low, content[4] == FCGI_REQUEST_COMPLETE};
}

std::optional<RecordReader::Piece> RecordReader::next(std::string_view& input) {
  while (!failed_) {
    if (!in_content_) {
      const std::size_t skipped = std::min(padding_left_, input.size());
      input.remove_prefix(skipped);
      padding_left_ -= skipped;
      if (padding_left_ > 0 || !read_header(input)) return std::nullopt;
    }
    if (content_left_ > 0 && input.empty()) return std::nullopt;
    const std::size_t size = std::min(content_left_, input.size());
    Piece piece{header_[1], get_16(&header_[2]), input.substr(0, size), size == content_left_};
    input.remove_prefix(size);
    content_left_ -= size;
    in_content_ = content_left_ > 0;
    return piece;
  }
  return std::nullopt;
}

// True when a header is whole; then content_left_ and the rest describe the new record.
bool RecordReader::read_header(std::string_view& input) {
  while (header_size_ < kRecordHeaderSize && !input.empty()) {
    header_[header_size_++] = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
  }
  if (header_size_ > 0 && header_[0] != FCGI_VERSION_1) failed_ = true;
  if (failed_ || header_size_ < kRecordHeaderSize) return false;
  header_size_ = 0;
  content_left_ = get_16(&header_[4]);
  padding_left_ = header_[6];
  in_content_ = true;
  return true;
}

}  // namespace larder::fastcgi
