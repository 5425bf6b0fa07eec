#include "server/router.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/openat2.h"
#include "tests/support/temp_dir.h"

using namespace larder::server;
using larder::testing::has_openat2;
using larder::testing::TempDir;

namespace {

constexpr const char* kFiles[] = {"index.php",
                                  "style.css",
                                  "wp-login.php",
                                  "wp-config.php",
                                  "wp-config.php~",
                                  "wp-config.php.bak",
                                  "x.php.save",
                                  "#x.php#",
                                  "x.php.swp",
                                  "shout.PHP",
                                  "old.phtml",
                                  "a.phar",
                                  "b.php7",
                                  "c.inc",
                                  "docs/index.html",
                                  "docs/page.txt",
                                  "blog/index.php",
                                  "wp-content/uploads/evil.php",
                                  "wp-content/uploads/index.php",
                                  "wp-content/uploads/x.jpg",
                                  "wp-content/uploads/2024/evil.php",
                                  "wp-content/uploads/evil.phtml",
                                  "Files/evil.php",
                                  "dir.php/inner.php",
                                  "dir.php/page.txt",
                                  "empty/keep.txt/x",
                                  ".env",
                                  ".git/config",
                                  "docs/.secret",
                                  ".well-known/security.txt",
                                  ".well-known/.env",
                                  "name with blank.txt",
                                  "caf\xc3\xa9.txt",
                                  "photo~1.jpg",
                                  "%2F.txt",
                                  "three.module.js"};

struct Site {
  TempDir directory;
  SiteRoot root;
  RouteRules rules{{"index.php", "index.html"}, "/index.php", {"/wp-content/uploads/", "/files/"}};

  Site() : root(make(directory)) {}

  static SiteRoot make(const TempDir& directory) {
    for (const char* name : kFiles) directory.write("root/" + std::string(name), "content");
    directory.write("secret.txt", "secret");
    std::filesystem::create_symlink("../secret.txt", directory / "root/way-out.txt");
    std::filesystem::create_symlink("/etc/passwd", directory / "root/way-out.php");
    std::filesystem::create_symlink("style.css", directory / "root/inside.css");
    REQUIRE(::mkfifo((directory / "root/fifo.txt").c_str(), 0600) == 0);
    auto root = SiteRoot::open(directory / "root");
    REQUIRE(root.ok());
    return std::move(*root);
  }

  // "static NAME", "script NAME INFO", "redirect PATH", "404" ...
  std::string answer(std::string_view raw) const {
    const auto parsed = parse_target(raw, "GET");
    INFO(raw);
    REQUIRE_FALSE(parsed.refusal);
    return shown(route(parsed.target, root, rules, Wait::allowed));
  }

  static std::string shown(const Route& route) {
    if (const auto* file = std::get_if<StaticRoute>(&route)) return "static " + file->name;
    if (const auto* script = std::get_if<ScriptRoute>(&route))
      return "script " + script->script_name + (script->path_info.empty() ? "" : " " + script->path_info);
    if (const auto* redirect = std::get_if<RedirectRoute>(&route)) return "redirect " + redirect->path;
    if (const auto* refused = std::get_if<RefusedRoute>(&route)) return std::to_string(refused->status);
    return "uncertain";
  }
};

}  // namespace

TEST_CASE("An existing file is served under its name") {
  const Site site;
  CHECK(site.answer("/style.css") == "static style.css");
  CHECK(site.answer("/docs/page.txt") == "static page.txt");
  CHECK(site.answer("/name%20with%20blank.txt") == "static name with blank.txt");
  CHECK(site.answer("/caf%C3%A9.txt") == "static caf\xc3\xa9.txt");
  CHECK(site.answer("/inside.css") == (has_openat2() ? "static inside.css" : "404"));
  CHECK(site.answer("/wp-content/uploads/x.jpg") == "static x.jpg");
  CHECK(site.answer("/three.module.js") == "static three.module.js");
}

