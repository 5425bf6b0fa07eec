#include "server/client_view.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/field.h"
#include "server/gate.h"
#include "server/ows.h"

namespace larder::server {
namespace {

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
void from_the_right(const RequestHead& head, std::string_view name, Use use) {
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, name)) continue;
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
std::string_view last_element(const RequestHead& head, std::string_view name) {
  std::string_view last;
  from_the_right(head, name, [&](std::string_view element) {
    last = element;
    return false;
  });
  return last;
}

bool has(const RequestHead& head, std::string_view name) { return head.field(name).data() != nullptr; }

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
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
  from_the_right(head, "X-Forwarded-For", [&](std::string_view text) {
    const auto hop = Endpoint::parse(text);
    if (!hop) return false;
    view.client = *hop;
    return any_contains(trusted, view.client);
  });
}

void walk_forwarded(const RequestHead& head, const std::vector<Network>& trusted, ClientView& view) {
  from_the_right(head, "Forwarded", [&](std::string_view text) {
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
  const bool x_fields = has(head, "X-Forwarded-For") || has(head, "X-Forwarded-Proto") || has(head, "X-Forwarded-Port");
  if (!x_fields) return walk_forwarded(head, trusted, view);
  walk_x_forwarded_for(head, trusted, view);
  take_scheme(last_element(head, "X-Forwarded-Proto"), view.scheme);
}

std::uint16_t default_port(const ClientView& view) { return view.scheme == "https" ? 443 : 80; }

// `sent` is empty or passed is_host, so a colon after the last bracket begins the port.
void take_host(std::string_view sent, ClientView& view) {
  const auto bracket = sent.find(']');
  const auto colon = sent.find(':', bracket == std::string_view::npos ? 0 : bracket);
  view.host = lower(sent.substr(0, colon));
  if (colon == std::string_view::npos) return;
  const auto port = parse_port(sent.substr(colon + 1));
  if (!port) return;
  view.port = *port;
  if (*port != default_port(view)) view.host += ':' + std::to_string(*port);
}

}  // namespace

std::string_view ClientView::server_name() const {
  const std::string_view all = host;
  if (all.starts_with('[')) return all.substr(1, all.find(']') - 1);
  return all.substr(0, all.find(':'));
}

std::string effective_host(std::string_view authority, std::string_view scheme) {
  ClientView view;
  if (scheme == "https") view.scheme = "https";
  take_host(authority, view);
  return view.host;
}

ClientView client_view(const RequestHead& head, const Target& target, const std::vector<Network>& trusted) {
  ClientView view;
  view.client = head.peer;
  if (head.tls) view.scheme = "https";
  if (any_contains(trusted, head.peer)) believe_proxy(head, trusted, view);
  view.port = default_port(view);
  if (view.forwarded)
    if (const auto port = parse_port(last_element(head, "X-Forwarded-Port"))) view.port = *port;
  const std::string_view sent = target.authority.empty() ? head.field("Host") : std::string_view(target.authority);
  take_host(sent, view);
  return view;
}

}  // namespace larder::server
