#include "server/packed_files.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cache/encoding.h"
#include "server/file_body.h"
#include "server/mime_type.h"
#include "server/representation.h"
#include "server/variants.h"

namespace larder::server {
namespace {

using cache::Coding;

std::string identity_of(const struct stat& status) {
  const auto time = [](const timespec& at) {
    return fmt::format("{}.{}", std::int64_t{at.tv_sec}, std::int64_t{at.tv_nsec});
  };
  return fmt::format("file:{}:{}:{}:{}:{}", status.st_dev, status.st_ino, time(status.st_mtim), time(status.st_ctim),
                     status.st_size);
}

bool may_pack(std::string_view type, const struct stat& status) {
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return size >= PackedFiles::kSmallest && size <= PackedFiles::kLargest && is_compressible(type);
}

// What somebody packed and laid beside the file as FILE.br or FILE.gz, if it is the file's text to the byte: one that
// was left over when the file changed is not. By the name that the kernel has for the file, which has no links in it.
cache::Body packed_beside(const Entry& file, Coding coding, const std::string& text) {
  std::error_code error;
  std::string name = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", file.fd.get()), error).string();
  if (error) return nullptr;
  name += coding == Coding::brotli ? ".br" : ".gz";
  const UniqueFd fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0 || size >= text.size()) return nullptr;
  auto packed = read_range(fd.get(), {0, size});
  if (!packed) return nullptr;
  const auto unpacked = decode(coding, *packed, text.size());
  if (!unpacked || *unpacked != text) return nullptr;
  return std::make_shared<const std::string>(*std::move(packed));
}

}  // namespace

FileForms PackedFiles::find(std::string_view name, const Entry& file, const RequestHead& head) {
  const std::string_view type = mime_type(name);
  FileForms forms{.several = may_pack(type, file.stat), .packed = nullptr};
  if (!forms.several) return forms;
  const auto accepted = accepted_codings(head);
  if (!accepted.takes(Coding::brotli) && !accepted.takes(Coding::gzip)) return forms;
  const std::string key = identity_of(file.stat);
  forms.packed = store_.find_in_memory(key);
  if (!forms.packed) ask_for(key, type, file);
  return forms;
}

void PackedFiles::ask_for(const std::string& key, std::string_view type, const Entry& file) {
  const Millis changed = Millis{file.stat.st_ctim.tv_sec} * 1'000 + file.stat.st_ctim.tv_nsec / 1'000'000;
  if (std::llabs(clock_.wall() - changed) < kSettled) return;
  const Millis now = clock_.steady();
  std::lock_guard lock(mutex_);
  if (recent_.has(key, now)) return;
  auto own = std::make_shared<Entry>(Entry{UniqueFd(::fcntl(file.fd.get(), F_DUPFD_CLOEXEC, 0)), file.stat});
  if (!own->fd) return;
  if (thread_.post([this, key, type = std::string(type), own] { pack(key, type, *own); }))
    recent_.remember(key, now + kPause);
}

void PackedFiles::pack(const std::string& key, std::string type, const Entry& file) {
  if (stopping_) return;
  auto text = read_range(file.fd.get(), {0, static_cast<std::uint64_t>(file.stat.st_size)});
  struct stat after {};
  if (!text || ::fstat(file.fd.get(), &after) != 0 || identity_of(after) != key) return;
  auto page = std::make_shared<cache::Page>();
  page->key = key;
  page->of_file = true;
  page->fields = {{"Content-Type", std::move(type)}};
  page->bodies = cache::Bodies(*std::move(text));
  page->created = clock_.wall();
  for (const Coding coding : {Coding::gzip, Coding::brotli})
    page->bodies.set(coding, packed_beside(file, coding, *page->bodies.in(Coding::identity)));
  compress(*page, counters_);
  page->bodies.set(Coding::identity, nullptr);  // that is the file; nothing at hand: it gets no smaller
  store_.put(std::move(page));
}

}  // namespace larder::server
