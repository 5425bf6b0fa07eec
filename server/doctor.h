// Doctor: looks at what the board and its system lack to live through a busy day, and says the line that mends it.
//
// Each check is a function from the files of the board (under any root) to a Finding; none changes anything. FAIL: this
// will hurt; WARN: it costs something; PASS: as it should be, or of no matter on this machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/settings.h"

namespace larder::server {

enum class Verdict { pass, warn, fail };
std::string_view name_of(Verdict);  // "PASS"

struct Finding {
  std::string name;  // "swap"
  Verdict verdict = Verdict::pass;
  std::string text;  // what was found, and what it costs
  std::string mend;  // the line for a shell; empty when nothing is to be done, or no line does it
};

// --- Checks
// -----------------------------------------------------------------------------------------------------------

Finding check_swap(const std::string& root);
Finding check_pressure_information(const std::string& root);  // PSI
Finding check_memory_groups(const std::string& root);
Finding check_dirty_bytes(const std::string& root);
Finding check_watchdog(const std::string& root);
Finding check_journal(const std::string& root);
Finding check_tmp(const std::string& root);
Finding check_power(const std::string& root);
Finding check_heat(const std::string& root);
Finding check_clock(const std::string& root);

// Of the drive that `path` (cache.path) lies on.
Finding check_cache_place(const std::string& root, const std::string& path);
Finding check_usb_speed(const std::string& root, const std::string& path);
Finding check_mount_by_name(const std::string& root, const std::string& path);
Finding check_drive_health(const std::string& root, const std::string& path);

Finding check_php(const Settings& settings, const std::vector<std::string>& search);
Finding check_other_php(const std::string& root, const Settings& settings);
Finding check_port(const std::string& root, const Settings& settings, bool larder_runs);
Finding check_peers(const Settings& settings);  // asks each of them to purge nothing
Finding check_settings(const LoadedSettings& loaded, const std::string& config_path);

// --- All of them
// ------------------------------------------------------------------------------------------------------

std::vector<Finding> examine(const std::string& root, const LoadedSettings& loaded, const std::string& config_path);

std::string findings_text(const std::vector<Finding>& findings);
std::string findings_json(const std::vector<Finding>& findings);
Verdict worst(const std::vector<Finding>& findings);

}  // namespace larder::server
