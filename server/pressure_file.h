// PressureFile: tells other processes of the board how Larder is doing: one word, in the runtime directory.
//
// `larder batch` reads it: a daemon in a memory group knows what nobody outside the group can see. The file lives in
// memory, is replaced as a whole, and goes with its directory; one left by a daemon that was killed counts for nothing.
// Threads: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/governor.h"

namespace larder::server {

Status write_pressure_file(const std::string& runtime_dir, governor::Pressure pressure);

// The highest that living daemons tell; none when there is none.
std::optional<governor::Pressure> read_pressure_files(const std::vector<std::string>& places);

}  // namespace larder::server
