#include "server/reload.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "server/settings_table.h"

namespace larder::server {
namespace {

bool is_live(const EffectiveSetting& setting) {
  const std::string_view section = std::string_view(setting.section).substr(0, setting.section.find(' '));
  const auto table = settings_table();
  return std::any_of(table.begin(), table.end(), [&](const SettingSpec& spec) {
    return spec.live && spec.section == section && spec.name == setting.name;
  });
}

const EffectiveSetting* find(const std::vector<EffectiveSetting>& among, const EffectiveSetting& wanted) {
  const auto found = std::find_if(among.begin(), among.end(), [&](const EffectiveSetting& one) {
    return one.section == wanted.section && one.name == wanted.name;
  });
  return found == among.end() ? nullptr : &*found;
}

}  // namespace

SettingChanges changes_between(const std::vector<EffectiveSetting>& before,
                               const std::vector<EffectiveSetting>& after) {
  SettingChanges changes;
  const auto note = [&](const EffectiveSetting& setting) {
    (is_live(setting) ? changes.live : changes.frozen).push_back(setting.section + "." + setting.name);
  };
  for (const EffectiveSetting& now : after) {
    const EffectiveSetting* was = find(before, now);
    if (was == nullptr || was->value != now.value) note(now);
    changes.effective.push_back(was != nullptr && !is_live(now) ? *was : now);
  }
  for (const EffectiveSetting& was : before)
    if (find(after, was) == nullptr) note(was);  // of a site that is gone
  return changes;
}

std::string describe(const SettingChanges& changes) {
  std::string text = "settings read again";
  if (changes.live.empty() && changes.frozen.empty()) return text + "; none has changed";
  if (!changes.live.empty()) text += fmt::format("; in effect now: {}", fmt::join(changes.live, ", "));
  if (!changes.frozen.empty()) text += fmt::format("; only after a restart: {}", fmt::join(changes.frozen, ", "));
  return text;
}

}  // namespace larder::server
