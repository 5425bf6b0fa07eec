#include "server/ini.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/result.h"

namespace larder::server {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

// Where a ';' with a blank (or nothing) before it begins a remark.
std::size_t remark_start(std::string_view text) {
  for (std::size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1))
    if (at == 0 || kBlanks.find(text[at - 1]) != std::string_view::npos) return at;
  return text.size();
}

Result<std::string> parse_quoted(std::string_view text) {
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    const bool escape = text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (escape) ++at;
    value += text[at];
  }
  if (at == text.size()) return Error{"the quotation mark is never closed"};
  const std::string_view rest = trim(text.substr(at + 1));
  if (!rest.empty() && rest.front() != ';') return Error{fmt::format("\"{}\" after the closing quotation mark", rest)};
  return value;
}

Result<std::string> parse_value(std::string_view text) {
  text = trim(text);
  if (text.starts_with('"')) return parse_quoted(text);
  return std::string(trim(text.substr(0, remark_start(text))));
}

class Parser {
 public:
  Ini take() && { return std::move(ini_); }

  void line(std::string_view text) {
    ++number_;
    text = trim(text);
    if (text.empty() || text.front() == ';' || text.front() == '#') return;
    if (std::any_of(text.begin(), text.end(), is_control)) return problem("holds a control character");
    if (text.front() == '[') return header(text);
    setting(text);
  }

 private:
  void problem(std::string message) { ini_.problems.push_back({number_, std::move(message)}); }

  void header(std::string_view text) {
    skipping_ = true;  // until the header proves good: what follows a bad one would only repeat the complaint
    const auto end = text.find(']');
    if (end == std::string_view::npos) return problem(fmt::format("\"{}\" has no closing bracket", text));
    const std::string_view rest = trim(text.substr(end + 1));
    if (!rest.empty() && rest.front() != ';' && rest.front() != '#')
      return problem(fmt::format("\"{}\" after the section's closing bracket", rest));
    const std::string_view inside = trim(text.substr(1, end - 1));
    const std::string_view name = inside.substr(0, inside.find_first_of(kBlanks));
    if (name.empty()) return problem("the section has no name; write [server], [site], [php], [cache] or [log]");
    ini_.sections.push_back({std::string(name), std::string(trim(inside.substr(name.size()))), number_, {}});
    skipping_ = false;
  }

  void setting(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
      return problem(fmt::format("\"{}\" is neither a [section] nor \"key = value\"", text));
    const std::string_view key = trim(text.substr(0, equals));
    if (key.empty()) return problem("there is no name before the \"=\"");
    if (skipping_) return;
    if (ini_.sections.empty())
      return problem(fmt::format("\"{}\" stands before the first section; put it below [server], [site], ...", key));
    auto value = parse_value(text.substr(equals + 1));
    if (!value) return problem(fmt::format("{}: {}", key, value.error().message));
    ini_.sections.back().settings.push_back({std::string(key), std::move(*value), number_});
  }

  Ini ini_;
  int number_ = 0;
  bool skipping_ = false;
};

}  // namespace

Ini parse_ini(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Parser parser;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    parser.line(line);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return std::move(parser).take();
}

}  // namespace larder::server
