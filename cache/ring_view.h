// RingView: a ring as it lies on the drive, read without being changed or locked: a daemon may be writing it.
//
// What was overwritten while it was read is not there any more: an answer of "nothing", never an error and never other
// bytes. Pages that a daemon has forgotten only in its memory are still seen.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cache/page.h"
#include "cache/read_only_file.h"
#include "cache/recovery.h"
#include "cache/superblock.h"

namespace larder::cache {

// Where the ring of a cache.path is: in the folder, or the block device (or file) itself.
std::string ring_path(const std::string& cache_path);

class RingView {
 public:
  // An error says whether there is no ring, whether it may not be read, and whether it is one of another version.
  static Result<std::unique_ptr<RingView>> open(const std::string& path);

  const std::string& path() const { return path_; }
  const Superblock& superblock() const { return superblock_; }
  const ReadOnlyFile& file() const { return *file_; }

  // Oldest first. A slot whose header is not right, or cannot be read, is left out.
  const std::vector<Sequence>& segments();

  // The slot's bytes: fewer where the file ends. An error when the drive cannot read them.
  Result<std::vector<std::uint8_t>> read_slot(std::uint32_t slot);
  // The sequence that the slot has now.
  std::optional<Sequence> sequence_in(std::uint32_t slot);

  bool is_sealed(Sequence sequence);  // it was written to its end

  // The records of a segment by its footer, else by scanning it.
  Result<FooterLines> records(Sequence sequence) { return recovery_->read_records(sequence); }

  struct Found {
    PagePtr page;
    Sequence sequence;
    FooterLine line;
  };
  // The newest record of the key; its page is nullptr when that is damaged. nullopt: there is none.
  Result<std::optional<Found>> find(std::string_view key);

  // All pages, newest first; of each key only the newest record. Until `visit` says false.
  using Visit = std::function<bool(const Found&)>;
  Status for_each_page(const Visit& visit);

  // Until when the page is fresh, by itself and by what the superblock says of its run. Wall time.
  Millis fresh_until(const Found& found) const;

 private:
  RingView(std::string path, std::unique_ptr<ReadOnlyFile> file, const Superblock& superblock);
  Result<Found> read_page(Sequence sequence, const FooterLine& line, std::string_view key);

  const std::string path_;
  const std::unique_ptr<ReadOnlyFile> file_;
  const Superblock superblock_;
  const std::uint32_t salt_;
  std::unique_ptr<Recovery> recovery_;
};

}  // namespace larder::cache
