// A real WordPress with Larder's plugin: whoever changes something sees it at the next request, and so does everybody
// else; what has not changed stays in the cache.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "tests/scenario/wordpress_editor.h"
#include "tests/scenario/wordpress_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

const WordPressSite& installed() {
  static const WordPressSite site(/*plugin=*/true);
  return site;
}

constexpr const char* kOtherPage = "/sample-page/";  // no test changes it

// A daemon with an empty cache, an editor and a visitor.
struct Newsroom {
  explicit Newsroom(const std::vector<std::string>& more = {}) : daemon(with(more)) {}
  LarderDaemon daemon;
  WordPressEditor editor{daemon};

  Response get(const std::string& path) { return daemon.client().get(path).send(); }  // a new visitor
  static std::vector<std::string> with(const std::vector<std::string>& more) {
    std::vector<std::string> settings = installed().settings();
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
  }
  // Asked for twice, so that the second time it comes from the cache.
  void fill(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      INFO(path);
      get(path);
      CHECK(is_hit(path));
    }
  }
  bool is_hit(const std::string& path) {
    INFO(path);
    return get(path).header("Cache-Status").starts_with("larder; hit");
  }
  bool has(const std::string& path) {  // PHP is not asked
    return daemon.client().get(path).header("Cache-Control: only-if-cached").send().status == 200;
  }
  // At the very next request, rendered anew, with this text.
  void changed(const std::string& path, const std::string& text) {
    INFO(path);
    get(path).expect(200).expect_cache("fwd=miss").expect_body(text);
  }
  void gone(const std::string& path, const std::string& text) {
    INFO(path);
    const Response response = get(path).expect_cache("fwd=miss");
    CHECK(response.body.find(text) == std::string::npos);
  }
  void kept(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      INFO(path);
      const Response response = get(path);
      INFO(response.header("Cache-Status"));
      CHECK(response.header("Cache-Status").starts_with("larder; hit"));
    }
  }
};

// A post of 2020 in the category that the tests change, and its number.
struct News {
  News(WordPressEditor& editor, const std::string& slug, const std::string& title)
      : category(between(editor.call("GET", "/categories?slug=launches").body, "{\"id\":", ",")),
        path("/2020/05/" + slug + "/"),
        id(editor.publish(R"({"title": ")" + title + R"(", "slug": ")" + slug + R"(", "content": "Text of )" + title +
                          R"(", "status": "publish", "date": "2020-05-05T12:00:00", "categories": [)" + category +
                          "]}")) {}
  std::string category, path, id;
};

}  // namespace

TEST_CASE("A post that is published shows on the home page, in the feed and in its archives at the next request") {
  Newsroom news;
  const std::vector<std::string> lists = {"/",         "/feed/",   WordPressSite::kCategory, "/author/admin/", "/2020/",
                                          "/2020/05/", "/?s=Fresh"};
  news.fill({"/", "/feed/", WordPressSite::kCategory, "/author/admin/", "/?s=Fresh", kOtherPage, "/2016/",
             WordPressSite::kPost, "/wp-json/wp/v2/posts"});
  const News post(news.editor, "fresh", "Fresh from the oven");
  for (const std::string& path : lists) news.changed(path, "Fresh from the oven");
  news.changed("/wp-json/wp/v2/posts", "Fresh from the oven");
  news.kept({kOtherPage, "/2016/", WordPressSite::kPost});
}

TEST_CASE("After an edit every page that shows the post is new, and no other") {
  Newsroom news;
  const News post(news.editor, "edited", "Before the edit");
  const std::vector<std::string> shown = {post.path, "/", "/feed/", WordPressSite::kCategory, "/2020/05/"};
  news.fill(shown);
  news.fill({"/category/uncategorized/", kOtherPage, "/2016/", WordPressSite::kPost});
  news.editor.call("POST", "/posts/" + post.id, R"({"title": "After the edit", "content": "Now it is right."})");
  for (const std::string& path : shown) news.changed(path, "After the edit");
  news.kept({"/category/uncategorized/", kOtherPage, "/2016/", WordPressSite::kPost});
}

TEST_CASE("A post that moves to another category and date leaves the old archives and comes to the new") {
  Newsroom news;
  const News post(news.editor, "moved", "On the move");
  news.fill({WordPressSite::kCategory, "/2020/05/", "/2016/", kOtherPage});
  const std::string fresh =
      between(news.editor.call("POST", "/categories", R"({"name": "Elsewhere", "slug": "elsewhere"})", 201).body,
              "{\"id\":", ",");
  news.editor.call("POST", "/posts/" + post.id, R"({"date": "2016-03-01T12:00:00", "categories": [)" + fresh + "]}");
  news.gone(WordPressSite::kCategory, "On the move");
  news.gone("/2020/05/", "On the move");
  news.changed("/2016/", "On the move");
  news.changed("/category/elsewhere/", "On the move");
  news.kept({kOtherPage});
}

