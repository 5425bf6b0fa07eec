// WordPressEditor: somebody who is logged in and changes things, as the block editor and the pages of wp-admin do it.
// Threads: one at a time. The daemon and the site outlive it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/daemon.h"
#include "tests/support/http_client.h"

namespace larder::testing {

// The text between two marks; the test fails when they are not there.
std::string between(const std::string& text, const std::string& begin, const std::string& end);

void log_in(HttpClient& browser);

class WordPressEditor {
 public:
  explicit WordPressEditor(const LarderDaemon& daemon);

  // REST: path below /wp-json/wp/v2, JSON. The answer's status is checked.
  Response call(const std::string& method, const std::string& path, const std::string& json = {}, int status = 200);
  std::string publish(const std::string& json);  // a new post: its number
  // Follows the link in an admin page whose address begins with `begin`.
  void click(const std::string& page, const std::string& begin);
  HttpClient& browser() { return browser_; }

 private:
  HttpClient browser_;
  std::string nonce_;
};

}  // namespace larder::testing
