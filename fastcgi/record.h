// Records: the frames of FastCGI (specification 1.0, section 3.3), written and read.
//
// RecordReader takes a stream cut anywhere and hands on content as it comes: nothing is copied and nothing is held
// back, so a record of 64 KiB costs no memory. Pure; no threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::fastcgi {

enum class RecordType : std::uint8_t {
  begin_request = 1,
  end_request = 3,
  params = 4,
  stdin_data = 5,
  stdout_data = 6,
  stderr_data = 7,
};

inline constexpr std::size_t kRecordHeaderSize = 8;
// PHP refuses a record whose content and padding exceed this together. We never pad.
inline constexpr std::size_t kMaxRecordContent = 65'535;
// The only request on its connection (PHP does not multiplex).
inline constexpr std::uint16_t kRequestId = 1;

// Appends a record's header; `content` bytes (at most kMaxRecordContent) must follow it.
void append_record_header(std::string& to, RecordType, std::size_t content);
// Appends the whole BEGIN_REQUEST record: role responder, the worker closes the connection at the end.
void append_begin_request(std::string& to);

struct EndRequest {
  std::uint32_t app_status = 0;
  bool complete = false;  // protocolStatus is REQUEST_COMPLETE; else the worker refused the request
};
inline constexpr std::size_t kEndRequestSize = 8;
EndRequest decode_end_request(const std::array<std::uint8_t, kEndRequestSize>& content);

class RecordReader {
 public:
  // What one step found. The content is a view into the input and may be only a part of the record's.
  struct Piece {
    std::uint8_t type = 0;  // as received, perhaps no RecordType
    std::uint16_t request_id = 0;
    std::string_view content;
    bool last = false;  // the record ends with it; an empty record is one empty piece
  };

  // Takes bytes from the front of `input` up to the end of one piece. nullopt: the input is used up and more is
  // needed, or failed().
  std::optional<Piece> next(std::string_view& input);
  bool failed() const { return failed_; }  // the stream is not FastCGI 1; nothing more will come

 private:
  bool read_header(std::string_view& input);

  std::array<std::uint8_t, kRecordHeaderSize> header_{};
  std::size_t header_size_ = 0;  // bytes of it received
  std::size_t content_left_ = 0, padding_left_ = 0;
  bool in_content_ = false;  // the header is whole and the record's last piece was not handed out yet
  bool failed_ = false;
};

}  // namespace larder::fastcgi
