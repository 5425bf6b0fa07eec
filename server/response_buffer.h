// ResponseBuffer: the body of an answer between the worker that writes it and the client that reads it, each at its own
// speed. Up to 256 KiB wait in memory; more goes to the spool, so that a slow client never holds a worker.
//
// One lane appends, one HTTP loop pulls. Only when the spool has no room does append() wait for the client.
// Order of the bytes: memory, then piece (read back from the file), then file; while the file holds anything unread,
// new bytes follow it there.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "server/reply.h"
#include "server/spool_space.h"
#include "server/task_thread.h"
#include "server/transaction.h"

namespace larder::server {

class ResponseBuffer : public std::enable_shared_from_this<ResponseBuffer> {
 public:
  ResponseBuffer(SpoolSpace& space, TaskThread& spooler) : space_(space), spooler_(spooler) {}
  ~ResponseBuffer() { space_.release(reserved_); }

  // The worker's side. append() is false when nobody wants the rest, or the client took nothing for half a minute.
  bool append(std::string_view bytes);
  void finish();  // the body is whole
  void fail();    // the rest will never come

  // The client's side.
  BodyStream::Pulled pull(std::span<char> into, Suspender& suspender);
  void abandon();
  // Size of the body if it is whole and nothing was pulled yet.
  std::optional<std::uint64_t> whole_size() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  bool append_to_file(std::string_view bytes, Lock& lock);
  bool reserve_or_wait(std::uint64_t bytes, Lock& lock);
  std::size_t take_from_memory(std::span<char> into);
  void fetch_piece(Suspender& suspender);
  void read_piece();
  void rewind_file();
  void wake_reader(Lock& lock);  // unlocks
  bool file_in_use() const { return written_ > read_ || fetching_ || piece_at_ < piece_.size(); }

  SpoolSpace& space_;
  TaskThread& spooler_;
  mutable std::mutex mutex_;
  std::condition_variable drained_;
  std::deque<std::string> memory_;
  std::size_t memory_at_ = 0;     // bytes of memory_.front() already pulled
  std::size_t memory_bytes_ = 0;  // not yet pulled
  UniqueFd file_;
  std::uint64_t written_ = 0, read_ = 0;  // offsets in the file
  std::uint64_t reserved_ = 0;
  std::string piece_;
  std::size_t piece_at_ = 0;
  std::uint64_t total_ = 0, pulled_ = 0;
  bool fetching_ = false;
  bool finished_ = false, failed_ = false, abandoned_ = false;
  Waker reader_;  // set while the client's connection waits for bytes of the worker
};

// The client's end, as a reply body. `length`: as declared by the worker.
std::unique_ptr<BodyStream> stream_from(std::shared_ptr<ResponseBuffer> buffer, std::optional<std::uint64_t> length);

}  // namespace larder::server
