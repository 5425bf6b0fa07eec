// Report: how library code tells the program that something happened without knowing where logs go.
//
// The program hands one to whoever may have news that no return value can carry (a worker pool that restarted,
// a drive that failed). It may be called from any thread and must not block for long.
#pragma once

#include <functional>
#include <string_view>

namespace larder {

enum class Level { debug, info, warning, error };

using Report = std::function<void(Level, std::string_view)>;

}  // namespace larder
