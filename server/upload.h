// Upload: a request body being received, complete before PHP is asked. Up to 256 KiB in memory, the rest in the spool.
//
// The HTTP loop appends, the spool's thread writes; a lane reads when all of it is there. While a piece is written the
// loop may go on to listen, but not to append.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "fastcgi/job.h"
#include "server/spool_space.h"
#include "server/task_thread.h"
#include "server/transaction.h"

namespace larder::server {

class Upload final : public fastcgi::RequestBody, public std::enable_shared_from_this<Upload> {
 public:
  enum class State { good, too_large, no_space };

  Upload(SpoolSpace& space, TaskThread& spooler, std::uint64_t limit)
      : space_(space), spooler_(spooler), limit_(limit) {}
  ~Upload() override;

  // After a failure bytes are taken and dropped; `cut` once it makes no sense to listen any longer (as much again as
  // the limit).
  Take append(std::string_view bytes, Suspender& suspender);
  // True when nothing is being written; else it has suspended.
  bool settled(Suspender& suspender);
  State state() const { return state_; }

  std::uint64_t size() const override { return spooled_ + buffer_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override;

 private:
  void start_writing();
  void write_piece();
  Status spool_buffer();

  SpoolSpace& space_;
  TaskThread& spooler_;
  std::uint64_t limit_;
  std::atomic<State> state_{State::good};
  std::mutex mutex_;
  bool writing_ = false;  // the spool's thread has buffer_ and file_
  Waker waiting_;         // the connection that waits for it
  std::string buffer_;    // what comes after the spooled bytes
  UniqueFd file_;
  std::uint64_t spooled_ = 0;  // bytes in the file
  std::uint64_t reserved_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace larder::server
