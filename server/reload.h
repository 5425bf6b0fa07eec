// Reload: which settings differ from those in effect, and which of them can change while Larder runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/settings.h"

namespace larder::server {

struct SettingChanges {
  std::vector<std::string> live, frozen;    // "cache.bypass_paths", "site blog.root"
  std::vector<EffectiveSetting> effective;  // once the live ones are taken
};

// `before`: what is in effect, `after`: what was read. Which are live says the table of settings.
SettingChanges changes_between(const std::vector<EffectiveSetting>& before, const std::vector<EffectiveSetting>& after);

// "settings read again; in effect now: server.headers; only after a restart: php.workers"
std::string describe(const SettingChanges& changes);

}  // namespace larder::server
