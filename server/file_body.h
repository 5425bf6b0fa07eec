// FileBody helpers: bytes of an open file without making an HTTP loop wait for the drive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/reply.h"
#include "server/static_file.h"

namespace larder::server {

// Files up to this size are sent from memory, together with the head, in one system call.
constexpr std::uint64_t kSmallFile = 64 << 10;

// The whole range if it lies in the kernel's page cache (preadv2 with RWF_NOWAIT, where the file system knows it);
// error EAGAIN if the drive would have to be asked.
Result<std::string> read_cached(int fd, const ByteRange& range);
// The whole range; may wait.
Result<std::string> read_range(int fd, const ByteRange& range);

// Whether sending may begin without waiting: the first bytes of the range are in the page cache.
bool is_warm(int fd, const ByteRange& range);
// Brings the first MiB of the range into the page cache and asks the kernel to read ahead; may wait. What follows is
// read ahead by the kernel while the beginning is being sent.
void warm_up(int fd, const ByteRange& range);

// multipart/byteranges: parts[0] range[0] parts[1] range[1] ... parts.back().
std::unique_ptr<BodyStream> multipart_stream(UniqueFd fd, std::vector<ByteRange> ranges,
                                             std::vector<std::string> parts);

}  // namespace larder::server
