// Board: what machine this is, and how many cores it gives us. The roots are parameters so that tests can bring boards.
#pragma once

#include <string>

namespace larder::arm {

// "Raspberry Pi 3" from /proc/device-tree/model ("Raspberry Pi 3 Model B Rev 1.2" and a NUL); empty when the machine
// has no device tree. Other boards: their model up to " Model" or " Rev".
std::string board_model(const std::string& device_tree = "/proc/device-tree");

// Name for X-Served-By when the ini says "auto": the board's model, else the host name.
std::string default_served_by(const std::string& device_tree = "/proc/device-tree");

// Cores this process may use (sched_getaffinity), at least 1.
unsigned core_count();

// MemTotal in bytes.
unsigned long long memory_total(const std::string& meminfo = "/proc/meminfo");

}  // namespace larder::arm
