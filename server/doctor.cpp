#include "server/doctor.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fastcgi/php_fpm.h"
#include "server/listener.h"
#include "server/peer_call.h"
#include "server/peer_mail.h"
#include "server/pressure_file.h"
#include "server/runtime_dir.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;

// Units that start by themselves and whose names begin so: "nginx.service".
std::string enabled_unit(const std::string& root, std::string_view beginning, std::string_view end) {
  std::error_code failed;
  for (fs::directory_iterator at(root + "/etc/systemd/system/multi-user.target.wants", failed), last;
       !failed && at != last; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(beginning) && name.ends_with(end)) return name;
  }
  return {};
}

std::string stop_unit(const std::string& unit) { return unit.empty() ? "" : "sudo systemctl disable --now " + unit; }

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::pass ? "PASS" : verdict == Verdict::warn ? "WARN" : "FAIL";
}

Finding check_php(const Settings& settings, const std::vector<std::string>& search) {
  if (settings.php.address) return {"php", Verdict::pass, "a pool of somebody else", ""};
  const std::string& version = settings.php.version;
  if (version.starts_with('/') && fastcgi::is_program(version)) return {"php", Verdict::pass, version, ""};
  for (const fastcgi::PhpBinary& binary : fastcgi::find_php_fpm(search))
    if (version == "auto" || version == binary.version) return {"php", Verdict::pass, binary.path, ""};
  if (version == "auto") return {"php", Verdict::fail, "no php-fpm is installed", "sudo apt install php-fpm"};
  return {"php", Verdict::fail, fmt::format("php.version = {} is not installed", version),
          version.starts_with('/') ? "" : fmt::format("sudo apt install php{}-fpm", version)};
}

Finding check_other_php(const std::string& root, const Settings& settings) {
  const std::string unit = settings.php.address ? "" : enabled_unit(root, "php", "-fpm.service");
  if (unit.empty()) return {"other php", Verdict::pass, "none starts beside ours", ""};
  return {"other php", Verdict::warn, fmt::format("{} starts beside ours, for nobody: 30 MB and more", unit),
          stop_unit(unit)};
}

Finding check_port(const std::string& root, const Settings& settings, bool larder_runs) {
  if (larder_runs) return {"port", Verdict::pass, "Larder runs", ""};
  for (const ListenAddress& address : settings.server.listen) {
    const auto listener = open_listener(address, settings.server.send_timeout);
    if (listener && !listener->unlink.empty()) ::unlink(listener->unlink.c_str());
    if (listener) continue;
    std::string unit;
    for (const char* name : {"nginx", "apache2", "lighttpd", "caddy", "varnish"})
      if (unit.empty()) unit = enabled_unit(root, name, ".service");
    return {"port", Verdict::fail, listener.error().message, stop_unit(unit)};
  }
  return {"port", Verdict::pass, "free", ""};
}

Finding check_peers(const Settings& settings) {
  const std::size_t all = settings.peers.nodes.size();
  const PeerMail nothing{.body = std::make_shared<const std::string>("{}")};
  std::string complaints;
  for (const PeerAddress& peer : settings.peers.nodes) {
    const std::string head = peer_request_head(peer, settings.purge.token, "doctor", nothing, 0);
    const auto status = call_peer(peer, head, *nothing.body, SystemClock(), -1, {.connect = 1'000, .answer = 2'000});
    if (status && is_taken(*status)) continue;
    complaints += fmt::format("{}{} takes no purges: {}", complaints.empty() ? "" : "; ", peer.url(),
                              status ? refusal_text(*status) : status.error().message);
  }
  if (complaints.empty()) return {"peers", Verdict::pass, fmt::format("{} take our purges", all), ""};
  return {"peers", Verdict::warn, complaints + "; they show old pages until they end", ""};
}

Finding check_settings(const LoadedSettings& loaded, const std::string& config_path) {
  if (loaded.problems.empty())
    return {"settings", Verdict::pass, config_path.empty() ? "the defaults" : config_path, ""};
  const Problem& first = loaded.problems.front();
  const std::size_t others = loaded.problems.size() - 1;
  return {"settings", Verdict::fail,
          fmt::format("{}: {}{}", first.where, first.message, others == 0 ? "" : fmt::format(" (and {} more)", others)),
          "larder check --quiet"};
}

std::vector<Finding> examine(const std::string& root, const LoadedSettings& loaded, const std::string& config_path) {
  const Settings& settings = loaded.settings;
  const std::string& path = settings.cache.path;
  std::vector<Finding> findings = {check_settings(loaded, config_path),
                                   check_swap(root),
                                   check_memory_groups(root),
                                   check_pressure_information(root),
                                   check_dirty_bytes(root),
                                   check_journal(root),
                                   check_tmp(root),
                                   check_power(root),
                                   check_heat(root),
                                   check_watchdog(root),
                                   check_clock(root),
                                   check_cache_place(root, path)};
  if (!path.empty())
    for (const auto check : {check_usb_speed, check_mount_by_name, check_drive_health})
      findings.push_back(check(root, path));
  findings.push_back(check_php(settings, fastcgi::PhpFpmOptions{}.search));
  if (!settings.peers.nodes.empty()) findings.push_back(check_peers(settings));
  findings.push_back(check_other_php(root, settings));
  findings.push_back(check_port(root, settings, read_pressure_files(RuntimeDir::places()).has_value()));
  return findings;
}

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text;
  std::size_t counts[3] = {};
  for (const Finding& finding : findings) {
    ++counts[static_cast<std::size_t>(finding.verdict)];
    text += fmt::format("{}  {:<14} {}\n", name_of(finding.verdict), finding.name, finding.text);
    if (!finding.mend.empty()) text += fmt::format("      {}\n", finding.mend);
  }
  return text + fmt::format("{} passed, {} warnings, {} failed\n", counts[0], counts[1], counts[2]);
}

std::string findings_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json json;
  json["verdict"] = name_of(worst(findings));
  auto& list = json["findings"] = nlohmann::ordered_json::array();
  for (const auto& [name, verdict, text, mend] : findings)
    list.push_back({{"name", name}, {"verdict", name_of(verdict)}, {"text", text}, {"mend", mend}});
  // What a path contains is anybody's; JSON is UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

Verdict worst(const std::vector<Finding>& findings) {
  Verdict verdict = Verdict::pass;
  for (const Finding& finding : findings) verdict = std::max(verdict, finding.verdict);
  return verdict;
}

}  // namespace larder::server
