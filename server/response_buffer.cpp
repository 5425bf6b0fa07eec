#include "server/response_buffer.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace larder::server {
namespace {

constexpr std::size_t kMemory = 256 << 10;
constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kString = 32 << 10;  // small appends share a string up to this size
constexpr int kPatience = 300;             // tenths of a second without progress before a worker gives up

class Stream final : public BodyStream {
 public:
  Stream(std::shared_ptr<ResponseBuffer> buffer, std::optional<std::uint64_t> length)
      : buffer_(std::move(buffer)), length_(length) {}
  ~Stream() override { buffer_->abandon(); }
  Pulled pull(std::span<char> into, Suspender& suspender) override { return buffer_->pull(into, suspender); }
  std::optional<std::uint64_t> length() const override { return length_; }

 private:
  std::shared_ptr<ResponseBuffer> buffer_;
  std::optional<std::uint64_t> length_;
};

}  // namespace

bool ResponseBuffer::append(std::string_view bytes) {
  Lock lock(mutex_);
  if (abandoned_ || failed_) return false;
  if (!file_in_use()) rewind_file();
  if (file_in_use() || memory_bytes_ + bytes.size() > kMemory) {
    if (!append_to_file(bytes, lock)) return false;
  } else {
    if (!memory_.empty() && memory_.back().size() + bytes.size() <= kString)
      memory_.back().append(bytes);
    else
      memory_.emplace_back(bytes);
    memory_bytes_ += bytes.size();
  }
  total_ += bytes.size();
  wake_reader(lock);
  return true;
}

// Only this thread writes to the file, so the lock need not be held meanwhile.
bool ResponseBuffer::append_to_file(std::string_view bytes, Lock& lock) {
  if (!reserve_or_wait(bytes.size(), lock)) return false;
  if (!file_) {
    auto file = space_.create();
    if (!file) return false;
    file_ = std::move(*file);
  }
  const int fd = file_.get();
  const std::uint64_t at = written_;
  lock.unlock();
  const bool written = write_fully(fd, bytes.data(), bytes.size(), at).ok();
  lock.lock();
  if (!written) {
    failed_ = true;
    wake_reader(lock);
    return false;
  }
  written_ += bytes.size();
  return true;
}

bool ResponseBuffer::reserve_or_wait(std::uint64_t bytes, Lock& lock) {
  std::uint64_t seen = pulled_;
  for (int patience = kPatience; patience > 0; --patience) {
    if (abandoned_ || failed_ || space_.closed()) return false;
    if (!file_in_use()) rewind_file();
    if (space_.reserve(bytes)) {
      reserved_ += bytes;
      return true;
    }
    drained_.wait_for(lock, std::chrono::milliseconds(100));
    if (std::exchange(seen, pulled_) != pulled_) patience = kPatience;
  }
  return false;
}

// Everything in the file was read: give its room back.
void ResponseBuffer::rewind_file() {
  if (written_ == 0) return;
  (void)!::ftruncate(file_.get(), 0);
  written_ = read_ = 0;
  space_.release(std::exchange(reserved_, 0));
}

void ResponseBuffer::finish() {
  Lock lock(mutex_);
  finished_ = true;
  wake_reader(lock);
}

void ResponseBuffer::fail() {
  Lock lock(mutex_);
  failed_ = true;
  wake_reader(lock);
}

void ResponseBuffer::wake_reader(Lock& lock) {
  Waker reader = std::exchange(reader_, Waker{});
  lock.unlock();
  if (reader) reader.wake();
  lock.lock();
}

BodyStream::Pulled ResponseBuffer::pull(std::span<char> into, Suspender& suspender) {
  using State = BodyStream::State;
  Lock lock(mutex_);
  std::size_t count = 0;
  if (memory_bytes_ > 0) {
    count = take_from_memory(into);
  } else if (piece_at_ < piece_.size()) {
    count = std::min(into.size(), piece_.size() - piece_at_);
    std::copy_n(piece_.data() + piece_at_, count, into.data());
    piece_at_ += count;
  }
  if (count > 0) {
    pulled_ += count;
    drained_.notify_one();
    return {State::bytes, count};
  }
  if (read_ < written_) {
    fetch_piece(suspender);
    return {State::waiting};
  }
  if (failed_) return {State::failed};
  if (finished_) return {State::end};
  reader_ = suspender.suspend();
  return {State::waiting};
}

std::size_t ResponseBuffer::take_from_memory(std::span<char> into) {
  std::string& front = memory_.front();
  const std::size_t count = std::min(into.size(), front.size() - memory_at_);
  std::copy_n(front.data() + memory_at_, count, into.data());
  memory_at_ += count;
  memory_bytes_ -= count;
  if (memory_at_ == front.size()) {
    memory_.pop_front();
    memory_at_ = 0;
  }
  return count;
}

// Has the spool's thread read the next piece back; the HTTP loop itself never reads from a drive.
void ResponseBuffer::fetch_piece(Suspender& suspender) {
  fetching_ = true;
  Waker waker = suspender.suspend();
  const bool posted = spooler_.post([self = shared_from_this(), waker]() mutable {
    self->read_piece();
    waker.wake();
  });
  if (posted) return;
  fetching_ = false;
  failed_ = true;
  read_ = written_;
  waker.wake();
}

void ResponseBuffer::read_piece() {
  Lock lock(mutex_);
  const std::uint64_t at = read_;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, written_ - read_));
  const int fd = file_.get();
  lock.unlock();
  std::string piece(size, '\0');
  const bool read = read_fully(fd, piece.data(), size, at).ok();
  lock.lock();
  fetching_ = false;
  if (!read) {
    failed_ = true;
    read_ = written_;
    return;
  }
  piece_ = std::move(piece);
  piece_at_ = 0;
  read_ += size;
}

void ResponseBuffer::abandon() {
  Lock lock(mutex_);
  abandoned_ = true;
  drained_.notify_one();
}

std::optional<std::uint64_t> ResponseBuffer::whole_size() const {
  Lock lock(mutex_);
  if (!finished_ || failed_ || pulled_ > 0) return std::nullopt;
  return total_;
}

std::unique_ptr<BodyStream> stream_from(std::shared_ptr<ResponseBuffer> buffer, std::optional<std::uint64_t> length) {
  return std::make_unique<Stream>(std::move(buffer), length);
}

}  // namespace larder::server
