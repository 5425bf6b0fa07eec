// The checks that need nothing but the files of the board.
#include <fmt/core.h>
#include <sys/timex.h>

#include <algorithm>
#include <filesystem>

#include "arm/board.h"
#include "arm/mounts.h"
#include "arm/sensors.h"
#include "arm/text_file.h"
#include "server/doctor.h"
#include "server/ini.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;

bool there(const std::string& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

bool is_raspberry_pi(const std::string& root) {
  return arm::board_model(root + "/proc/device-tree").starts_with("Raspberry Pi");
}

// A word more at the end of the kernel's command line, which must stay one line.
std::string kernel_word(const std::string& root, std::string_view word) {
  const bool old = !there(root + "/boot/firmware/cmdline.txt") && there(root + "/boot/cmdline.txt");
  return fmt::format("sudo sed -i '1 s/$/ {}/' {}/cmdline.txt && sudo reboot", word, old ? "/boot" : "/boot/firmware");
}

// The last value of a key of systemd's configuration: the file, then the drop-ins in the order of their names.
std::string systemd_setting(const std::string& root, const std::string& file, std::string_view key) {
  std::vector<std::string> paths = {root + "/etc/systemd/" + file}, drop_ins;
  for (const char* place : {"/usr/lib/systemd/", "/etc/systemd/", "/run/systemd/"}) {
    std::error_code failed;
    const std::string folder = fmt::format("{}{}{}.d", root, place, file);
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
      if (at->path().extension() == ".conf") drop_ins.push_back(at->path().string());
  }
  std::sort(drop_ins.begin(), drop_ins.end(),
            [](const std::string& a, const std::string& b) { return fs::path(a).filename() < fs::path(b).filename(); });
  paths.insert(paths.end(), drop_ins.begin(), drop_ins.end());
  std::string value;
  for (const std::string& path : paths)
    for (const IniSection& section : parse_ini(arm::read_text(path)).sections)
      for (const IniSetting& setting : section.settings)
        if (setting.key == key) value = setting.value;
  return value;
}

std::string drop_in(std::string_view file, std::string_view section, std::string_view line) {
  return fmt::format(
      "sudo mkdir -p /etc/systemd/{0}.d && printf '[{1}]\\n{2}\\n' | sudo tee /etc/systemd/{0}.d/larder.conf", file,
      section, line);
}

std::string without_swap(const std::string& root, const arm::SwapArea& area) {
  if (area.compressed || there(root + "/usr/lib/systemd/system-generators/rpi-swap-generator"))
    return "sudo mkdir -p /etc/rpi/swap.conf.d && printf '[Main]\\nMechanism=zram\\n' | "
           "sudo tee /etc/rpi/swap.conf.d/larder.conf && sudo reboot";
  if (there(root + "/etc/dphys-swapfile")) return "sudo systemctl disable --now dphys-swapfile";
  return fmt::format("sudo swapoff {0} && sudo sed -i '\\|^{0}[[:space:]]|d' /etc/fstab", area.name);
}

}  // namespace

Finding check_swap(const std::string& root) {
  const auto areas = arm::swap_areas(root);
  const auto bad = std::find_if(areas.begin(), areas.end(), [](const arm::SwapArea& area) { return area.on_card(); });
  if (bad != areas.end()) {
    const std::string_view how = bad->compressed ? "compressed swap is written back to" : "memory is swapped to";
    return {"swap", Verdict::fail,
            fmt::format("{} the SD card ({} on {}): it wears the card, and a board that swaps there stands still", how,
                        bad->name, bad->device),
            without_swap(root, *bad)};
  }
  if (areas.empty()) return {"swap", Verdict::pass, "none", ""};
  return {"swap", Verdict::pass, fmt::format("{}, not on the SD card", areas.front().name), ""};
}

Finding check_pressure_information(const std::string& root) {
  if (!arm::read_text(root + "/proc/pressure/memory").empty()) return {"psi", Verdict::pass, "there", ""};
  return {"psi", Verdict::warn,
          "the kernel does not tell how long tasks wait for memory: pressure is seen later, by MemAvailable alone",
          kernel_word(root, "psi=1")};
}

Finding check_memory_groups(const std::string& root) {
  const std::string controllers =
      " " + std::string(arm::trimmed(arm::read_text(root + "/sys/fs/cgroup/cgroup.controllers"))) + " ";
  const bool found = controllers.find(" memory ") != std::string::npos || there(root + "/sys/fs/cgroup/memory");
  if (found) return {"memory groups", Verdict::pass, "there", ""};
  return {"memory groups", Verdict::warn, "off: MemoryHigh= and MemoryMax= of systemd do nothing",
          kernel_word(root, "cgroup_enable=memory")};
}

