#include "cache/foreign_content.h"

#include <blkid/blkid.h>

#include <memory>

namespace larder::cache {

Result<std::string> foreign_content(int fd) {
  constexpr int kNothing = 1, kSeveral = -2;
  const std::unique_ptr<blkid_struct_probe, decltype(&blkid_free_probe)> probe(blkid_new_probe(), &blkid_free_probe);
  if (!probe || blkid_probe_set_device(probe.get(), fd, 0, 0) != 0)
    return Error{"what it holds cannot be found out", EIO};
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_enable_partitions(probe.get(), 1);
  const int found = blkid_do_safeprobe(probe.get());
  if (found == kNothing) return std::string();
  if (found == kSeveral) return std::string("several things");
  if (found != 0) return Error{"what it holds cannot be found out", EIO};
  const char* type = nullptr;
  if (blkid_probe_lookup_value(probe.get(), "TYPE", &type, nullptr) == 0) return std::string(type);
  if (blkid_probe_lookup_value(probe.get(), "PTTYPE", &type, nullptr) == 0)
    return std::string("a partition table of type ") + type;
  return std::string("something");
}

}  // namespace larder::cache
