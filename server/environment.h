// Environment: whether this machine can do what the settings ask for. Reading settings is pure; this is the part that
// looks at the disk (directories, users) and so is called once, at the end of load_settings().
#pragma once

#include <vector>

#include "server/settings.h"

namespace larder::server {

// Looks only; what it makes to see whether a directory can be written is gone again at once. Every problem names the
// place that set the value, as far as `effective` knows it.
std::vector<Problem> check_environment(const Settings& settings, const std::vector<EffectiveSetting>& effective);

}  // namespace larder::server