TEST_CASE("What is withdrawn is never served again, also after kill -9") {
  Newsroom news;
  const std::string how = GENERATE("draft", "private", "trash", "password");
  INFO(how);
  const News post(news.editor, "secret-" + how, "Withdrawn as " + how);
  const std::string text = "Text of Withdrawn as " + how, api = "/wp-json/wp/v2/posts/" + post.id;
  news.fill({post.path, api, kOtherPage});
  news.daemon.restart();  // the drive has it now
  REQUIRE(eventually([&] { return news.has(post.path) && news.has(api) && news.has(kOtherPage); }));
  WordPressEditor editor(news.daemon);
  news.kept({post.path, api, kOtherPage});
  if (how == "trash")
    editor.call("DELETE", "/posts/" + post.id);
  else
    editor.call("POST", "/posts/" + post.id,
                how == "password" ? R"({"password": "x"})" : R"({"status": ")" + how + "\"}");
  news.gone(post.path, text);
  news.daemon.kill9();
  news.daemon.start();
  REQUIRE(eventually([&] { return news.has(kOtherPage); }));
  for (const std::string& path : {post.path, api}) CHECK(news.get(path).body.find(text) == std::string::npos);
  news.kept({kOtherPage});
}

TEST_CASE("A comment shows at once, and is gone when it is held back or trashed; one that is held changes nothing") {
  Newsroom news;
  const News post(news.editor, "commented", "Say something");
  const std::string comments = "/comments/feed/";
  const std::string form = HttpClient::encode({{"comment", "Well said."},
                                               {"author", "Ada"},
                                               {"email", "ada@larder.test"},
                                               {"comment_post_ID", post.id},
                                               {"comment_parent", "0"}});
  news.fill({post.path, comments, kOtherPage, "/2016/"});
  news.daemon.client().post("/wp-comments-post.php", form).send().expect(302);
  for (const std::string& path : {post.path, comments}) news.changed(path, "Well said.");
  const std::string id = between(news.editor.call("GET", "/comments?post=" + post.id).body, "{\"id\":", ",");
  news.editor.call("POST", "/comments/" + id, R"({"status": "hold"})");
  for (const std::string& path : {post.path, comments}) news.gone(path, "Well said.");
  news.editor.call("POST", "/comments/" + id, R"({"content": "Very well said."})");
  news.kept({post.path, comments});
  news.editor.call("POST", "/comments/" + id, R"({"status": "approved"})");
  for (const std::string& path : {post.path, comments}) news.changed(path, "Very well said.");
  news.editor.call("DELETE", "/comments/" + id);
  for (const std::string& path : {post.path, comments}) news.gone(path, "Very well said.");
  news.kept({kOtherPage, "/2016/"});
}

TEST_CASE("A theme is switched: every page has the new one at its next request") {
  Newsroom news;
  news.fill({"/", WordPressSite::kPost, kOtherPage});
  news.editor.click("/wp-admin/themes.php", "http://larder.test/wp-admin/themes.php?action=activate&stylesheet=plain&");
  for (const std::string& path : {std::string("/"), std::string(WordPressSite::kPost), std::string(kOtherPage)})
    news.changed(path, "plain-theme");

  SECTION("the title of a post shows on its neighbours and wherever the latest are listed") {
    const News post(news.editor, "beside", "A neighbour");
    news.fill({WordPressSite::kPost, kOtherPage});
    news.editor.call("POST", "/posts/" + post.id, R"({"title": "A good neighbour"})");
    for (const std::string& path : {std::string(WordPressSite::kPost), std::string(kOtherPage)})
      news.changed(path, "A good neighbour");
  }
  news.editor.click("/wp-admin/themes.php",
                    "http://larder.test/wp-admin/themes.php?action=activate&stylesheet=twentytwentythree&");
  news.gone("/", "plain-theme");
}

TEST_CASE("The name of the site changes: the home page at once, the others after one more visitor each") {
  Newsroom news;
  news.fill({"/", kOtherPage});
  news.editor.call("POST", "/settings", R"({"title": "The pantry"})");
  news.changed("/", "The pantry");
  CHECK(news.is_hit(kOtherPage));  // stale, and being rendered
  REQUIRE(eventually([&] { return news.get(kOtherPage).body.find("The pantry") != std::string::npos; }));
  news.editor.call("POST", "/settings", R"({"title": "The larder"})");
}

