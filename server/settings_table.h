// The table of all settings: the one place that declares a setting. The parser, `larder check`, packaging/larder.ini
// and the manual page are made from it.
//
// To add a setting: a member in Settings, a line in the table, and `LARDER_WRITE_DOCS=1` for the test that compares
// the packaged files (tests/server/settings_manual_test.cpp).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/setting_value.h"
#include "server/settings.h"

namespace larder::server {

// Where a value goes. `site` is the site whose section is being read; settings of other sections leave it alone.
struct Assignment {
  Settings& settings;
  SiteSettings& site;
  std::string_view text;
  Range range;
};

struct SettingSpec {
  std::string_view section, name, fallback;
  bool list;              // may be given several times; each adds to the ones before
  std::string_view form;  // what a value looks like, for people
  Range range;
  std::string_view reason;  // what it does and why one would change it
  Status (*assign)(const Assignment&);
  bool live = false;  // SIGHUP changes it; the others have become sockets, threads, memory or PHP's own settings
};

std::span<const SettingSpec> settings_table();

// The commented ini file, and the manual page in roff.
std::string default_ini();
std::string manual_page();

}  // namespace larder::server
