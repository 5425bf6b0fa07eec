#include "tests/scenario/wordpress_editor.h"

#include "tests/scenario/wordpress_site.h"
#include "tests/support/catch.h"

namespace larder::testing {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  INFO(text.substr(0, 2000));
  INFO("looking for " << begin);
  REQUIRE(from != std::string::npos);
  const std::size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

void log_in(HttpClient& browser) {
  browser.get("/wp-login.php").send().expect(200).expect_cache("fwd=bypass");
  const Response answer =
      browser
          .post("/wp-login.php", HttpClient::encode({{"log", WordPressSite::kUser},
                                                     {"pwd", WordPressSite::kPassword},
                                                     {"wp-submit", "Log In"},
                                                     {"redirect_to", "http://larder.test/wp-admin/"},
                                                     {"testcookie", "1"}}))
          .send();
  answer.expect(302).expect_header("Location", "http://larder.test/wp-admin/");
  answer.expect_header("Set-Cookie", "wordpress_logged_in_");
}

WordPressEditor::WordPressEditor(const LarderDaemon& daemon) : browser_(daemon.browser()) {
  log_in(browser_);
  nonce_ = browser_.get("/wp-admin/admin-ajax.php?action=rest-nonce").send().expect(200).body;
  REQUIRE(nonce_.size() == 10);
}

Response WordPressEditor::call(const std::string& method, const std::string& path, const std::string& json,
                               int status) {
  Request request = browser_.request(method, "/wp-json/wp/v2" + path).header("X-WP-Nonce: " + nonce_);
  if (!json.empty()) request.body(json, "application/json");
  Response response = request.send();
  INFO(response.body.substr(0, 2000));
  response.expect(status);
  return response;
}

std::string WordPressEditor::publish(const std::string& json) {
  return between(call("POST", "/posts", json, 201).body, "{\"id\":", ",");
}

void WordPressEditor::click(const std::string& page, const std::string& begin) {
  const std::string text = replaced(browser_.get(page).send().expect(200).body, "&amp;", "&");
  const std::string link = begin + between(replaced(replaced(text, "&#038;", "&"), "'", "\""), begin, "\"");
  const Response answer = browser_.get(link.substr(std::string("http://larder.test").size())).send();
  INFO(answer.body.substr(0, 2000));
  answer.expect(302);
}

}  // namespace larder::testing
