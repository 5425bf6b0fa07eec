// Any bytes as an ini file: the parser, and every value through the parsers of the table of settings.
#include <cstdlib>

#include "server/ini.h"
#include "server/settings_table.h"

using namespace larder::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const Ini ini = parse_ini(text);
  int lines = 1;
  for (const char c : text) lines += c == '\n';
  Settings settings;
  SiteSettings site;
  for (const IniSection& section : ini.sections) {
    if (section.name.empty() || section.line < 1 || section.line > lines) std::abort();
    for (const IniSetting& setting : section.settings) {
      if (setting.key.empty() || setting.line < 1 || setting.line > lines) std::abort();
      for (const SettingSpec& spec : settings_table()) {
        if (spec.name != setting.key) continue;
        const larder::Status status = spec.assign({settings, site, setting.value, spec.range});
        if (!status && status.error().message.empty()) std::abort();  // a refusal always says why
      }
    }
  }
  return 0;
}
