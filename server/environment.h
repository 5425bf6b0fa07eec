// Environment: whether this machine can do what the settings ask for. Reading settings is pure; this is the part that
// looks at the disk (directories, users) and so is called once, at the end of load_settings().
#pragma once

#include <vector>

#include "server/memory_plan.h"
#include "server/settings.h"

namespace larder::server {

// Looks only; what it makes to see whether a directory can be written is gone again at once. Every problem names the
// place that set the value, as far as `effective` knows it.
std::vector<Problem> check_environment(const Settings& settings, const std::vector<EffectiveSetting>& effective);

// What stands before /proc and /sys where Larder looks at the board: nothing, or LARDER_BOARD_ROOT, by which tests and
// demonstrations bring boards of their own.
std::string board_root();

// The plan of this machine, or of the group we run in, for these settings.
MemoryPlan memory_plan_for(const Settings& settings);

}  // namespace larder::server
