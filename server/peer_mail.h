// PeerMail: purges as they are written to another Larder, and the mark by which that one knows them. Pure.
//
// A mail is the body of a POST /larder/purge (purge_request.h). Its field Larder-Forwarded says two things:
//
//   Larder-Forwarded: 9f86d081884c7d65 0     who sends it (a number of this run), and the age of the purge in seconds
//
// Whoever gets a marked purge does not pass it on, and carries it out as of the time when it was made, so that a purge
// that is told late or twice takes no page that was rendered since. The mark counts only with a purge that is allowed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cache/purge_list.h"
#include "server/peer_address.h"

namespace larder::server {

struct PeerMail {
  std::shared_ptr<const std::string> body;  // the same for all peers
  bool hard = true;
  Millis since = 0;  // steady clock: when they were purged
  bool everything = false;
};

// Hard ones and soft ones apart, each body as long as a peer takes. A URL with bytes that JSON cannot hold becomes the
// prefix before them.
std::vector<PeerMail> mails_of(const std::vector<cache::Purge>& purges, Millis since);
PeerMail everything(bool hard, Millis since);

// What a log held at the start, for peers that may have missed it: the last day's, those of an hour together. `wall`
// and `steady` are the same moment.
constexpr Millis kTellAgain = 24 * 3'600'000;
std::vector<PeerMail> mails_again(const std::vector<cache::Purge>& purges, Millis wall, Millis steady);

inline constexpr std::string_view kForwardedField = "Larder-Forwarded";
struct ForwardMark {
  std::string_view sender;
  Millis age = 0;
};
ForwardMark parse_forward_mark(std::string_view value);  // what is no age is none: then all pages until now are meant

// Without the body. A page may be stored some time after its render read what the purge is about, so a purge that is
// younger than kLongestRender is as new as if it had been made now.
constexpr Millis kLongestRender = 600'000;
std::string peer_request_head(const PeerAddress& peer, std::string_view token, std::string_view sender,
                              const PeerMail& mail, Millis steady);

}  // namespace larder::server
