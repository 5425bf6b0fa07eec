// ExternalPool: a php-fpm that is not Larder's: set up as Debian's own pool "www" is, and run by the test.
//
// A pool of somebody else knows nothing of Larder: its own php.ini counts, its workers come as they are needed. What
// its administrator has to agree on with Larder is the number of workers, the size of bodies, and a time limit above
// Larder's. It is ready when the constructor returns, and gone with its workers after the destructor.
#pragma once

#include <string>

#include "tests/support/notify_socket.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {

struct ExternalPoolOptions {
  std::string workers, max_body, timeout;  // as in larder.ini
};

std::string php_fpm_under_test();  // its path; fails the test when there is none

class ExternalPool {
 public:
  explicit ExternalPool(const ExternalPoolOptions&);  // fails the test when there is no php-fpm or it does not start
  ~ExternalPool();
  std::string address() const { return "unix:" + (directory_ / "php.sock"); }  // for php.address

 private:
  TempDir directory_;
  NotifySocket notify_;
  Process process_;
};

}  // namespace larder::testing
