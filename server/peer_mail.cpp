#include "server/peer_mail.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <span>
#include <utility>

#include "server/purge_request.h"

namespace larder::server {
namespace {

using cache::Purge;
using Kind = Purge::Kind;
using Purges = std::vector<Purge>;

std::string body_of(std::span<const Purge> purges, bool hard) {
  PurgeWish wish{.urls = {}, .prefixes = {}, .tags = {}, .all = false, .hard = hard};
  for (const Purge& purge : purges) {
    const auto odd = std::find_if(purge.text.begin(), purge.text.end(), [](char c) { return (c & 0x80) != 0; });
    if (purge.kind == Kind::all)
      wish.all = true;
    else if (purge.kind == Kind::tag)
      wish.tags.push_back(purge.text);  // came as JSON
    else if (purge.kind == Kind::key && odd == purge.text.end())
      wish.urls.push_back(purge.text);
    else
      wish.prefixes.emplace_back(purge.text.begin(), odd);
  }
  return encode_purge_request(wish);
}

void add_mails(std::vector<PeerMail>& mails, std::span<const Purge> purges, bool hard, Millis since) {
  if (purges.empty()) return;
  std::string body = purges.size() <= kMostPurgesARequest ? body_of(purges, hard) : std::string();
  if (!body.empty() && body.size() <= kLongestPurgeRequest) {
    mails.push_back({std::make_shared<const std::string>(std::move(body)), hard, since});
  } else if (purges.size() == 1) {
    mails.push_back(everything(hard, since));
  } else {
    add_mails(mails, purges.first(purges.size() / 2), hard, since);
    add_mails(mails, purges.subspan(purges.size() / 2), hard, since);
  }
}

}  // namespace

std::vector<PeerMail> mails_of(const Purges& purges, Millis since) {
  std::vector<PeerMail> mails;
  for (const bool hard : {true, false}) {
    Purges some;
    std::copy_if(purges.begin(), purges.end(), std::back_inserter(some),
                 [hard](const Purge& purge) { return purge.hard == hard; });
    add_mails(mails, some, hard, since);
  }
  return mails;
}

PeerMail everything(bool hard, Millis since) {
  const PurgeWish wish{.urls = {}, .prefixes = {}, .tags = {}, .all = true, .hard = hard};
  return {std::make_shared<const std::string>(encode_purge_request(wish)), hard, since, true};
}

std::vector<PeerMail> mails_again(const Purges& purges, Millis wall, Millis steady) {
  constexpr Millis kHour = 3'600'000;
  std::map<Millis, Purges> by_age;  // in hours
  for (const Purge& purge : purges)
    if (const Millis age = std::max<Millis>(0, wall - purge.at); age < kTellAgain) by_age[age / kHour].push_back(purge);
  std::vector<PeerMail> mails;
  for (auto hour = by_age.rbegin(); hour != by_age.rend(); ++hour) {
    Millis last = 0;
    for (const Purge& purge : hour->second) last = std::max(last, purge.at);
    for (PeerMail& mail : mails_of(hour->second, steady - std::max<Millis>(0, wall - last)))
      mails.push_back(std::move(mail));
  }
  return mails;
}

ForwardMark parse_forward_mark(std::string_view value) {
  const std::size_t blank = std::min(value.find(' '), value.size());
  ForwardMark mark{.sender = value.substr(0, blank)};
  const std::string_view digits = value.substr(std::min(blank + 1, value.size()));
  std::uint32_t seconds = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (failure == std::errc{} && end == digits.data() + digits.size()) mark.age = Millis{seconds} * 1000;
  return mark;
}

std::string peer_request_head(const PeerAddress& peer, std::string_view token, std::string_view sender,
                              const PeerMail& mail, Millis steady) {
  const Millis age = std::max<Millis>(0, steady - mail.since - kLongestRender) / 1000;
  return fmt::format(
      "POST /larder/purge HTTP/1.1\r\nHost: {}\r\n{}: {} {}\r\n{}{}{}Content-Type: application/json\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n",
      peer.authority(), kForwardedField, sender, age, token.empty() ? "" : "Authorization: Bearer ", token,
      token.empty() ? "" : "\r\n", mail.body->size());
}

}  // namespace larder::server
