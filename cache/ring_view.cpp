#include "cache/ring_view.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "cache/key.h"
#include "cache/page_codec.h"
#include "cache/segment_check.h"

namespace larder::cache {
namespace {

Error why_not_opened(const std::string& path, const Error& error) {
  if (error.code == ENOENT || error.code == ENOTDIR)
    return {fmt::format("there is no ring {}: \"larder cache create\" makes one, and so does \"larder serve\"", path),
            error.code};
  if (error.code == EACCES || error.code == EPERM)
    return {fmt::format("{}: only root and the owner may read it: sudo", error.message), error.code};
  return error;
}

Error why_no_ring(Device& device, const std::string& path) {
  std::array<std::uint8_t, 2 * kBlock> blocks{};
  const auto got = read_fully(device, 0, blocks);
  if (!got) return got.error();
  if (*got == 0) return {fmt::format("{} is empty: \"larder cache create\" makes a ring of it", path)};
  for (std::size_t at = 0; at < *got; at += kBlock)
    if (const auto version = superblock_version(std::span(blocks).first(*got).subspan(at)))
      return {
          fmt::format("{} is a ring of version {}, and this program knows version {}: \"larder serve\" would begin "
                      "it anew",
                      path, *version, kRingVersion)};
  return {path + " is not a ring, or both its superblocks are damaged"};
}

}  // namespace

std::string ring_path(const std::string& cache_path) {
  struct stat status {};
  return ::stat(cache_path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode) ? cache_path : cache_path + "/ring";
}

Result<std::unique_ptr<RingView>> RingView::open(const std::string& path) {
  auto file = ReadOnlyFile::open(path);
  if (!file) return why_not_opened(path, file.error());
  const auto superblock = load_superblock(**file);
  if (!superblock) return superblock.error();
  if (!*superblock) return why_no_ring(**file, path);
  const Geometry& geometry = (*superblock)->geometry;
  if (geometry.segment_bytes < kMinSegmentBytes || geometry.segment_bytes % kBlock != 0 || geometry.segment_count < 1)
    return Error{fmt::format("{} says that it has {} segments of {} bytes, which no ring has", path,
                             geometry.segment_count, geometry.segment_bytes)};
  return std::unique_ptr<RingView>(new RingView(path, *std::move(file), **superblock));
}

RingView::RingView(std::string path, std::unique_ptr<ReadOnlyFile> file, const Superblock& superblock)
    : path_(std::move(path)),
      file_(std::move(file)),
      superblock_(superblock),
      salt_(superblock.salt()),
      recovery_(std::make_unique<Recovery>(*file_, superblock.geometry, salt_)) {}

const std::vector<Sequence>& RingView::segments() {
  while (!recovery_->has_headers()) (void)recovery_->read_headers();
  return recovery_->segments();
}

Result<std::vector<std::uint8_t>> RingView::read_slot(std::uint32_t slot) {
  const Geometry& geometry = superblock_.geometry;
  std::vector<std::uint8_t> bytes(geometry.segment_bytes);
  const auto got = read_fully(*file_, geometry.offset_of(slot), bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  file_->forget(geometry.offset_of(slot), geometry.segment_bytes);
  return bytes;
}

std::optional<Sequence> RingView::sequence_in(std::uint32_t slot) {
  std::array<std::uint8_t, kSegmentHeaderBytes> bytes{};
  const auto got = read_fully(*file_, superblock_.geometry.offset_of(slot), bytes);
  if (!got) return std::nullopt;
  return decode_segment_header(std::span(bytes).first(*got), salt_);
}

bool RingView::is_sealed(Sequence sequence) {
  const Geometry& geometry = superblock_.geometry;
  std::array<std::uint8_t, kTrailerBytes> trailer{};
  const std::uint64_t end = geometry.offset_of(geometry.slot_of(sequence.number)) + geometry.segment_bytes;
  const auto got = read_fully(*file_, end - kTrailerBytes, trailer);
  return got && footer_bytes(std::span(trailer).first(*got), sequence, salt_);
}

Result<std::optional<RingView::Found>> RingView::find(std::string_view key) {
  const std::uint64_t hash = hash_key(key, superblock_.hash_seed);
  const auto& all = segments();
  for (auto sequence = all.rbegin(); sequence != all.rend(); ++sequence) {
    const auto lines = records(*sequence);
    if (!lines) return lines.error();
    const auto line =
        std::find_if(lines->rbegin(), lines->rend(), [&](const FooterLine& listed) { return listed.key_hash == hash; });
    if (line == lines->rend()) continue;
    auto found = read_page(*sequence, *line, key);
    if (!found) return found.error();
    return std::optional(*std::move(found));
  }
  return std::optional<Found>();
}

Result<RingView::Found> RingView::read_page(Sequence sequence, const FooterLine& line, std::string_view key) {
  const Geometry& geometry = superblock_.geometry;
  std::vector<std::uint8_t> bytes(line.length);
  const auto got = read_fully(*file_, geometry.offset_of(geometry.slot_of(sequence.number)) + line.offset, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  const RecordStamp stamp{.salt = salt_, .sequence = sequence, .key_hash = line.key_hash};
  return Found{decode_record(bytes, stamp, key), sequence, line};
}

Status RingView::for_each_page(const Visit& visit) {
  std::unordered_set<std::uint64_t> seen;
  const auto& all = segments();
  for (auto sequence = all.rbegin(); sequence != all.rend(); ++sequence) {
    const auto bytes = read_slot(superblock_.geometry.slot_of(sequence->number));
    if (!bytes) return bytes.error();
    auto lines = check_segment(*bytes, *sequence, salt_, superblock_.geometry.segment_bytes).records;
    std::reverse(lines.begin(), lines.end());
    for (const FooterLine& line : lines) {
      if (!seen.insert(line.key_hash).second) continue;
      const auto record = std::span(*bytes).subspan(line.offset, line.length);
      const RecordStamp stamp{.salt = salt_, .sequence = *sequence, .key_hash = line.key_hash};
      const auto page = decode_record(record, stamp, record_key(record));
      if (page && !visit({page, *sequence, line})) return Done{};
    }
  }
  return Done{};
}

Millis RingView::fresh_until(const Found& found) const {
  const Millis own = found.page->created + found.page->lifetime * 1000;
  return found.sequence.run <= superblock_.capped_run ? std::min(own, superblock_.capped_until) : own;
}

}  // namespace larder::cache
