// Failure: what a client is told when PHP gave no answer. The one place where outcomes become status codes. Pure.
#pragma once

#include <string_view>

#include "fastcgi/job.h"

namespace larder::server {

struct Failure {
  int status;
  bool retry;               // say Retry-After
  std::string_view detail;  // for Cache-Status and the log
  std::string_view text;    // for humans
};

Failure failure_of(fastcgi::Outcome outcome);

}  // namespace larder::server
