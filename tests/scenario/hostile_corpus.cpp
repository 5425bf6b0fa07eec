#include "tests/scenario/hostile_corpus.h"

#include <algorithm>
#include <iterator>

#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

struct Forbidden {
  std::string_view text, meaning;
};

// What no answer may hold. "secret-" is in every planted file that is not for the public; "evil-upload-ran" is printed
// and stands in no source; "poison:" is what the front controller says when it was told what it must not be told.
constexpr Forbidden kForbidden[] = {
    {"secret-", "a secret was sent"},
    {"<?php", "the source of a script was sent"},
    {"evil-upload-ran", "an uploaded script was run"},
    {"poison:", "PHP was told what it must not be told"},
    {"\nX-Injected:", "a header line was injected"},
    {"\nLocation: //", "a redirect leads to another host"},
    {"\nLocation: /\\", "a redirect leads to another host"},
    {"\nLocation: http://evil", "a redirect leads to another host"},
};

constexpr std::string_view kStatusLine = "HTTP/1.";
constexpr std::string_view kCanary = "canary-was-answered";

// The status of a line "HTTP/1.1 200 ", or 0 when it is none.
int status_of(std::string_view line) {
  if (line.size() < 13 || !line.starts_with(kStatusLine) || (line[7] != '0' && line[7] != '1')) return 0;
  if (line[8] != ' ' || line[12] != ' ') return 0;
  int status = 0;
  for (const char c : line.substr(9, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

// The statuses of all final answers. They are looked for everywhere, since a body may end without a line end; an error
// page that names "HTTP/1.0" holds no status line.
std::vector<int> final_statuses(std::string_view response) {
  std::vector<int> statuses;
  for (auto at = response.find(kStatusLine); at != std::string_view::npos; at = response.find(kStatusLine, at + 1))
    if (const int status = status_of(response.substr(at)); status >= 200) statuses.push_back(status);
  return statuses;
}

// libmicrohttpd 0.9.75 sends the head of a 400 or 413 of its own making twice, then the body, then closes: one answer,
// said clumsily. Only that is forgiven.
std::string_view without_repeated_head(std::string_view response) {
  const auto end = response.find("\r\n\r\n");
  const int status = status_of(response);
  if ((status != 400 && status != 413) || end == std::string_view::npos) return response;
  const auto head = response.substr(0, end + 4), rest = response.substr(end + 4);
  const bool closes = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
  return closes && rest.starts_with(head) ? rest : response;
}

std::optional<std::string> forbidden_text(const HostileCase& attack, std::string_view response) {
  for (const Forbidden& forbidden : kForbidden)
    if (response.find(forbidden.text) != std::string_view::npos) return std::string(forbidden.meaning);
  if (!attack.canary && response.find(kCanary) != std::string_view::npos) return "the hidden request was answered";
  return std::nullopt;
}

void append(std::vector<HostileCase>& all, std::vector<HostileCase> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

std::vector<HostileCase> hostile_corpus() {
  std::vector<HostileCase> all = hostile_framing();
  append(all, hostile_chunks());
  append(all, hostile_hosts());
  append(all, hostile_fields());
  append(all, hostile_request_lines());
  append(all, hostile_targets());
  return all;
}

std::vector<PlantedFile> hostile_site() {
  const std::string config = "<?php $password = 'secret-password';\n";
  const std::string evil = "<?php echo 'evil-' . 'upload-ran';\n";
  const std::string front =
      "<?php\n"
      "header('Cache-Control: no-store');\n"
      "foreach (['HTTP_PROXY', 'HTTP_X_FORWARDED_HOST', 'HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_PROTO',\n"
      "          'HTTP_X_FORWARDED_PREFIX', 'HTTP_FORWARDED', 'HTTP_X_HOST', 'HTTP_X_ORIGINAL_URL',\n"
      "          'HTTP_X_REWRITE_URL', 'HTTP_X_REAL_IP', 'HTTPS', 'REMOTE_USER', 'PHP_VALUE'] as $name)\n"
      "    if (isset($_SERVER[$name])) echo 'poison' . \":$name\\n\";\n"
      "if (strpos($_SERVER['HTTP_HOST'] ?? '', 'evil') !== false) echo 'poison' . \":HTTP_HOST\\n\";\n"
      "if ($_SERVER['REMOTE_ADDR'] === '6.6.6.6') echo 'poison' . \":REMOTE_ADDR\\n\";\n"
      "if ($_SERVER['SCRIPT_NAME'] !== '/index.php') echo 'poison' . \":SCRIPT_NAME\\n\";\n"
      "echo \"front controller\\n\";\n";
  return {{"index.php", front},
          {"style.css", "p { color: #333 }\n"},
          {"docs/index.html", "the docs\n"},
          {"canary-second", std::string(kCanary) + "\n"},
          {".well-known/security.txt", "Contact: admin@larder.test\n"},
          {"../secret.txt", "secret-outside\n"},
          {".env", "secret-env\n"},
          {".git/config", "secret-git\n"},
          {".well-known/.env", "secret-env\n"},
          {"docs/.env", "secret-env\n"},
          {"wp-config.php", config},
          {"wp-config.php.bak", config},
          {"wp-config.php.save", config},
          {"wp-config.php~", config},
          {"#wp-config.php#", config},
          {"shout.PHP", config},
          {"old.phtml", config},
          {"uploads/evil.php", evil},
          {"uploads/evil.PHP", evil},
          {"uploads/evil.phtml", evil},
          {"uploads/x.jpg", evil},
          {"uploads/deep/index.php", evil}};
}

std::vector<std::string> hostile_settings() {
  return {"site.front_controller=/index.php", "php.deny=/uploads/", "server.header_timeout=1s",
          "server.keepalive_timeout=1s"};
}

std::optional<std::string> verdict(const HostileCase& attack, std::string_view response) {
  if (auto found = forbidden_text(attack, response)) return found;
  if (response.empty()) return attack.silence ? std::nullopt : std::optional<std::string>("no answer");
  if (status_of(response) == 0) return "the answer does not begin with a status line";
  const std::vector<int> statuses = final_statuses(without_repeated_head(response));
  if (statuses.empty()) return "no final answer";
  if (statuses.size() > static_cast<std::size_t>(attack.answers))
    return std::to_string(statuses.size()) + " answers, at most " + std::to_string(attack.answers) + " may come";
  for (const int status : statuses)
    if (std::find(attack.statuses.begin(), attack.statuses.end(), status) == attack.statuses.end())
      return "status " + std::to_string(status) + " is not acceptable";
  return std::nullopt;
}

}  // namespace larder::testing
