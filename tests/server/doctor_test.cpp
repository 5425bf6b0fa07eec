#include "server/doctor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/boards.h"
#include "tests/support/catch.h"

using namespace larder::server;
using namespace larder::testing;

namespace {

constexpr const char* kCache = "/srv/larder/cache";

// A stick in a USB port of that speed, mounted as TunedPi has it.
void plug_stick(const BoardFiles& board, std::string_view speed, std::string_view fstab) {
  board.write("sys/devices/usb1/1-1/speed", speed);
  board.write("sys/devices/usb1/1-1/host0/block/sda/sda1/partition", "1\n");
  board.link("sys/class/block/sda1", "../../devices/usb1/1-1/host0/block/sda/sda1");
  board.link("dev/disk/by-uuid/0a1b-2c3d", "../../sda1");
  board.write("etc/fstab", fstab);
  board.write("sys/fs/ext4/sda1/errors_count", "0\n");
}

const Finding* find(const std::vector<Finding>& findings, std::string_view name) {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.name == name; });
  return at == findings.end() ? nullptr : &*at;
}

std::string mend_of(const std::vector<Finding>& findings, std::string_view name) {
  const Finding* finding = find(findings, name);
  return finding == nullptr ? "no such finding" : finding->mend;
}

std::vector<std::string> names_with(const std::vector<Finding>& findings, Verdict verdict) {
  std::vector<std::string> names;
  for (const Finding& finding : findings)
    if (finding.verdict == verdict) names.push_back(finding.name);
  return names;
}

