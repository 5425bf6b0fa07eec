// full_ring: a ring full of pages that are holes: superblock, and of every segment the header and the footer.
//
//   full_ring PATH BYTES    makes it; prints how many pages it lists
//
// Recovery reads nothing else, so to it this is a full ring; it takes some MB of the drive.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "cache/device.h"
#include "cache/segment.h"
#include "cache/superblock.h"

namespace {

using namespace larder;
using namespace larder::cache;

constexpr std::uint32_t kRecord = 16 * 1024 - 16;  // with its footer line: as many as the index has room for

Status write_segment(Device& device, const Superblock& ring, Sequence sequence, std::mt19937_64& random,
                     std::uint64_t& pages) {
  const Geometry& geometry = ring.geometry;
  std::vector<std::uint8_t> segment(geometry.segment_bytes);
  encode_segment_header(sequence, ring.salt(), segment.data());
  FooterLines lines;
  std::uint32_t at = kSegmentHeaderBytes;
  while (at + kRecord + (lines.size() + 1) * kFooterLineBytes + kTrailerBytes <= segment.size()) {
    lines.push_back({.key_hash = random(), .offset = at, .length = kRecord});
    at += kRecord;
  }
  pages += lines.size();
  encode_footer(lines, sequence, ring.salt(), segment);
  const std::uint64_t start = geometry.offset_of(geometry.slot_of(sequence.number));
  const std::span all(segment);
  if (auto written = write_fully(device, start, all.first(kBlock)); !written) return written;
  const std::size_t footer = at / kBlock * kBlock;
  return write_fully(device, start + footer, all.subspan(footer));
}

Status make(const std::string& path, std::uint64_t bytes, std::uint64_t& pages) {
  auto device = FileDevice::open(path);
  if (!device) return device.error();
  if (auto cleared = (*device)->clear(); !cleared) return cleared;
  auto ring = make_superblock(fit_geometry(bytes));
  if (!ring) return ring.error();
  ring->run = 1;
  std::mt19937_64 random(1);
  for (std::uint32_t number = 1; number <= ring->geometry.segment_count; ++number)
    if (auto written = write_segment(**device, *ring, {.run = 1, .number = number}, random, pages); !written)
      return written;
  return store_superblock(**device, *ring);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: full_ring PATH BYTES\n"), 2;
  std::uint64_t pages = 0;
  const Status made = make(argv[1], std::strtoull(argv[2], nullptr, 10), pages);
  if (!made) return std::fprintf(stderr, "full_ring: %s\n", made.error().message.c_str()), 1;
  std::printf("%llu\n", static_cast<unsigned long long>(pages));
}
