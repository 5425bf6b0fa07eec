// PageCommands: `larder explain` and `larder purge`, on the daemon's side of the control socket, whose users may do
// both. Threads: the commands wait for the drive, some seconds at most; on the control port's thread. Lifetime: the
// service outlives them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/control.h"
#include "server/service.h"

namespace larder::server {

Commands page_commands(const CurrentService& service);

// The body of a purge request; what was done, for people. An error when the request is not right (then nothing is
// purged), and when the purge holds but would not outlive a restart.
Result<std::string> purge_by_command(std::string_view request, const Service& service);

}  // namespace larder::server
