// MediaWiki and DokuWiki of Debian behind Larder, each with its preset: readers are served from the cache, who is
// logged in is not, and an edit shows.
#include <filesystem>

#include "tests/scenario/wordpress_editor.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/temp_dir.h"

using namespace larder::testing;

namespace {

void run_or_fail(const std::vector<std::string>& command) {
  const Finished finished = run(command);
  INFO(finished.output << finished.errors);
  REQUIRE(finished.exit == 0);
}

std::string source(const std::string& name) { return std::string(LARDER_WIKIS) + "/" + name; }

// What the package brings, without the links that lead nowhere before somebody has set it up.
void copy_package(const std::string& name, const std::string& to) {
  const std::string from = "/usr/share/" + name;
  INFO(from << " is missing: apt-get install mediawiki dokuwiki php-sqlite3");
  REQUIRE(std::filesystem::exists(from));
  std::filesystem::create_directory(to);
  for (const auto& entry : std::filesystem::directory_iterator(from))
    if (std::filesystem::exists(entry.path())) run_or_fail({"cp", "-rL", entry.path(), to});
}

struct MediaWiki {
  MediaWiki() {
    copy_package("mediawiki", root);
    run_or_fail({"php", root + "/maintenance/install.php", "--dbtype=sqlite", "--dbpath=" + (directory / "db"),
                 "--dbname=wiki", "--server=http://larder.test", "--scriptpath=", "--pass=a good password 1",
                 "--confpath=" + root, "The larder", "Admin"});
    std::ofstream(root + "/LocalSettings.php", std::ios::app) << read_file(source("mediawiki_settings.php"));
  }
  TempDir directory;
  const std::string root = directory / "root";
};

struct DokuWiki {
  DokuWiki() {
    copy_package("dokuwiki", root);
    run_or_fail({"cp", "-rL", "/etc/dokuwiki", directory / "conf"});
    run_or_fail({"cp", "-rL", "/var/lib/dokuwiki/data", directory / "data"});
    directory.write("conf/local.php",
                    read_file(source("dokuwiki_local.php")) + "$conf['savedir'] = '" + (directory / "data") + "';\n");
    directory.write("conf/acl.auth.php", "# <?php exit()?>\n*\t@ALL\t1\n*\t@user\t8\n");
    directory.write("conf/users.auth.php",
                    "# <?php exit()?>\nadmin:" + hash() + ":Admin:admin@larder.test:admin,user\n");
    directory.write("conf/preload.php", read_file(LARDER_DOKUWIKI));
    const std::string preload = read_file(root + "/inc/preload.php");
    std::string moved = preload;
    for (const std::string etc = "/etc/dokuwiki/"; moved.find(etc) != std::string::npos;)
      moved.replace(moved.find(etc), etc.size(), directory / "conf/");
    std::ofstream(root + "/inc/preload.php") << moved;
    directory.write("data/pages/start.txt", "What the larder holds.\n");
    directory.write("data/pages/other.txt", "Another page.\n");
  }
  static std::string hash() {
    const Finished finished = run({"php", "-r", "echo crypt('a good password', '$1$larder$');"});
    REQUIRE(finished.exit == 0);
    return finished.output;
  }
  TempDir directory;
  const std::string root = directory / "root";
};

std::vector<std::string> settings(const std::string& root, const std::string& preset) {
  return {"site.root=" + root, "site.hosts=larder.test", "site.preset=" + preset,
          "php.workers=2",     "php.timeout=10m",        "php.queue_wait=5m"};
}

std::string token(HttpClient& browser, const std::string& type) {
  const std::string answer =
      browser.get("/api.php?action=query&meta=tokens&format=json&type=" + type).send().expect(200).body;
  return between(answer, type + "token\":\"", "\\\"");  // it ends in +\, of which JSON makes two
}

}  // namespace

