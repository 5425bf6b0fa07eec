// The texts that are made from the table: packaging/larder.ini and packaging/larder.ini.5.
#include <fmt/core.h>

#include <array>

#include "server/settings_table.h"

namespace larder::server {
namespace {

constexpr std::size_t kWidth = 100;

struct SectionText {
  std::string_view name, text;
};
constexpr std::array<SectionText, 8> kSections = {{
    {"server", "The HTTP side."},
    {"balancer", "What load balancers are told."},
    {"site",
     "The site. For several sites on one board write one section each, [site blog], [site shop] ..., with the hosts of "
     "each; the first one is the default."},
    {"php", "The PHP workers."},
    {"cache", "The page cache."},
    {"purge", "Who may have pages forgotten."},
    {"peers", "Other Larders before the same site, a rack of Pis for example."},
    {"log", "Logs. Larder's own news always goes to standard error, and so to the journal."},
}};

// "duration, 1s to 10m; live": the form of a value, its range in the units of that form, and how it can change.
std::string form_of(const SettingSpec& spec) {
  std::string form(spec.form);
  const std::string_view live = spec.live ? "; live" : "";
  if (spec.range.max == 0) return form.append(live);
  const bool size = spec.form.find("size") != std::string_view::npos;
  const bool duration = spec.form.find("duration") != std::string_view::npos;
  const auto show = [&](std::uint64_t value) {
    return size ? format_size(value) : duration ? format_duration(value) : std::to_string(value);
  };
  return form + fmt::format(", {} to {}{}", show(spec.range.min), show(spec.range.max), live);
}

std::string wrapped(std::string_view text, std::string_view prefix) {
  std::string result;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > kWidth) end = text.rfind(' ', kWidth);
    result += fmt::format("{}{}\n", prefix, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

// A leading dot or quote would be a request to roff, and a backslash or minus a special character.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '-') result += '\\';
    result += c == '\\' ? 'e' : c;
  }
  return result.starts_with('.') || result.starts_with('\'') ? "\\&" + result : result;
}

constexpr std::string_view kIniHead =
    R"(# Settings of Larder. Every setting stands here with its default; remove the ";" before it to change it.
# Sizes: bytes, or K, M, G (powers of 1024). Durations: ms, s, m, h, d. Lists: blanks or commas between.
# A value in double quotes keeps its blanks and semicolons; otherwise " ;" begins a remark.
# Those that are live change with "larder reload"; the others need "larder restart".
# "larder check" prints what is in effect, and complains line by line. Manual: larder.ini(5).
)";

constexpr std::string_view kManualHead = R"(.\" Made from the table in server/settings_table.cpp; do not edit.
.TH LARDER.INI 5 "" "Larder" "File formats"
.SH NAME
larder.ini \- settings of the page server Larder
.SH SYNOPSIS
.I /etc/larder/larder.ini
.SH DESCRIPTION
The file consists of sections, each a line
.BR [ \fIname\fP ],
and of settings, each a line
.IR "key " = " value" .
Lines that begin with
.B ;
or
.B #
are comments, and so is the rest of a line after a blank and a
.BR ; .
A value in double quotes keeps its blanks and semicolons; within the quotes
.B \e"
and
.B \e\e
stand for themselves.
.PP
Sizes are bytes, or carry one of the units K, M, G (powers of 1024).
Durations carry one of the units ms, s, m, h, d.
Lists have blanks or commas between their members; their keys may be repeated, and each line adds to the list.
A list in the file replaces the default list.
Any other key may be given only once.
.PP
Settings that are called live change when a running Larder reads them again
.RB ( "larder reload" ,
SIGHUP); the others need a restart.
.PP
.B larder check
prints every setting in effect with its origin, or one line for each mistake.
)";

constexpr std::string_view kManualTail = R"(.SH EXAMPLE
.nf
[server]
listen = [::]:80
trusted_proxies = 2001:db8::10
headers = X\-Clacks\-Overhead: GNU Terry Pratchett

[site]
root = /var/www/html

[cache]
path = /media/stick/larder
size = 8G
.fi
.SH SEE ALSO
.BR larder (1)
)";

}  // namespace

std::string default_ini() {
  std::string ini(kIniHead);
  for (const SectionText& section : kSections) {
    ini += "\n" + wrapped(section.text, "# ") + fmt::format("[{}]\n", section.name);
    for (const SettingSpec& spec : settings_table()) {
      if (spec.section != section.name) continue;
      ini += fmt::format("\n{}# ({})\n;{} = {}", wrapped(spec.reason, "# "), form_of(spec), spec.name, spec.fallback);
      if (spec.fallback.empty()) ini.pop_back();
      ini += '\n';
    }
  }
  return ini;
}

std::string manual_page() {
  std::string page(kManualHead);
  for (const SectionText& section : kSections) {
    page += fmt::format(".SH SECTION [{}]\n{}\n", section.name, roff(section.text));
    for (const SettingSpec& spec : settings_table()) {
      if (spec.section != section.name) continue;
      page += fmt::format(".TP\n.BR {} \" = {}\"\n{}\n", spec.name, roff(spec.fallback), roff(spec.reason));
      page += fmt::format("({})\n", roff(form_of(spec)));
    }
  }
  return page.append(kManualTail);
}

}  // namespace larder::server
