#include "server/client_view.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/field.h"
#include "server/gate.h"
#include "server/ows.h"

namespace larder::server {
namespace {

bool is_lower(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), ascii_lower);
  return result;
}

// Calls use(element) for the elements of a list field, the last first, until it says false.
//
// Commas inside quotes separate too, on purpose: no address needs one, and a client that leaves a quote open must not
// be able to swallow what the proxy appended after it.
template <class Use>
void from_the_right(const RequestHead& head, FieldName name, Use use) {
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (field->known != name) continue;
    std::string_view rest = field->value;
    while (true) {
      const auto comma = rest.rfind(',');
      const auto element = without_ows(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!element.empty() && !use(element)) return;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
}

// What the nearest proxy wrote, or empty.
std::string_view last_element(const RequestHead& head, FieldName name) {
  std::string_view last;
  from_the_right(head, name, [&](std::string_view element) {
    last = element;
    return false;
  });
  return last;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
    if (port > UINT16_MAX) return std::nullopt;
  }
  return port == 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(port));
}

// Leaves `scheme` as it is when the text is none.
void take_scheme(std::string_view text, std::string_view& scheme) {
  for (const std::string_view known : {"http", "https"})
    if (equals_ignoring_case(text, known)) scheme = known;
}

// The value of a parameter: a token, or a quoted string with its escapes taken out (RFC 9110 section 5.6.4). Colons and
// brackets are accepted unquoted, because proxies forget the quotes.
std::optional<std::string> unquoted(std::string_view text) {
  if (!text.starts_with('"')) {
    if (text.empty() || text.find_first_of("\"\\ \t") != std::string_view::npos) return std::nullopt;
    return std::string(text);
  }
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(value) : std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    value += text[i];
  }
  return std::nullopt;
}

struct ForwardedElement {
  std::optional<std::string> node, proto;
};

bool take_pair(std::string_view pair, ForwardedElement& element) {
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || !is_token(pair.substr(0, equals))) return false;
  auto value = unquoted(pair.substr(equals + 1));
  if (!value) return false;
  for (auto [name, slot] : {std::pair{"for", &element.node}, std::pair{"proto", &element.proto}}) {
    if (!equals_ignoring_case(pair.substr(0, equals), name)) continue;
    if (*slot) return false;
    *slot = std::move(value);
    break;
  }
  return true;
}

// RFC 7239 section 4. nullopt: not a list of parameters, or one of them twice.
std::optional<ForwardedElement> parse_forwarded(std::string_view text) {
  ForwardedElement element;
  while (true) {
    const auto semicolon = text.find(';');
    const auto pair = without_ows(text.substr(0, semicolon));
    if (!pair.empty() && !take_pair(pair, element)) return std::nullopt;
    if (semicolon == std::string_view::npos) return element;
    text.remove_prefix(semicolon + 1);
  }
}

// Steps back from the peer along the proxies we trust. An element that is no address ends the walk: what lies before it
// was written by somebody we cannot name.
void walk_x_forwarded_for(const RequestHead& head, const std::vector<Network>& trusted, ClientView& view) {
  from_the_right(head, FieldName::x_forwarded_for, [&](std::string_view text) {
    const auto hop = Endpoint::parse(text);
    if (!hop) return false;
    view.client = *hop;
    return any_contains(trusted, view.client);
  });
}

void walk_forwarded(const RequestHead& head, const std::vector<Network>& trusted, ClientView& view) {
  from_the_right(head, FieldName::forwarded, [&](std::string_view text) {
    const auto element = parse_forwarded(text);
    if (!element) return false;
    // The scheme belongs to the hop that it was seen on, so the one nearest to the client stands last.
    if (element->proto) take_scheme(*element->proto, view.scheme);
    if (!element->node) return false;
    const auto hop = Endpoint::parse(*element->node);
    if (!hop) return false;
    view.client = *hop;
    return any_contains(trusted, view.client);
  });
}

// The X- fields win: a proxy that writes them passes on whatever Forwarded field its client made up, and the proxies
// that write only Forwarded are few.
void believe_proxy(const RequestHead& head, const std::vector<Network>& trusted, ClientView& view) {
  view.forwarded = true;
  if (!head.fields.has_any({FieldName::x_forwarded_for, FieldName::x_forwarded_proto, FieldName::x_forwarded_port}))
    return walk_forwarded(head, trusted, view);
  walk_x_forwarded_for(head, trusted, view);
  take_scheme(last_element(head, FieldName::x_forwarded_proto), view.scheme);
}

std::uint16_t default_port(const ClientView& view) { return view.scheme == "https" ? 443 : 80; }

// `sent` is empty or passed is_host, so a colon after the last bracket begins the port.
void take_host(std::string_view sent, ClientView& view) {
  const auto colon = sent.find(':', sent.starts_with('[') ? sent.find(']') : 0);
  const auto name = sent.substr(0, colon);
  const auto port_text = colon == std::string_view::npos ? std::string_view() : sent.substr(colon + 1);
  const auto port = parse_port(port_text);
  if (port) view.port = *port;
  const bool names_port = port && *port != default_port(view);
  view.host = names_port ? sent : name;
  if (is_lower(name) && !(names_port && port_text.starts_with('0'))) return;
  view.own_host = std::make_unique<std::string>(names_port ? lower(name) + ':' + std::to_string(*port) : lower(name));
  view.host = *view.own_host;
}

}  // namespace

std::string_view ClientView::server_name() const {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

std::string effective_host(std::string_view authority, std::string_view scheme) {
  ClientView view;
  if (scheme == "https") view.scheme = "https";
  take_host(authority, view);
  return std::string(view.host);
}

ClientView client_view(const RequestHead& head, const Target& target, const std::vector<Network>& trusted) {
  ClientView view;
  view.client = head.peer;
  if (head.tls) view.scheme = "https";
  if (any_contains(trusted, head.peer)) believe_proxy(head, trusted, view);
  view.port = default_port(view);
  if (view.forwarded)
    if (const auto port = parse_port(last_element(head, FieldName::x_forwarded_port))) view.port = *port;
  const std::string_view sent = target.authority.empty() ? head.field(FieldName::host) : target.authority;
  take_host(sent, view);
  return view;
}

}  // namespace larder::server
