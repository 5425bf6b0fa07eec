#include "server/invalidation.h"

#include "server/url_key.h"

namespace larder::server {
namespace {

// RFC 3986 section 5.2, for the references that responses hold; "" for one that is not of this origin's kind.
std::string resolved(const ChangedUri& uri, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  if (reference.find("://") != std::string_view::npos && reference.find("://") < reference.find_first_of("/?"))
    return std::string(reference);
  if (reference.starts_with("//")) return uri.origin.substr(0, uri.origin.find("//")).append(reference);
  if (reference.starts_with("/")) return uri.origin + std::string(reference);
  if (reference.starts_with("?")) return uri.origin + uri.path + std::string(reference);
  if (reference.empty()) return {};
  return uri.origin + uri.path.substr(0, uri.path.rfind('/') + 1) + std::string(reference);
}

}  // namespace

bool is_unsafe(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS" && method != "TRACE" && method != "PURGE";
}

std::vector<std::string> invalidated_keys(const ChangedUri& uri, const Fields& response) {
  std::vector<std::string> keys = {uri.key};
  for (const char* name : {"Location", "Content-Location"}) {
    const std::string* reference = find_field(response, name);
    if (reference == nullptr) continue;
    const auto key = key_of_url(resolved(uri, *reference), *uri.ignored);
    if (key && key->starts_with(uri.origin + "/")) keys.push_back(*key);
  }
  return keys;
}

}  // namespace larder::server