TEST_CASE("Drafts, autosaves and uploads that no page shows throw nothing away") {
  Newsroom news;
  news.fill({"/", "/feed/", WordPressSite::kPost, kOtherPage});
  const std::string draft = between(
      news.editor.call("POST", "/posts", R"({"title": "Not yet", "status": "draft"})", 201).body, "{\"id\":", ",");
  news.editor.call("POST", "/posts/" + draft, R"({"content": "Still not."})");
  news.editor.call("POST", "/posts/" + draft + "/autosaves", R"({"content": "Nearly."})");
  news.editor.call("DELETE", "/posts/" + draft);
  news.kept({"/", "/feed/", WordPressSite::kPost, kOtherPage});
}

TEST_CASE("An editor purges the page that is before him, an administrator all; a link without nonce does nothing") {
  Newsroom news;
  news.fill({"/", WordPressSite::kPost, std::string(WordPressSite::kPost) + "?replytocom=1", kOtherPage});
  const std::string link = "http://larder.test/wp-admin/admin-post.php?action=larder_purge&what=";
  news.editor.browser().get("/wp-admin/admin-post.php?action=larder_purge&what=all").send().expect(403);
  news.get("/wp-admin/admin-post.php?action=larder_purge&what=all").expect(400);
  news.kept({"/", WordPressSite::kPost, kOtherPage});
  news.editor.click(WordPressSite::kPost, link + "page");
  news.changed(WordPressSite::kPost, "They hold when");
  CHECK_FALSE(news.is_hit(std::string(WordPressSite::kPost) + "?replytocom=1"));
  news.kept({"/", kOtherPage});
  news.editor.browser().get("/").send().expect(200).expect_body("Larder: purged");
  news.editor.click("/", link + "all");
  for (const std::string& path : {std::string("/"), std::string(WordPressSite::kPost), std::string(kOtherPage)})
    CHECK_FALSE(news.is_hit(path));
}

TEST_CASE("A node that cannot be told what changed is told later, and Site Health says so until then") {
  const TempDir directory;
  const std::string node = "unix:" + (directory / "node");
  installed().define("LARDER_NODES", node);
  const std::string health = "/wp-admin/site-health.php", failing = "A Larder still shows pages that have changed";
  {
    Newsroom news;
    const News post(news.editor, "unheard", "Nobody heard");
    news.editor.browser().get(health).send().expect(200).expect_body(failing).expect_body("does not answer");
  }
  Newsroom news({"server.listen=127.0.0.1:0, " + node});
  news.fill({"/2020/05/unheard/", kOtherPage});
  const News post(news.editor, "heard", "Everybody heard");
  REQUIRE(eventually([&] { return !news.has("/2020/05/unheard/"); }));  // afterwards: it has proved to be slow
  news.kept({kOtherPage});
  const std::string page = news.editor.browser().get(health).send().expect(200).expect_body("Larder is ready").body;
  CHECK(page.find(failing) == std::string::npos);
  installed().define("LARDER_NODES", "");
}

// What a save costs: ./dev bench save. Both take turns on one site, each with a daemon of its own; the figure with the
// plugin has the whole wait for the acknowledgement in it.
TEST_CASE("Saving a post, measured with and without the plugin", "[.measure]") {
  constexpr int kRounds = 6, kSaves = 20;
  std::vector<double> times[2];  // milliseconds: without, with
  const std::string off = installed().plugin() + ".off";
  for (int round = 0; round < 2 * kRounds; ++round) {
    const bool with_plugin = round % 2 == 1;
    if (!with_plugin) std::filesystem::rename(installed().plugin(), off);
    Newsroom news;
    const News post(news.editor, "timed-" + std::to_string(round), "On the clock");
    for (int save = 0; save < kSaves; ++save) {
      const std::string json = R"({"content": "Version )" + std::to_string(save) + "\"}";
      const auto begin = std::chrono::steady_clock::now();
      news.editor.call("POST", "/posts/" + post.id, json);
      const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
      if (save >= kSaves / 4) times[with_plugin].push_back(taken.count());
    }
    if (!with_plugin) std::filesystem::rename(off, installed().plugin());
  }
  double medians[2];
  for (const int with_plugin : {0, 1}) {
    auto& all = times[with_plugin];
    std::sort(all.begin(), all.end());
    medians[with_plugin] = all[all.size() / 2];
    std::cout << (with_plugin ? "with the plugin:    " : "without the plugin: ") << "median " << all[all.size() / 2]
              << " ms, 90 % within " << all[all.size() * 9 / 10] << " ms, of " << all.size() << " saves\n";
  }
  std::cout << "difference of the medians: " << medians[1] - medians[0] << " ms\n";
}
