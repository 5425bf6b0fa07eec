// BatchGroup: a memory group of its own for a command that runs beside the server, where the kernel and our rights
// allow: root, groups of version 2 with the memory controller. Above its limit the command is slowed down and what it
// left in the page cache is given up; the kernel then also bounds what it may leave unwritten. It has the processor when
// no other group wants it.
// Lifetime: remove() (or the destructor) after the command ended; a group that still has processes stays.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace larder::server {

class BatchGroup {
 public:
  static constexpr std::uint64_t kMemory = 64 << 20;  // what the memory plan has for a file synchronisation

  explicit BatchGroup(const std::string& root, pid_t name = 0);  // name: our process; root stands before /sys
  ~BatchGroup();
  BatchGroup(const BatchGroup&) = delete;
  BatchGroup& operator=(const BatchGroup&) = delete;

  bool exists() const { return !path_.empty(); }
  void enter() const;  // the calling process, which is safe after fork()

 private:
  std::string path_, procs_;
};

}  // namespace larder::server
