#include "server/cgi_params.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/field.h"
#include "server/ows.h"

namespace larder::server {
namespace {

using Params = std::vector<std::pair<std::string, std::string>>;
using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, Names names) {
  return std::any_of(names.begin(), names.end(), [&](auto other) { return equals_ignoring_case(name, other); });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// Letters, digits and '-' only. PHP turns '.' into '_' just as CGI turns '-' into '_': with "X.Forwarded_For" anybody
// could write $_SERVER['HTTP_X_FORWARDED_FOR'].
bool has_plain_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    const char lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Fields that end here (RFC 9110 section 7.6.1), that have a parameter of their own, or that no script may see: "Proxy"
// would become HTTP_PROXY, which libraries take for an order.
bool never_passes(std::string_view name) {
  return is_one_of(name, {"Connection", "Content-Length", "Content-Type", "Expect", "Host", "HTTP2-Settings",
                          "Keep-Alive", "Proxy", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
                          "Trailer", "Transfer-Encoding", "Upgrade"});
}

// Fields by which a proxy speaks about its client.
bool speaks_for_client(std::string_view name) {
  return starts_with_ignoring_case(name, "X-Forwarded") ||
         is_one_of(name, {"Forwarded", "X-Original-URL", "X-Original-Host", "X-Rewrite-URL", "X-Real-IP", "X-Host"});
}

// Fields of one client that must not shape an answer which others get.
bool shapes_answer(std::string_view name) {
  return is_one_of(
      name, {"Accept-Encoding", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since",
             "Range", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override"});
}

bool passes(std::string_view name, const CgiRequest& request) {
  if (!has_plain_name(name) || never_passes(name)) return false;
  if (request.for_cache && shapes_answer(name)) return false;
  if (!speaks_for_client(name)) return true;
  if (!request.view.forwarded) return false;
  // A proxy passes on what it does not know, X-Forwarded-Host say, and what is not in the key must not shape the page.
  return !request.for_cache || is_one_of(name, {"X-Forwarded-For", "X-Forwarded-Proto"});
}

std::string variable_name(std::string_view field_name) {
  std::string name = "HTTP_";
  for (const char c : field_name) {
    const char lower = ascii_lower(c);
    name += c == '-' ? '_' : lower >= 'a' && lower <= 'z' ? static_cast<char>(lower - 'a' + 'A') : c;
  }
  return name;
}

void add_fields(const CgiRequest& request, Params& params) {
  std::map<std::string, std::string> variables;
  for (const FieldView& field : request.head.fields) {
    if (!passes(field.name, request)) continue;
    const auto [variable, first] = variables.try_emplace(variable_name(field.name), without_ows(field.value));
    if (first) continue;
    variable->second += equals_ignoring_case(field.name, "Cookie") ? "; " : ", ";
    variable->second += without_ows(field.value);
  }
  // The key says one scheme; a script that reads this field must see the same.
  if (const auto proto = variables.find("HTTP_X_FORWARDED_PROTO"); proto != variables.end() && request.for_cache)
    proto->second = request.view.scheme;
  if (!request.view.host.empty()) variables["HTTP_HOST"] = request.view.host;
  for (auto& [name, value] : variables) params.emplace_back(name, std::move(value));
}

void add_script(const CgiRequest& request, Params& params) {
  std::string root(request.document_root);
  while (root.ends_with('/')) root.pop_back();
  const ScriptRoute& script = request.script;
  params.emplace_back("DOCUMENT_ROOT", request.document_root);
  params.emplace_back("DOCUMENT_URI", script.script_name + script.path_info);
  params.emplace_back("SCRIPT_NAME", script.script_name);
  params.emplace_back("SCRIPT_FILENAME", root + script.script_name);
  // Without PATH_TRANSLATED (RFC 3875 4.1.6): with cgi.fix_pathinfo=0 PHP takes it for the script to run.
  if (!script.path_info.empty()) params.emplace_back("PATH_INFO", script.path_info);
}

void add_request(const CgiRequest& request, Params& params) {
  const Target& target = request.target;
  params.emplace_back("GATEWAY_INTERFACE", "CGI/1.1");
  params.emplace_back("REDIRECT_STATUS", "200");  // without it a PHP built to insist on a redirect refuses to run
  params.emplace_back("REQUEST_METHOD", request.method);
  params.emplace_back("REQUEST_URI", with_query(target, target.path));
  params.emplace_back("QUERY_STRING", target.query);
  // What is spoken is 1.1 also with a client that offers more.
  params.emplace_back("SERVER_PROTOCOL", request.head.version == "HTTP/1.0" ? "HTTP/1.0" : "HTTP/1.1");
  params.emplace_back("SERVER_SOFTWARE", "larder");
  params.emplace_back("LARDER_NODE", request.node);
  if (request.body_length > 0 || request.head.fields.has_any({FieldName::content_length, FieldName::transfer_encoding}))
    params.emplace_back("CONTENT_LENGTH", std::to_string(request.body_length));
  if (const auto type = request.head.field("Content-Type"); type.data() != nullptr)
    params.emplace_back("CONTENT_TYPE", without_ows(type));
}

void add_connection(const CgiRequest& request, Params& params) {
  const ClientView& view = request.view;
  params.emplace_back("REMOTE_ADDR", view.client.text());
  if (view.client.port != 0) params.emplace_back("REMOTE_PORT", std::to_string(view.client.port));
  params.emplace_back("SERVER_NAME", view.server_name());
  params.emplace_back("SERVER_PORT", std::to_string(view.port));
  params.emplace_back("REQUEST_SCHEME", view.scheme);
  if (view.scheme == "https") params.emplace_back("HTTPS", "on");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cgi_params(const CgiRequest& request) {
  Params params;
  add_request(request, params);
  add_script(request, params);
  add_connection(request, params);
  add_fields(request, params);
  return params;
}

}  // namespace larder::server
