#include "server/purge_request.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "server/url_key.h"

namespace larder::server {
namespace {

using cache::Purge;
using nlohmann::json;

Status add_names(std::vector<Purge>& purges, const json& list, std::string_view member, Purge like,
                 const cache::IgnoredParams& ignored) {
  if (!list.is_array()) return Error{fmt::format("\"{}\" is not a list of texts", member)};
  for (const json& name : list) {
    if (!name.is_string()) return Error{fmt::format("\"{}\" is not a list of texts", member)};
    like.text = name.get<std::string>();
    if (like.text.empty() || like.text.find('\n') != std::string::npos)
      return Error{fmt::format("\"{}\" has a name that is empty or of several lines", member)};
    if (like.kind != Purge::Kind::tag) {
      auto key = key_of_url(like.text, ignored);
      if (!key) return key.error();
      like.text = *std::move(key);
    }
    if (purges.size() >= kMostPurgesARequest)
      return Error{fmt::format("more than {} names; send several requests", kMostPurgesARequest)};
    purges.push_back(like);
  }
  return Done{};
}

Result<bool> flag(const json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return false;
  if (!found->is_boolean()) return Error{fmt::format("\"{}\" is neither true nor false", member)};
  return found->get<bool>();
}

}  // namespace

Result<std::vector<Purge>> parse_purge_request(std::string_view text, const cache::IgnoredParams& ignored, Millis now) {
  const json object = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Error{"the body is no JSON object"};
  const auto hard = flag(object, "hard");
  if (!hard) return hard.error();
  const auto all = flag(object, "all");
  if (!all) return all.error();
  std::vector<Purge> purges;
  Purge like{.hard = *hard, .at = now};
  for (const auto& [member, value] : object.items()) {
    if (member == "hard" || member == "all") continue;
    if (member == "urls")
      like.kind = Purge::Kind::key;
    else if (member == "prefixes")
      like.kind = Purge::Kind::prefix;
    else if (member == "tags")
      like.kind = Purge::Kind::tag;
    else
      return Error{fmt::format("unknown member \"{}\"; known are urls, prefixes, tags, all, hard", member)};
    if (auto added = add_names(purges, value, member, like, ignored); !added) return added.error();
  }
  if (*all) purges.push_back({.kind = Purge::Kind::all, .text = {}, .hard = *hard, .at = now});
  return purges;
}

std::string encode_purge_request(const PurgeWish& wish) {
  const json body = {
      {"urls", wish.urls}, {"prefixes", wish.prefixes}, {"tags", wish.tags}, {"all", wish.all}, {"hard", wish.hard}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace larder::server
