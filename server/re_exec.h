// ReExec: this process becomes the program anew, under the same process id and with the same listening sockets, as
// systemd hands them to a service. Source: execve(2), sd_listen_fds(3).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "server/listener.h"

namespace larder::server {

std::string this_program();  // the path of the file that runs; an upgrade puts another there later

// Every descriptor but 0 to 2 must be close-on-exec, and no other thread may run. Returns only when it fails.
Error become(const std::string& program, const std::vector<std::string>& arguments,
             const std::vector<Listener>& listeners);

}  // namespace larder::server
