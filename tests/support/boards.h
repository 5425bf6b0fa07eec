// Boards: the files of /proc, /sys and /etc that Larder looks at, as a Raspberry Pi has them, in a directory.
//
// "Stock" is Raspberry Pi OS as it is written to a card; "tuned" is what INSTALL.md and `larder doctor` make of it.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace larder::testing {

class BoardFiles {
 public:
  const std::string& root() const { return dir_.path(); }

  void write(std::string_view name, std::string_view text) const { dir_.write(name, text); }
  void remove(std::string_view name) const { std::filesystem::remove_all(dir_ / name); }
  void link(std::string_view name, std::string_view target) const {
    const std::filesystem::path path = dir_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
  }

  // Percent of MemTotal.
  void set_available(int percent) const {
    write("proc/meminfo", "MemTotal:       " + std::to_string(total_kib_) + " kB\nMemFree:  1000 kB\nMemAvailable:   " +
                              std::to_string(total_kib_ / 100 * percent) + " kB\nSwapTotal:        102396 kB\n");
  }
  void set_vmstat(int swapped_out, int stalls, int major_faults) const {
    write("proc/vmstat", "nr_free_pages 100\npgpgin 1\npswpin 3\npswpout " + std::to_string(swapped_out) +
                             "\nallocstall_normal " + std::to_string(stalls) + "\nallocstall_movable " +
                             std::to_string(stalls) + "\npgfault 9\npgmajfault " + std::to_string(major_faults) +
                             "\nworkingset_refault_anon 5\nworkingset_refault_file 7\n");
  }
  void set_temperature(int millidegrees) const {
    write("sys/class/thermal/thermal_zone0/temp", std::to_string(millidegrees) + "\n");
  }

 protected:
  explicit BoardFiles(unsigned long total_kib) : total_kib_(total_kib) {
    set_available(60);
    set_vmstat(0, 0, 100);
    set_temperature(48'312);
  }

  void model(const std::string& name) const { write("proc/device-tree/model", name + '\0'); }
  void card_as_root() const {
    link("sys/dev/block/179:2",
         "../../devices/platform/soc/3f202000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0/mmcblk0p2");
    write("proc/self/mountinfo", kCardMounts);
  }

  static constexpr std::string_view kCardMounts =
      "23 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n"
      "24 23 0:21 / /proc rw shared:12 - proc proc rw\n"
      "25 23 0:22 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=184280k\n"
      "31 23 179:1 / /boot/firmware rw,relatime shared:30 - vfat /dev/mmcblk0p1 rw\n";
  static constexpr std::string_view kStickMount = "40 23 8:1 / /srv/larder rw,noatime shared:40 - ext4 /dev/sda1 rw\n";

 private:
  TempDir dir_;
  unsigned long total_kib_;
};

// Nothing but plenty of memory: how busy the machine is on which tests run is none of their business.
class CalmBoard : public BoardFiles {
 public:
  CalmBoard() : BoardFiles(4'000'000) {}
};

// Raspberry Pi OS (bookworm) as it comes, on a Pi 2 or 3: no memory groups, no PSI, a swap file on the card.
class StockPi : public BoardFiles {
 public:
  explicit StockPi(int number = 3) : BoardFiles(945'364) {
    model("Raspberry Pi " + std::to_string(number) + " Model B Rev 1.2");
    card_as_root();
    write("proc/swaps",
          "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/var/swap            file\t\t102396\t\t0\t\t-2\n");
    write("proc/cmdline",
          "coherent_pool=1M 8250.nr_uarts=0 cgroup_disable=memory console=tty1 root=PARTUUID=1234-02 rootwait\n");
    write("proc/self/cgroup", "0::/system.slice/larder.service\n");
    write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n");
    write("sys/fs/cgroup/system.slice/larder.service/cgroup.procs", "1\n");
    write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    write("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    write("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1200000\n");
    write("proc/sys/vm/dirty_bytes", "0\n");
    write("proc/sys/vm/dirty_ratio", "20\n");
  }
};

// The newest image: rpi-swap compresses in memory, and writes to a file on the card what has not been touched.
class NewStockPi4 : public BoardFiles {
 public:
  NewStockPi4() : BoardFiles(3'884'988) {
    model("Raspberry Pi 4 Model B Rev 1.4");
    card_as_root();
    write("proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1942492 12 100\n");
    write("sys/block/zram0/backing_dev", "/dev/loop0\n");
    write("sys/block/loop0/loop/backing_file", "/var/swap\n");
    write("proc/cmdline", "cgroup_disable=memory console=tty1 root=PARTUUID=1234-02 rootwait\n");
    write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n");
    write("proc/self/cgroup", "0::/system.slice/larder.service\n");
    write("sys/class/hwmon/hwmon2/name", "rpi_volt\n");
    write("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "0\n");
    write("proc/sys/vm/dirty_bytes", "0\n");
  }
};

// As it should be: no swap on the card, memory groups with a limit of 800 MiB, PSI, a stick for the cache.
class TunedPi : public BoardFiles {
 public:
  explicit TunedPi(int number = 3) : BoardFiles(945'364) {
    model("Raspberry Pi " + std::to_string(number) + " Model B Rev 1.2");
    link("sys/dev/block/179:2", "../../devices/x/block/mmcblk0/mmcblk0p2");
    link("sys/dev/block/8:1", "../../devices/y/block/sda/sda1");
    write("proc/self/mountinfo", std::string(kCardMounts) + std::string(kStickMount) +
                                     "41 23 0:40 / /tmp rw,nosuid,nodev shared:41 - tmpfs tmpfs rw\n");
    write("proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    write("proc/cmdline", "cgroup_enable=memory psi=1 console=tty1 root=PARTUUID=1234-02 rootwait\n");
    write("proc/pressure/memory",
          "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    write("proc/self/cgroup", "0::/system.slice/larder.service\n");
    write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
    const std::string group = "sys/fs/cgroup/system.slice/larder.service/";
    write(group + "memory.max", "838860800\n");
    write(group + "memory.current", "209715200\n");
    write(group + "memory.stat", "anon 104857600\ninactive_file 52428800\nactive_file 20971520\n");
    write(group + "memory.pressure", "some avg10=0.50 avg60=0.00 total=1\nfull avg10=0.10 avg60=0.00 total=1\n");
    write("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
    write("proc/sys/vm/dirty_bytes", "16777216\n");
  }
};

}  // namespace larder::testing
