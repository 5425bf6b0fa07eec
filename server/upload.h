// Upload: a request body being received, complete before PHP is asked. Up to 256 KiB in memory, the rest in the spool.
//
// The HTTP loop appends; the spool's thread writes; a lane reads when all of it is there. The three never overlap: the
// connection is suspended while a piece is written.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
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

  // Takes the bytes; suspends when a piece has to be written first. After a failure bytes are dropped; false once it
  // makes no sense to listen any longer (as much again as the limit).
  bool append(std::string_view bytes, Suspender& suspender);
  State state() const { return state_; }

  std::uint64_t size() const override { return spooled_ + buffer_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override;

 private:
  Status spool_buffer();

  SpoolSpace& space_;
  TaskThread& spooler_;
  std::uint64_t limit_;
  std::atomic<State> state_{State::good};
  std::string buffer_;  // what comes after the spooled bytes
  UniqueFd file_;
  std::uint64_t spooled_ = 0;  // bytes in the file
  std::uint64_t reserved_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace larder::server
