// PurgeLog: the purges that must outlive the daemon, in a small file beside the ring.
//
// One line a purge: a checksum, the time, "hard" or "soft", the kind and the name. A line that is not whole ends the
// file: it was never acknowledged. Each append is synced before it is called durable. The file is written anew, with
// what still counts, when it is opened and has grown. Pure but for the file; its owner calls it from one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "cache/purge_list.h"

namespace larder::server {

std::string purge_line(const cache::Purge& purge);
std::vector<cache::Purge> parse_purge_lines(std::string_view text);

class PurgeLog {
 public:
  // `path`: of the file; it is made when it is not there. `purges` gets what it holds.
  static Result<PurgeLog> open(const std::string& path, std::vector<cache::Purge>& purges);

  Status append(const std::vector<cache::Purge>& purges);  // on the drive when it is ok

 private:
  explicit PurgeLog(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace larder::server
