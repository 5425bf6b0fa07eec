// Foreign content: what a block device holds that is not ours: a file system, swap, a partition table ... libblkid(3);
// the only file that includes its header.
#pragma once

#include <string>

#include "base/result.h"

namespace larder::cache {

// "ext4"; empty when there is nothing that anybody knows. The file may be a regular one.
Result<std::string> foreign_content(int fd);

}  // namespace larder::cache
