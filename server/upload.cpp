#include "server/upload.h"

#include <algorithm>
#include <utility>

namespace larder::server {
namespace {

constexpr std::size_t kPiece = 256 << 10;

}  // namespace

Upload::~Upload() { space_.release(reserved_); }

bool Upload::settled(Suspender& suspender) {
  std::lock_guard lock(mutex_);
  if (!writing_) return true;
  waiting_ = suspender.suspend();
  return false;
}

Take Upload::append(std::string_view bytes, Suspender& suspender) {
  if (!settled(suspender)) return Take::later;
  if (state_ == State::good && size() + bytes.size() > limit_) state_ = State::too_large;
  if (state_ != State::good) {
    buffer_.clear();
    dropped_ += bytes.size();
    return dropped_ <= limit_ ? Take::taken : Take::cut;
  }
  buffer_.append(bytes);
  if (buffer_.size() >= kPiece) start_writing();
  return Take::taken;
}

void Upload::start_writing() {
  if (!space_.reserve(buffer_.size())) {
    state_ = State::no_space;
    return;
  }
  reserved_ += buffer_.size();
  writing_ = true;  // nobody else looks at it before the task is posted
  if (spooler_.post([self = shared_from_this()] { self->write_piece(); })) return;
  writing_ = false;
  state_ = State::no_space;
}

void Upload::write_piece() {
  if (!spool_buffer()) state_ = State::no_space;
  Waker waiting;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    waiting = std::exchange(waiting_, Waker{});
  }
  if (waiting) waiting.wake();
}

Status Upload::spool_buffer() {
  if (!file_) {
    auto file = space_.create();
    if (!file) return file.error();
    file_ = std::move(*file);
  }
  auto written = write_fully(file_.get(), buffer_.data(), buffer_.size(), spooled_);
  if (!written) return written;
  spooled_ += buffer_.size();
  buffer_.clear();
  return Done{};
}

Result<std::size_t> Upload::read_at(std::uint64_t offset, std::span<char> into) {
  if (offset >= size()) return std::size_t{0};
  if (offset >= spooled_) {
    const auto from = static_cast<std::size_t>(offset - spooled_);
    const std::size_t count = std::min(into.size(), buffer_.size() - from);
    std::copy_n(buffer_.data() + from, count, into.data());
    return count;
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), spooled_ - offset));
  if (auto read = read_fully(file_.get(), into.data(), count, offset); !read) return read.error();
  return count;
}

}  // namespace larder::server