Finding check_dirty_bytes(const std::string& root) {
  constexpr std::uint64_t kEnough = 64 * kMiB;
  const std::uint64_t bytes = arm::number_at_start(arm::read_text(root + "/proc/sys/vm/dirty_bytes")).value_or(0);
  if (bytes > 0 && bytes <= kEnough) return {"dirty bytes", Verdict::pass, fmt::format("{} MiB", bytes / kMiB), ""};
  return {
      "dirty bytes", Verdict::warn,
      "the kernel collects a fifth of the memory before it writes: a slow drive then stops everybody for half a minute",
      "printf 'vm.dirty_background_bytes = 4194304\\nvm.dirty_bytes = 16777216\\n' | "
      "sudo tee /etc/sysctl.d/60-larder.conf && sudo sysctl --system"};
}

Finding check_watchdog(const std::string& root) {
  const std::string state(arm::trimmed(arm::read_text(root + "/sys/class/watchdog/watchdog0/state")));
  if (state == "active") return {"watchdog", Verdict::pass, "the hardware watches the system", ""};
  if (!there(root + "/sys/class/watchdog/watchdog0"))
    return is_raspberry_pi(root)
               ? Finding{"watchdog", Verdict::warn, "off: a board that hangs stays so until somebody pulls its plug",
                         "echo dtparam=watchdog=on | sudo tee -a /boot/firmware/config.txt && sudo reboot"}
               : Finding{"watchdog", Verdict::pass, "this machine has none", ""};
  const std::string time = systemd_setting(root, "system.conf", "RuntimeWatchdogSec");
  if (!time.empty() && time != "off" && time != "0" && time != "0s")
    return {"watchdog", Verdict::pass, "every " + time, ""};
  return {"watchdog", Verdict::warn,
          "there, but nobody asks it to watch: a board that hangs stays so until somebody pulls its plug",
          drop_in("system.conf", "Manager", "RuntimeWatchdogSec=14") + " && sudo systemctl daemon-reexec"};
}

Finding check_journal(const std::string& root) {
  const std::string storage = systemd_setting(root, "journald.conf", "Storage");
  const bool in_memory =
      storage == "volatile" || storage == "none" || (storage != "persistent" && !there(root + "/var/log/journal"));
  if (in_memory) return {"journal", Verdict::pass, "in memory", ""};
  if (!arm::is_card(arm::mount_of(arm::mounts(root), "/var/log").device))
    return {"journal", Verdict::pass, "not on the SD card", ""};
  return {"journal", Verdict::warn, "every line of the log is written to the SD card",
          drop_in("journald.conf", "Journal", "Storage=volatile") + " && sudo systemctl restart systemd-journald"};
}

Finding check_tmp(const std::string& root) {
  const arm::Mount mount = arm::mount_of(arm::mounts(root), "/tmp");
  if (mount.type == "tmpfs") return {"/tmp", Verdict::pass, "in memory", ""};
  if (!arm::is_card(mount.device)) return {"/tmp", Verdict::pass, "not on the SD card", ""};
  return {
      "/tmp", Verdict::warn, "temporary files are written to the SD card",
      "sudo cp /usr/share/systemd/tmp.mount /etc/systemd/system/ && sudo systemctl enable tmp.mount && sudo reboot"};
}

Finding check_power(const std::string& root) {
  const arm::SensorReading reading = arm::Sensors(root).read();
  constexpr std::string_view kAdvice = "use the power supply made for this board, and a short cable";
  if (reading.under_voltage) return {"power", Verdict::fail, fmt::format("too weak, now: {}", kAdvice), ""};
  if (reading.was_under_voltage == true)
    return {"power", Verdict::warn, fmt::format("was too weak since the start: {}", kAdvice), ""};
  return {"power", Verdict::pass,
          reading.was_under_voltage ? "never too weak since the start" : "nobody watches it here", ""};
}

Finding check_heat(const std::string& root) {
  const arm::SensorReading reading = arm::Sensors(root).read();
  if (!is_raspberry_pi(root)) return {"heat", Verdict::pass, "not a Raspberry Pi", ""};
  const std::string now = reading.temperature ? fmt::format("{:.0f} degrees", *reading.temperature) : "no thermometer";
  constexpr double kHot = 75;
  if (reading.throttled || reading.temperature.value_or(0) >= kHot)
    return {"heat", Verdict::warn, now + ": the processor is slowed down; give it a heat sink or air", ""};
  if (reading.was_throttled == true)
    return {"heat", Verdict::warn, now + "; it was slowed down since the start: give it a heat sink or air", ""};
  return {"heat", Verdict::pass, now, ""};
}

// Without a real-time clock a board that does not know the time takes its pages for stale.
Finding check_clock(const std::string& root) {
  timex time{};
  const bool known = there(root + "/run/systemd/timesync/synchronized") ||
                     (root.empty() && ::adjtimex(&time) >= 0 && (time.status & STA_UNSYNC) == 0);
  if (known) return {"clock", Verdict::pass, "synchronised", ""};
  return {"clock", Verdict::warn, "not synchronised: pages from before the start count as stale until it is",
          "sudo timedatectl set-ntp true"};
}

}  // namespace larder::server
