#include "server/ini.h"

#include <string>

#include "tests/support/catch.h"

using namespace larder::server;

namespace {

// The value of the only setting of "[s]\nk = TEXT", or the only problem in angle brackets.
std::string value_of(const std::string& text) {
  const Ini ini = parse_ini("[s]\nk = " + text + "\n");
  if (!ini.problems.empty()) return "<" + ini.problems.front().message + ">";
  REQUIRE(ini.sections.size() == 1);
  REQUIRE(ini.sections.front().settings.size() == 1);
  return ini.sections.front().settings.front().value;
}

std::string problem_of(const std::string& text) {
  const Ini ini = parse_ini(text);
  REQUIRE(ini.problems.size() == 1);
  return std::to_string(ini.problems.front().line) + ": " + ini.problems.front().message;
}

}  // namespace

TEST_CASE("An empty ini has neither sections nor problems") {
  for (const char* text : {"", "\n", "\r\n\r\n", "; only\n# comments\n  ; indented", "\xEF\xBB\xBF"}) {
    const Ini ini = parse_ini(text);
    CHECK(ini.sections.empty());
    CHECK(ini.problems.empty());
  }
}

TEST_CASE("Every setting knows its section and its line") {
  const Ini ini = parse_ini("; head\n[server]\nlisten = 80\n\nlisten=81\n[site  my blog ]\n\troot\t=\t/srv \n");
  REQUIRE(ini.problems.empty());
  REQUIRE(ini.sections.size() == 2);
  CHECK(ini.sections[0].name == "server");
  CHECK(ini.sections[0].instance.empty());
  CHECK(ini.sections[0].line == 2);
  CHECK(ini.sections[0].settings == std::vector<IniSetting>{{"listen", "80", 3}, {"listen", "81", 5}});
  CHECK(ini.sections[1].name == "site");
  CHECK(ini.sections[1].instance == "my blog");
  CHECK(ini.sections[1].settings == std::vector<IniSetting>{{"root", "/srv", 7}});
}

TEST_CASE("Line ends of both kinds, a byte order mark and a missing last newline change nothing") {
  const Ini ini = parse_ini("\xEF\xBB\xBF[a]\r\nk = v\r\n[b]\nk = w");
  REQUIRE(ini.problems.empty());
  REQUIRE(ini.sections.size() == 2);
  CHECK(ini.sections[0].settings == std::vector<IniSetting>{{"k", "v", 2}});
  CHECK(ini.sections[1].settings == std::vector<IniSetting>{{"k", "w", 4}});
}

TEST_CASE("A remark needs a blank before its semicolon") {
  CHECK(value_of("a ; remark") == "a");
  CHECK(value_of("a\t; remark") == "a");
  CHECK(value_of("a;b") == "a;b");
  CHECK(value_of("a;b ;c") == "a;b");
  CHECK(value_of("; remark") == "");
  CHECK(value_of("") == "");
  CHECK(value_of("a # no remark") == "a # no remark");
  CHECK(value_of("a = b") == "a = b");
}

TEST_CASE("Quotes keep blanks and semicolons") {
  CHECK(value_of("\" a ; b \"") == " a ; b ");
  CHECK(value_of("\"a\" ; remark") == "a");
  CHECK(value_of("\"a\"; remark") == "a");
  CHECK(value_of("\"\"") == "");
  CHECK(value_of(R"("say \"hi\" \\ C:\x")") == R"(say "hi" \ C:\x)");
  CHECK(value_of("X-A: \"inside\"") == "X-A: \"inside\"");
  CHECK(value_of("\"open") == "<k: the quotation mark is never closed>");
  CHECK(value_of("\"open\\\"") == "<k: the quotation mark is never closed>");
  CHECK(value_of("\"a\" b") == "<k: \"b\" after the closing quotation mark>");
}

TEST_CASE("A line of any length is read whole") {
  const std::string longest(100'000, 'x');
  CHECK(value_of(longest) == longest);
}

TEST_CASE("A line that is nothing known is a problem with its number, and reading goes on") {
  const Ini ini = parse_ini("[a]\ngarbage\nk = v\n= w\nk\x01 = x\n");
  REQUIRE(ini.problems.size() == 3);
  CHECK(ini.problems[0].line == 2);
  CHECK(ini.problems[0].message == "\"garbage\" is neither a [section] nor \"key = value\"");
  CHECK(ini.problems[1].line == 4);
  CHECK(ini.problems[1].message == "there is no name before the \"=\"");
  CHECK(ini.problems[2].line == 5);
  CHECK(ini.problems[2].message == "holds a control character");
  REQUIRE(ini.sections.size() == 1);
  CHECK(ini.sections[0].settings == std::vector<IniSetting>{{"k", "v", 3}});
}

TEST_CASE("A setting before the first section is a problem") {
  CHECK(problem_of("\nk = v\n").starts_with("2: \"k\" stands before the first section"));
}

TEST_CASE("A broken section header is one problem, not one for each setting below it") {
  CHECK(problem_of("[open\nk = v\nl = w\n") == "1: \"[open\" has no closing bracket");
  CHECK(problem_of("[]\nk = v\n").starts_with("1: the section has no name"));
  CHECK(problem_of("[a] b\nk = v\n") == "1: \"b\" after the section's closing bracket");
}

TEST_CASE("No bytes whatever make the parser do more than complain") {
  std::string bytes;
  unsigned seed = 1;
  for (int round = 0; round < 2000; ++round) {
    bytes.clear();
    for (int i = 0; i < 40; ++i) {
      seed = seed * 1664525 + 1013904223;
      constexpr char kAlphabet[] = "[]=;#\"\\ \t\r\nab\x00\x7F\xFF";
      bytes += kAlphabet[(seed >> 16) % (sizeof kAlphabet - 1)];
    }
    const Ini ini = parse_ini(bytes);
    for (const IniSection& section : ini.sections) CHECK_FALSE(section.name.empty());
  }
}