TEST_CASE("MediaWiki: readers from the cache, the editor from PHP; an edit purges its page, and no other") {
  const MediaWiki wiki;
  LarderDaemon daemon(settings(wiki.root, "mediawiki"));
  HttpClient reader = daemon.client();
  HttpClient editor = daemon.browser();
  const std::string page = "/wiki/Main_Page", other = "/wiki/Other";
  const auto edit = [&](const std::string& title, const std::string& text, const std::string& with) {
    const std::string form =
        HttpClient::encode({{"action", "edit"}, {"format", "json"}, {"title", title}, {"text", text}, {"token", with}});
    editor.post("/api.php", form).send().expect(200).expect_body("\"result\":\"Success\"");
  };
  edit("Other", "Something else.", "+\\");  // anybody may

  for (const std::string& path : {page, other}) {
    reader.get(path).send().expect(200).expect_cache("fwd=miss").expect_header("Cache-Status", "stored");
    reader.get(path).send().expect(200).expect_cache("hit");
  }
  const std::string login = HttpClient::encode({{"action", "login"},
                                                {"format", "json"},
                                                {"lgname", "Admin"},
                                                {"lgpassword", "a good password 1"},
                                                {"lgtoken", token(editor, "login")}});
  editor.post("/api.php", login).send().expect(200).expect_body("\"result\":\"Success\"");
  for (int round = 0; round < 2; ++round)
    editor.get(page).send().expect(200).expect_cache("fwd=bypass").expect_body("User:Admin");
  CHECK(reader.get(page).send().expect_cache("hit").body.find("User:Admin") == std::string::npos);

  edit("Main Page", "Flour, sugar, tea.", token(editor, "csrf"));
  // MediaWiki sends its PURGE after it has answered.
  REQUIRE(eventually([&] { return reader.get(page).send().body.find("Flour, sugar, tea.") != std::string::npos; }));
  REQUIRE(eventually([&] { return reader.get(page).send().header("Cache-Status").starts_with("larder; hit"); }));
  reader.get(other).send().expect(200).expect_cache("hit");
}

TEST_CASE("DokuWiki: readers from the cache, the editor from PHP; an edit shows at the next request") {
  const DokuWiki wiki;
  LarderDaemon daemon(settings(wiki.root, "dokuwiki"));
  HttpClient reader = daemon.client();
  HttpClient editor = daemon.browser();
  const std::string page = "/doku.php?id=start", other = "/doku.php?id=other";
  for (const std::string& path : {page, other}) {
    reader.get(path).send().expect(200).expect_cache("fwd=miss").expect_header("Cache-Status", "stored");
    reader.get(path).send().expect(200).expect_cache("hit").expect_no_header("Set-Cookie");
  }
  editor.get(page + "&do=login").send().expect(200).expect_cache("fwd=bypass");
  editor.post("/doku.php?id=start", HttpClient::encode({{"do", "login"}, {"u", "admin"}, {"p", "a good password"}}))
      .send()
      .expect(302);
  for (int round = 0; round < 2; ++round)
    editor.get(page).send().expect(200).expect_cache("fwd=bypass").expect_body("Logged in as");
  CHECK(reader.get(page).send().body.find("Logged in as") == std::string::npos);

  const std::string form = editor.get(page + "&do=edit").send().expect(200).expect_cache("fwd=bypass").body;
  const auto hidden = [&](const std::string& name) { return between(form, "name=\"" + name + "\" value=\"", "\""); };
  editor
      .post("/doku.php", HttpClient::encode({{"do[save]", "1"},
                                             {"id", "start"},
                                             {"sectok", hidden("sectok")},
                                             {"changecheck", hidden("changecheck")},
                                             {"rev", "0"},
                                             {"wikitext", "Flour, sugar, tea."}}))
      .send()
      .expect(302);
  reader.get(page).send().expect(200).expect_cache("fwd=miss").expect_body("Flour, sugar, tea.");
  reader.get(other).send().expect(200).expect_cache("hit");
}
