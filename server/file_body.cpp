#include "server/file_body.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/spool_space.h"

namespace larder::server {
namespace {

constexpr std::uint64_t kWarmBytes = 1 << 20;

ssize_t read_without_waiting(int fd, char* into, std::size_t size, std::uint64_t offset) {
  iovec piece{into, size};
  const auto got = ::preadv2(fd, &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (got < 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) errno = EAGAIN;  // cannot tell: let the other thread read
  return got;
}

class MultipartStream final : public BodyStream {
 public:
  MultipartStream(UniqueFd fd, std::vector<ByteRange> ranges, std::vector<std::string> parts)
      : fd_(std::move(fd)), ranges_(std::move(ranges)), parts_(std::move(parts)) {}

  Pulled pull(std::span<char> into, Suspender&) override {
    while (at_ < 2 * ranges_.size() + 1) {
      const std::uint64_t left = piece_size() - done_;
      if (left == 0) {
        ++at_;
        done_ = 0;
        continue;
      }
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
      if (at_ % 2 == 0)
        std::copy_n(parts_[at_ / 2].data() + done_, count, into.data());
      else if (!read_fully(fd_.get(), into.data(), count, ranges_[at_ / 2].offset + done_))
        return {State::failed};  // the file was truncated meanwhile
      done_ += count;
      return {State::bytes, count};
    }
    return {State::end};
  }

  std::optional<std::uint64_t> length() const override {
    std::uint64_t total = 0;
    for (const auto& range : ranges_) total += range.length;
    for (const auto& part : parts_) total += part.size();
    return total;
  }

 private:
  std::uint64_t piece_size() const { return at_ % 2 == 0 ? parts_[at_ / 2].size() : ranges_[at_ / 2].length; }

  UniqueFd fd_;
  std::vector<ByteRange> ranges_;
  std::vector<std::string> parts_;
  std::size_t at_ = 0;  // even: parts_[at_ / 2]; odd: ranges_[at_ / 2]
  std::uint64_t done_ = 0;
};

}  // namespace

Result<std::string> read_cached(int fd, const ByteRange& range) {
  std::string bytes(static_cast<std::size_t>(range.length), '\0');
  const auto got = read_without_waiting(fd, bytes.data(), bytes.size(), range.offset);
  if (got < 0) return system_error("read");
  if (static_cast<std::size_t>(got) != bytes.size()) return Error{"only a part is cached", EAGAIN};
  return bytes;
}

Result<std::string> read_range(int fd, const ByteRange& range) {
  std::string bytes(static_cast<std::size_t>(range.length), '\0');
  if (auto read = read_fully(fd, bytes.data(), bytes.size(), range.offset); !read) return read.error();
  return bytes;
}

bool is_warm(int fd, const ByteRange& range) {
  const std::uint64_t last = range.offset + std::min(range.length, kWarmBytes) - 1;
  for (const std::uint64_t at : {range.offset, last}) {
    char byte = 0;
    if (read_without_waiting(fd, &byte, 1, at) != 1) return false;
  }
  return true;
}

void warm_up(int fd, const ByteRange& range) {
  ::posix_fadvise(fd, static_cast<off_t>(range.offset), static_cast<off_t>(range.length), POSIX_FADV_SEQUENTIAL);
  std::array<char, 32 << 10> scrap;
  const std::uint64_t end = range.offset + std::min(range.length, kWarmBytes);
  for (std::uint64_t at = range.offset; at < end; at += scrap.size())
    if (::pread(fd, scrap.data(), scrap.size(), static_cast<off_t>(at)) <= 0) return;
}

std::unique_ptr<BodyStream> multipart_stream(UniqueFd fd, std::vector<ByteRange> ranges,
                                             std::vector<std::string> parts) {
  return std::make_unique<MultipartStream>(std::move(fd), std::move(ranges), std::move(parts));
}

}  // namespace larder::server