// All checks that depend on nothing but the board's files.
std::vector<Finding> examine_board(const BoardFiles& board, const std::string& cache) {
  std::vector<Finding> findings;
  for (const auto check : {check_swap, check_pressure_information, check_memory_groups, check_dirty_bytes,
                           check_watchdog, check_journal, check_tmp, check_power, check_heat, check_clock})
    findings.push_back(check(board.root()));
  for (const auto check : {check_cache_place, check_usb_speed, check_mount_by_name, check_drive_health})
    findings.push_back(check(board.root(), cache));
  return findings;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("A stock board fails where it will be hurt, and each line says what mends it") {
  const StockPi board;
  board.write("etc/dphys-swapfile", "CONF_SWAPSIZE=100\n");
  board.write("boot/firmware/cmdline.txt", "x\n");
  board.write("var/log/journal/x", "");
  board.write("sys/class/watchdog/watchdog0/state", "inactive\n");
  const auto findings = examine_board(board, "/var/cache/larder");
  CHECK(names_with(findings, Verdict::fail) == Names{"swap", "cache drive"});
  CHECK(names_with(findings, Verdict::warn) ==
        Names{"psi", "memory groups", "dirty bytes", "watchdog", "journal", "/tmp", "clock"});
  CHECK(mend_of(findings, "swap") == "sudo systemctl disable --now dphys-swapfile");
  CHECK(mend_of(findings, "psi") == "sudo sed -i '1 s/$/ psi=1/' /boot/firmware/cmdline.txt && sudo reboot");
  CHECK(mend_of(findings, "memory groups") ==
        "sudo sed -i '1 s/$/ cgroup_enable=memory/' /boot/firmware/cmdline.txt && sudo reboot");
  CHECK(mend_of(findings, "dirty bytes").find("vm.dirty_bytes = 16777216") != std::string::npos);
  CHECK(mend_of(findings, "watchdog").find("RuntimeWatchdogSec=14") != std::string::npos);
  CHECK(mend_of(findings, "journal").find("Storage=volatile") != std::string::npos);
  CHECK(mend_of(findings, "/tmp").find("tmp.mount") != std::string::npos);
  CHECK(mend_of(findings, "cache drive") == "sudo larder setup-drive /dev/sda");
  CHECK(worst(findings) == Verdict::fail);
}

TEST_CASE("A tuned board passes everything") {
  const TunedPi board;
  plug_stick(board, "480\n", "UUID=0a1b-2c3d /srv/larder ext4 noatime 0 2\n");
  board.write("etc/systemd/journald.conf", "[Journal]\n#Storage=auto\n");
  board.write("etc/systemd/journald.conf.d/larder.conf", "[Journal]\nStorage=volatile\n");
  board.write("var/log/journal/x", "");
  board.write("sys/class/watchdog/watchdog0/state", "active\n");
  board.write("run/systemd/timesync/synchronized", "");
  const auto findings = examine_board(board, kCache);
  CHECK(names_with(findings, Verdict::warn).empty());
  CHECK(names_with(findings, Verdict::fail).empty());
  CHECK(worst(findings) == Verdict::pass);
  for (const Finding& finding : findings) CHECK(finding.mend.empty());
}

TEST_CASE(
    "Swap: the newest image's write-back fails with its own line, a swap partition with another, zram alone passes") {
  const NewStockPi4 board;
  CHECK(check_swap(board.root()).verdict == Verdict::fail);
  CHECK(check_swap(board.root()).mend.find("Mechanism=zram\\n") != std::string::npos);
  board.write("sys/block/zram0/backing_dev", "none\n");
  CHECK(check_swap(board.root()).verdict == Verdict::pass);
  board.write("proc/swaps", "Filename Type Size Used Priority\n/dev/mmcblk0p3 partition 5 0 -2\n");
  CHECK(check_swap(board.root()).mend ==
        "sudo swapoff /dev/mmcblk0p3 && sudo sed -i '\\|^/dev/mmcblk0p3[[:space:]]|d' /etc/fstab");
}

TEST_CASE("The command line of the kernel is where this image has it") {
  const StockPi board;
  board.write("boot/cmdline.txt", "x\n");
  CHECK(check_pressure_information(board.root()).mend.find(" /boot/cmdline.txt ") != std::string::npos);
}

TEST_CASE("The journal: what systemd would do with it decides") {
  const StockPi board;
  CHECK(check_journal(board.root()).verdict == Verdict::pass);  // auto, and no /var/log/journal
  board.write("etc/systemd/journald.conf", "[Journal]\nStorage=persistent\n");
  CHECK(check_journal(board.root()).verdict == Verdict::warn);
  board.write("usr/lib/systemd/journald.conf.d/40-rpi.conf", "[Journal]\nStorage=volatile\n");
  CHECK(check_journal(board.root()).verdict == Verdict::pass);
  board.write("etc/systemd/journald.conf.d/90-mine.conf", "[Journal]\nStorage=persistent\n");
  CHECK(check_journal(board.root()).verdict == Verdict::warn);
}

TEST_CASE("Power and heat: now fails or warns, a history warns, nobody knowing passes") {
  const StockPi board;
  constexpr std::string_view kThrottled = "sys/devices/platform/soc/soc:firmware/get_throttled";
  board.write(kThrottled, "50000\n");
  CHECK(check_power(board.root()).verdict == Verdict::warn);
  CHECK(check_heat(board.root()).verdict == Verdict::warn);
  board.write(kThrottled, "50001\n");
  CHECK(check_power(board.root()).verdict == Verdict::fail);
  board.write(kThrottled, "0\n");
  board.set_temperature(76'000);
  CHECK(check_heat(board.root()).verdict == Verdict::warn);
  const TempDir empty;
  CHECK(check_power(empty.path()).verdict == Verdict::pass);
  CHECK(check_heat(empty.path()).verdict == Verdict::pass);
}

TEST_CASE("A USB port is slow, or not as fast as the board has them") {
  const TunedPi pi3;
  plug_stick(pi3, "12\n", "");
  CHECK(check_usb_speed(pi3.root(), kCache).verdict == Verdict::fail);
  const TunedPi pi4(4);
  plug_stick(pi4, "480\n", "");
  CHECK(check_usb_speed(pi4.root(), kCache).verdict == Verdict::warn);
  pi4.write("sys/devices/usb1/1-1/speed", "5000\n");
  CHECK(check_usb_speed(pi4.root(), kCache).verdict == Verdict::pass);
  CHECK(check_usb_speed(StockPi().root(), kCache).verdict == Verdict::pass);
}

TEST_CASE("A drive mounted by the name of its place is told its own name, in the line of fstab where it stands") {
  const TunedPi board;
  plug_stick(board, "480\n", "# drives\nproc /proc proc defaults 0 0\n/dev/sda1 /srv/larder ext4 noatime 0 2\n");
  const Finding finding = check_mount_by_name(board.root(), kCache);
  CHECK(finding.verdict == Verdict::warn);
  CHECK(finding.mend == "sudo sed -i '3 s|^/dev/sda1|UUID=0a1b-2c3d|' /etc/fstab");
}

TEST_CASE("A drive with errors warns, one that went read-only fails") {
  const TunedPi board;
  plug_stick(board, "480\n", "");
  board.write("sys/fs/ext4/sda1/errors_count", "3\n");
  CHECK(check_drive_health(board.root(), kCache).verdict == Verdict::warn);
  CHECK(check_drive_health(board.root(), kCache).mend.find("e2fsck -f /dev/sda1") != std::string::npos);
  board.write("proc/self/mountinfo", "40 23 8:1 / /srv/larder ro,noatime shared:40 - ext4 /dev/sda1 ro\n");
  CHECK(check_drive_health(board.root(), kCache).verdict == Verdict::fail);
}

TEST_CASE("PHP must be there, and another php-fpm beside ours is waste") {
  Settings settings;
  settings.php.version = "auto";
  const TempDir programs;
  CHECK(check_php(settings, {programs.path()}).mend == "sudo apt install php-fpm");
  std::filesystem::create_symlink("/bin/true", programs / "php-fpm8.2");
  CHECK(check_php(settings, {programs.path()}).verdict == Verdict::pass);
  settings.php.version = "7.4";
  CHECK(check_php(settings, {programs.path()}).mend == "sudo apt install php7.4-fpm");

  const StockPi board;
  CHECK(check_other_php(board.root(), settings).verdict == Verdict::pass);
  board.link("etc/systemd/system/multi-user.target.wants/php8.2-fpm.service", "/lib/systemd/system/php8.2-fpm.service");
  CHECK(check_other_php(board.root(), settings).mend == "sudo systemctl disable --now php8.2-fpm.service");
  settings.php.address = larder::fastcgi::Address{"/run/php.sock", {}, 0};
  CHECK(check_other_php(board.root(), settings).verdict == Verdict::pass);
}

TEST_CASE("A port that another server has is freed by stopping that one") {
  const StockPi board;
  const TempDir dir;
  dir.write("taken", "");  // no socket: it cannot be listened on
  Settings settings;
  settings.server.listen.push_back({.unix_path = dir / "taken"});
  board.link("etc/systemd/system/multi-user.target.wants/nginx.service", "/lib/systemd/system/nginx.service");
  const Finding finding = check_port(board.root(), settings, false);
  CHECK(finding.verdict == Verdict::fail);
  CHECK(finding.mend == "sudo systemctl disable --now nginx.service");
  CHECK(check_port(board.root(), settings, true).verdict == Verdict::pass);
  settings.server.listen.front().unix_path = dir / "free";
  CHECK(check_port(board.root(), settings, false).verdict == Verdict::pass);
  CHECK_FALSE(std::filesystem::exists(dir / "free"));
}

TEST_CASE("Mistakes in the ini are a finding too") {
  LoadedSettings loaded;
  CHECK(check_settings(loaded, "").verdict == Verdict::pass);
  loaded.problems = {{"larder.ini:3", "unknown key"}, {"larder.ini:4", "another"}};
  CHECK(check_settings(loaded, "larder.ini").text == "larder.ini:3: unknown key (and 1 more)");
}

TEST_CASE("A machine without any of the files has findings, not failures of the doctor") {
  const TempDir empty;
  for (const Finding& finding : examine(empty.path(), {}, "")) {
    CHECK_FALSE(finding.name.empty());
    CHECK_FALSE(finding.text.empty());
  }
}

TEST_CASE("Findings are printed for people and as JSON, whatever bytes a path has") {
  const std::vector<Finding> findings = {{"swap", Verdict::fail, "on \xff", "sudo x"},
                                         {"psi", Verdict::pass, "there", ""}};
  CHECK(findings_text({findings[1]}) == "PASS  psi            there\n1 passed, 0 warnings, 0 failed\n");
  CHECK(findings_text(findings).find("      sudo x\n") != std::string::npos);
  const auto json = nlohmann::json::parse(findings_json(findings));
  CHECK(json["verdict"] == "FAIL");
  CHECK(json["findings"][0]["mend"] == "sudo x");
  CHECK(json["findings"][1]["verdict"] == "PASS");
}
