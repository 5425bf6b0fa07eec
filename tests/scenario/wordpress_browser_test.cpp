// The plugin as people meet it: an editor and a visitor with a Chromium each. ./dev browser runs it.
// LARDER_SCREENSHOTS names a folder that keeps what they saw.
#include <cstdlib>

#include "tests/scenario/wordpress_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

TEST_CASE("In a browser: published, edited, purged and withdrawn, and the visitor sees it at the next request") {
  const WordPressSite site(/*plugin=*/true);
  const LarderDaemon daemon(site.settings());
  const TempDir directory;
  const char* const kept = std::getenv("LARDER_SCREENSHOTS");
  const Finished finished =
      run({"/usr/bin/python3", std::string(LARDER_WORDPRESS) + "/browser.py", std::to_string(daemon.port()),
           WordPressSite::kUser, WordPressSite::kPassword, kept == nullptr ? directory.path() : kept});
  INFO(finished.output << finished.errors);
  CHECK(finished.exit == 0);
  CHECK(finished.output.find("9 steps") != std::string::npos);
}