TEST_CASE("An existing script runs, the rest of the path is its PATH_INFO") {
  const Site site;
  CHECK(site.answer("/wp-login.php") == "script /wp-login.php");
  CHECK(site.answer("/wp-login.php/") == "script /wp-login.php /");
  CHECK(site.answer("/wp-login.php/more/x.css") == "script /wp-login.php /more/x.css");
  CHECK(site.answer("/wp-login.php/x.php/y.php") == "script /wp-login.php /x.php/y.php");
  CHECK(site.answer("/%77p-login%2ephp") == "script /wp-login.php");
  CHECK(site.answer("/blog/index.php/a") == "script /blog/index.php /a");
}

TEST_CASE("A directory named like a script is a directory") {
  const Site site;
  CHECK(site.answer("/dir.php") == "redirect /dir.php/");
  CHECK(site.answer("/dir.php/inner.php/x") == "script /dir.php/inner.php /x");
  CHECK(site.answer("/dir.php/page.txt") == "static page.txt");
}

TEST_CASE("A file that is no script never runs through PATH_INFO") {
  const Site site;
  CHECK(site.answer("/wp-content/uploads/x.jpg/y.php") == "script /index.php");
  CHECK(site.answer("/style.css/index.php") == "script /index.php");
  CHECK(site.answer("/style.css/") == "script /index.php");
}

TEST_CASE("No script runs below php.deny, by any spelling of the path") {
  const Site site;
  for (const char* path :
       {"/wp-content/uploads/evil.php", "/wp-content/uploads/evil.php/x.css", "/wp-content//uploads/./evil.php",
        "/wp-content/x/../uploads/evil.php", "/wp-content/uploads/2024/evil.php", "/wp%2Dcontent/%75ploads/evil%2ephp",
        "/wp-content/uploads/", "/Files/evil.php"}) {
    INFO(path);
    CHECK(site.answer(path) == "403");
  }
}

TEST_CASE("Denied paths are compared as the most forgiving file system would") {
  const TempDir directory;
  directory.write("UPLOADS/evil.php", "");
  directory.write("uploads./evil.php", "");
  directory.write("uploads. /evil.php", "");
  directory.write("uploads::$INDEX_ALLOCATION/evil.php", "");
  directory.write("uploads2/fine.php", "");
  const auto root = SiteRoot::open(directory.path());
  REQUIRE(root.ok());
  const RouteRules rules{{}, "", {"/uploads/"}};
  const auto answer = [&](std::string_view raw) {
    return Site::shown(route(parse_target(raw, "GET").target, *root, rules, Wait::allowed));
  };
  CHECK(answer("/UPLOADS/evil.php") == "403");
  CHECK(answer("/uploads./evil.php") == "403");
  CHECK(answer("/uploads.%20/evil.php") == "403");
  CHECK(answer("/uploads::$INDEX_ALLOCATION/evil.php") == "403");
  CHECK(answer("/uploads2/fine.php") == "script /uploads2/fine.php");
}

TEST_CASE("The source of a script is never served, whatever became of its name") {
  const Site site;
  for (const char* path :
       {"/wp-config.php~", "/wp-config.php.bak", "/x.php.save", "/%23x.php%23", "/x.php.swp", "/shout.PHP",
        "/old.phtml", "/a.phar", "/b.php7", "/c.inc", "/wp-content/uploads/evil.phtml"}) {
    INFO(path);
    CHECK(site.answer(path) == "404");
  }
}

TEST_CASE("Hidden names are not found, those of .well-known are") {
  const Site site;
  for (const char* path : {"/.env", "/.git/config", "/.git/", "/.git", "/docs/.secret", "/%2eenv", "/.well-known/.env",
                           "/docs/.well-known/x", "/.nothing", "/wp-login.php/.x", "/.%2fenv", "/...", "/..;/.env"}) {
    INFO(path);
    CHECK(site.answer(path) == "404");
  }
  CHECK(site.answer("/.well-known/security.txt") == "static security.txt");
  CHECK(site.answer("/.well-known/acme-challenge/token") == "script /index.php");
}

