// Ini: the lines of an ini file, each with its number. Pure; knows no setting by name.
//
// Our own because the usual small library (inih) cuts lines at 200 bytes and hides line numbers from its handler, and
// lists of cookies are longer than that while every complaint of ours names its line.
//
// Grammar, line by line (LF or CRLF, an UTF-8 byte order mark is skipped):
//   [name] or [name instance]      begins a section; the same section may be continued later
//   key = value                    blanks around both are dropped; the value may be empty
//   key = value ; remark           a ';' after a blank begins a remark; other ';' belong to the value
//   key = "value"                  quoted: keeps blanks at its ends and ';'; \" and \\ stand for themselves
//   ; comment, # comment           at the beginning of a line, after any blanks
// Anything else is a problem; reading goes on with the next line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace larder::server {

struct IniSetting {
  std::string key, value;
  int line = 0;
  bool operator==(const IniSetting&) const = default;
};

struct IniSection {
  std::string name, instance;  // "[site blog]": "site", "blog"
  int line = 0;
  std::vector<IniSetting> settings;  // in order, repeated keys repeated
};

struct IniProblem {
  int line = 0;
  std::string message;
};

struct Ini {
  std::vector<IniSection> sections;  // in order of their headers, continued ones repeated
  std::vector<IniProblem> problems;
};

Ini parse_ini(std::string_view text);

}  // namespace larder::server
