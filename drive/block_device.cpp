#include "drive/block_device.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/byte_text.h"

namespace larder::drive {
namespace {

using Json = nlohmann::json;

// Labels of drives are not, but names of folders and models may be anything.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

bool take_text(const Json& from, const char* name, std::string& to) {
  const auto found = from.find(name);
  if (found == from.end() || (!found->is_string() && !found->is_null())) return false;
  if (found->is_string()) to = printable(found->get<std::string>());
  return true;
}

bool take_mounts(const Json& from, std::vector<std::string>& to) {
  const auto list = from.find("mountpoints");
  if (list == from.end() || !list->is_array()) return false;
  for (const Json& mount : *list) {
    if (!mount.is_string() && !mount.is_null()) return false;
    if (mount.is_string()) to.push_back(mount.get<std::string>());
  }
  return true;
}

bool take_device(const Json& from, BlockDevice& to);

bool take_children(const Json& from, std::vector<BlockDevice>& to) {
  const auto list = from.find("children");
  if (list == from.end()) return true;
  return list->is_array() && std::all_of(list->begin(), list->end(),
                                         [&](const Json& child) { return take_device(child, to.emplace_back()); });
}

bool take_device(const Json& from, BlockDevice& to) {
  if (!from.is_object()) return false;
  const auto size = from.find("size"), read_only = from.find("ro");
  if (size == from.end() || !size->is_number_unsigned() || read_only == from.end() || !read_only->is_boolean())
    return false;
  to.bytes = size->get<std::uint64_t>();
  to.read_only = read_only->get<bool>();
  return take_text(from, "kname", to.path) && !to.path.empty() && take_text(from, "type", to.type) &&
         take_text(from, "model", to.model) && take_text(from, "tran", to.bus) && take_mounts(from, to.mounted_on) &&
         take_children(from, to.children);
}

// A folder on a drive of Windows may have a name in whatever encoding.
Json parse_json(std::string text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_discarded()) return json;
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c >= 0x80; }, '?');
  return Json::parse(text, nullptr, false);
}

// /media/root-ro: the real root where overlayroot keeps the SD card from being written.
bool is_system(std::string_view mount) {
  constexpr std::array<std::string_view, 10> kSystem = {"/",     "/boot", "/etc", "/home",  "/opt",
                                                        "/root", "/usr",  "/var", "[SWAP]", "/media/root-ro"};
  return mount.starts_with("/boot/") || std::find(kSystem.begin(), kSystem.end(), mount) != kSystem.end();
}

using Row = std::array<std::string, 5>;

void add_rows(const BlockDevice& device, std::size_t depth, std::vector<Row>& rows) {
  const Content& content = device.content;
  std::string holds = content.type;
  if (!content.partitions.empty()) holds += (holds.empty() ? "" : ", ") + content.partitions + " partitions";
  if (holds.empty()) holds = device.children.empty() ? "nothing known" : "-";
  std::string mounts;
  for (const std::string& mount : device.mounted_on) mounts += (mounts.empty() ? "" : ", ") + printable(mount);
  rows.push_back({std::string(2 * depth, ' ') + device.path, format_bytes(device.bytes), holds, content.label, mounts});
  for (const BlockDevice& child : device.children) add_rows(child, depth + 1, rows);
}

}  // namespace

std::vector<std::string> lsblk_command() {
  return {"lsblk", "--json", "--bytes", "--tree", "--paths", "--output", "KNAME,TYPE,SIZE,MODEL,TRAN,RO,MOUNTPOINTS"};
}

Result<std::vector<BlockDevice>> parse_lsblk(std::string_view output) {
  // A warning may stand before it.
  const Json json = parse_json(std::string(output.substr(std::min(output.find('{'), output.size()))));
  std::vector<BlockDevice> devices;
  const auto list = json.is_object() ? json.find("blockdevices") : json.end();
  if (!json.is_object() || list == json.end() || !list->is_array())
    return Error{"lsblk said something else than a list of drives"};
  for (const Json& device : *list)
    if (!take_device(device, devices.emplace_back()))
      return Error{"lsblk describes a drive in words that are new here"};
  return devices;
}

const BlockDevice* find_device(const std::vector<BlockDevice>& devices, std::string_view path) {
  for (const BlockDevice& device : devices) {
    if (device.path == path) return &device;
    if (const BlockDevice* found = find_device(device.children, path)) return found;
  }
  return nullptr;
}

std::vector<std::string> all_mounts(const BlockDevice& device) {
  std::vector<std::string> mounts = device.mounted_on;
  for (const BlockDevice& child : device.children)
    for (std::string& mount : all_mounts(child)) mounts.push_back(std::move(mount));
  return mounts;
}

std::string system_mount(const BlockDevice& device) {
  const std::vector<std::string> mounts = all_mounts(device);
  const auto found = std::find_if(mounts.begin(), mounts.end(), is_system);
  return found == mounts.end() ? "" : *found;
}

// A logical volume over two drives is found below both.
std::string system_mount_of_drive(const std::vector<BlockDevice>& drives, std::string_view path) {
  for (const BlockDevice& drive : drives)
    if (drive.path == path || find_device(drive.children, path) != nullptr)
      if (std::string mount = system_mount(drive); !mount.empty()) return mount;
  return {};
}

std::string describe(const BlockDevice& device) {
  std::vector<Row> rows = {{"", "SIZE", "HOLDS", "LABEL", "MOUNTED ON"}};
  add_rows(device, 0, rows);
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  if (!device.model.empty()) text += device.model + (device.bus.empty() ? "" : " (" + device.bus + ")") + "\n";
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace larder::drive