TEST_CASE("A directory gets its slash, then its index") {
  const Site site;
  CHECK(site.answer("/") == "script /index.php");
  CHECK(site.answer("/docs") == "redirect /docs/");
  CHECK(site.answer("/docs/") == "static index.html");
  CHECK(site.answer("/blog/") == "script /blog/index.php");
  CHECK(site.answer("/empty/") == "script /index.php");
  CHECK(site.answer("//docs") == "redirect /docs/");
  CHECK(site.answer("/caf%c3%a9.txt/..//docs") == "redirect /docs/");
}

TEST_CASE("Everything else goes to the front controller, if there is one") {
  Site site;
  CHECK(site.answer("/2024/05/hello-world/") == "script /index.php");
  CHECK(site.answer("/nothing.php") == "script /index.php");
  CHECK(site.answer("/nothing.php/style.css") == "script /index.php");
  CHECK(site.answer("/nothing.css") == "script /index.php");
  CHECK(site.answer("/" + std::string(400, 'x')) == "script /index.php");
  site.rules.front_controller = "";
  CHECK(site.answer("/nothing.css") == "404");
  CHECK(site.answer("/empty/") == "404");
  site.rules.front_controller = "/missing.php";
  CHECK(site.answer("/nothing.css") == "404");
  site.rules.front_controller = "/docs";
  CHECK(site.answer("/nothing.css") == "404");
}

TEST_CASE("A path with an escaped separator names no file") {
  const Site site;
  CHECK(site.answer("/docs%2Fpage.txt") == "script /index.php");
  CHECK(site.answer("/docs%5cpage.txt") == "script /index.php");
  CHECK(site.answer("/wp-login.php%2Fx") == "script /index.php");
  CHECK(site.answer("/%2F.txt") == "script /index.php");
  CHECK(site.answer("/%252F.txt") == "static %2F.txt");
}

TEST_CASE("Links out of the root are not found, devices are refused") {
  const Site site;
  CHECK(site.answer("/way-out.txt") == "404");
  CHECK(site.answer("/way-out.php") == "404");
  CHECK(site.answer("/way-out.php/x") == "404");
  CHECK(site.answer("/fifo.txt") == "403");
}

TEST_CASE("A name in the shape of a short FAT name is just a name elsewhere") {
  const Site site;
  CHECK(site.answer("/photo~1.jpg") == "static photo~1.jpg");
}

TEST_CASE("'*' names no file") {
  const Site site;
  Target target;
  target.asterisk = true;
  target.path = "*";
  CHECK(Site::shown(route(target, site.root, site.rules, Wait::allowed)) == "404");
}

TEST_CASE("Names that may be program text are known") {
  for (const char* name :
       {"x.php",     "x.PHP",     "x.pHp",  "x.php.",      "x.php. .", "x.php ",    "x.php::$DATA", "x.php:stream",
        "x.phtml",   "x.pht",     "x.phar", "x.php3",      "x.php7",   "x.phps",    "x.inc",        "x.php~",
        "x.php.bak", "x.php.old", "x.php_", "x.php-2024",  "x.phpold", "x.php.txt", "x.php.jpg",    ".x.php.swp",
        "#x.php#",   "x.php.gz",  "x..php", "x.class.php", ".php"}) {
    INFO(name);
    CHECK(looks_like_script(name));
  }
  for (const char* name :
       {"x.txt", "php", "php.txt", "x.html", "photo.jpg", "x.p", "xphp", "", ".", "x.ph", "x.js", "x.include"}) {
    INFO(name);
    CHECK(looks_like_script(name) == (std::string_view(name) == "x.include"));
  }
}
