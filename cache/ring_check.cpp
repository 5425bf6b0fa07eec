#include "cache/ring_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "cache/segment_check.h"

namespace larder::cache {
namespace {

class Checker {
 public:
  explicit Checker(RingView& view)
      : view_(view), geometry_(view.superblock().geometry), salt_(view.superblock().salt()) {}

  void check_slot(std::uint32_t slot);
  void add(Sequence sequence, const FooterLines& lines, bool sealed);
  RingCheck finish() &&;

  RingCheck result;

 private:
  // The newest record of a key: which segment it is in, and how long it is.
  struct Newest {
    Sequence sequence;
    std::uint32_t length = 0;
  };

  void check_again(std::uint32_t slot, Sequence sequence);
  void check_headless(std::uint32_t slot, const std::vector<std::uint8_t>& bytes);
  void note_damage(Sequence sequence, const SegmentCheck& check);
  void complain(const std::string& text) {
    if (result.complaints.size() < RingCheck::kMostComplaints) result.complaints.push_back(text);
  }
  std::string where(Sequence sequence, std::uint64_t in_segment) const {
    return fmt::format("segment {} at byte {}", sequence.number,
                       geometry_.offset_of(geometry_.slot_of(sequence.number)) + in_segment);
  }

  RingView& view_;
  const Geometry geometry_;
  const std::uint32_t salt_;
  std::unordered_map<std::uint64_t, Newest> pages_;
};

bool is_right(const SegmentCheck& check) { return check.damaged.empty() && !check.footer_damaged; }

void Checker::check_slot(std::uint32_t slot) {
  const auto bytes = view_.read_slot(slot);
  if (!bytes) {
    ++result.unreadable;
    return complain(fmt::format("slot {}: {}", slot, bytes.error().message));
  }
  const auto sequence = decode_segment_header(*bytes, salt_);
  if (!sequence || geometry_.slot_of(sequence->number) != slot) return check_headless(slot, *bytes);
  const auto check = check_segment(*bytes, *sequence, salt_, geometry_.segment_bytes);
  if (!is_right(check)) return check_again(slot, *sequence);
  add(*sequence, check.records, check.sealed);
}

// A daemon may have been writing just there.
void Checker::check_again(std::uint32_t slot, Sequence sequence) {
  const auto bytes = view_.read_slot(slot);
  const auto now = view_.sequence_in(slot);
  if (now && *now > sequence) {
    ++result.overwritten;
    return;
  }
  if (!bytes) {
    ++result.unreadable;
    return complain(fmt::format("slot {}: {}", slot, bytes.error().message));
  }
  const auto check = check_segment(*bytes, sequence, salt_, geometry_.segment_bytes);
  add(sequence, check.records, check.sealed);
  if (!is_right(check)) note_damage(sequence, check);
}

void Checker::note_damage(Sequence sequence, const SegmentCheck& check) {
  for (const std::uint32_t at : check.damaged) {
    ++result.damaged_records;
    complain(where(sequence, at) + ": a record is not right");
  }
  if (!check.footer_damaged) return;
  ++result.damaged_segments;
  complain(where(sequence, geometry_.segment_bytes - kTrailerBytes) + ": its end is not right");
}

// A slot that was never written is no damage; one whose end says that it was is.
void Checker::check_headless(std::uint32_t slot, const std::vector<std::uint8_t>& bytes) {
  if (bytes.size() < geometry_.segment_bytes) return;
  const auto sequence = sequence_of_trailer(bytes, salt_);
  if (!sequence || geometry_.slot_of(sequence->number) != slot || view_.sequence_in(slot)) return;
  ++result.damaged_segments;
  complain(where(*sequence, 0) + ": its beginning is not right");
}

// A segment that was left at a stop was written as far as its last record goes, in whole blocks.
void Checker::add(Sequence sequence, const FooterLines& lines, bool sealed) {
  ++result.segments;
  const std::uint64_t end = lines.empty() ? 0 : std::uint64_t{lines.back().offset} + lines.back().length;
  result.written_bytes += sealed ? geometry_.segment_bytes : (end + kBlock - 1) / kBlock * kBlock;
  for (const FooterLine& line : lines) {
    ++result.records;
    result.record_bytes += line.length;
    Newest& newest = pages_[line.key_hash];
    if (newest.sequence <= sequence) newest = {sequence, line.length};
  }
}

RingCheck Checker::finish() && {
  for (const auto& [hash, newest] : pages_) {
    ++result.pages;
    result.page_bytes += newest.length;
  }
  return std::move(result);
}

}  // namespace

RingCheck check_ring(RingView& view, const std::function<void(std::uint64_t)>& progress) {
  Checker checker(view);
  const Geometry& geometry = view.superblock().geometry;
  for (std::uint32_t slot = 0; slot < geometry.segment_count; ++slot) {
    checker.check_slot(slot);
    progress(std::uint64_t{geometry.segment_bytes} * (slot + 1));
  }
  return std::move(checker).finish();
}

Result<RingCheck> count_ring(RingView& view) {
  Checker checker(view);
  for (const Sequence& sequence : view.segments()) {
    const auto lines = view.records(sequence);
    if (!lines) return lines.error();
    checker.add(sequence, *lines, view.is_sealed(sequence));
  }
  return std::move(checker).finish();
}

}  // namespace larder::cache
