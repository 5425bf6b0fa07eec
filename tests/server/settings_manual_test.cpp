// The packaged ini and manual page are made from the table of settings; this keeps them so.
// LARDER_WRITE_DOCS=1 in the environment makes them anew.
#include <cstdlib>
#include <fstream>

#include "server/ini.h"
#include "server/settings_table.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace larder::server;
using larder::testing::read_file;

namespace {

void check_packaged(const std::string& name, const std::string& text) {
  const std::string path = LARDER_SOURCE_ROOT "/packaging/" + name;
  if (std::getenv("LARDER_WRITE_DOCS") != nullptr) std::ofstream(path) << text;
  INFO("run this test with LARDER_WRITE_DOCS=1 to write " << path);
  const bool same = read_file(path) == text;  // not in the CHECK: a failure would print both files
  CHECK(same);
}

}  // namespace

TEST_CASE("packaging/larder.ini is what the table of settings says") { check_packaged("larder.ini", default_ini()); }

TEST_CASE("packaging/larder.ini.5 is what the table of settings says") {
  check_packaged("larder.ini.5", manual_page());
}

TEST_CASE("The packaged ini sets nothing, and still means every default once its semicolons are gone") {
  const Ini packaged = parse_ini(default_ini());
  CHECK(packaged.problems.empty());
  for (const IniSection& section : packaged.sections) CHECK(section.settings.empty());

  std::string uncommented;
  for (const char c : default_ini())
    if (c != ';' || !uncommented.ends_with('\n')) uncommented += c;
  const Ini ini = parse_ini(uncommented);
  CHECK(ini.problems.empty());
  std::size_t count = 0;
  for (const IniSection& section : ini.sections)
    for (const IniSetting& setting : section.settings) {
      const SettingSpec& spec = settings_table()[count++];
      CHECK(section.name == spec.section);
      CHECK(setting.key == spec.name);
      CHECK(setting.value == spec.fallback);
    }
  CHECK(count == settings_table().size());
}

TEST_CASE("No line of the packaged ini is wider than 120 columns, but for default lists") {
  const std::string ini = default_ini();
  for (std::size_t at = 0; at < ini.size();) {
    const std::size_t end = ini.find('\n', at);
    INFO(ini.substr(at, end - at));
    CHECK((end - at <= 120 || ini[at] == ';'));
    at = end + 1;
  }
}
