// Which file is meant? Ways out of the root, to hidden files, to the source of scripts and to scripts that must not
// run.
#include "tests/scenario/hostile_tables.h"

namespace larder::testing {
namespace {

using namespace std::string_literals;

void each(std::vector<HostileCase>& cases, std::string_view what, std::vector<std::string> targets,
          const std::vector<int>& statuses, bool silence = true) {
  for (const std::string& target : targets) {
    const std::string shown = target.size() > 80 ? target.substr(0, 80) + "..." : target;
    cases.push_back({std::string(what) + ": " + shown, get_target(target), statuses, silence});
  }
}

void ways_out(std::vector<HostileCase>& cases) {
  each(cases, "out of the root",
       {"/../secret.txt",
        "/..",
        "/docs/../../secret.txt",
        "//../secret.txt",
        "/./../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E/secret.txt",
        "/.%2e/secret.txt",
        "/%2e./secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/docs/..%2f..%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/%2e%2e%5csecret.txt",
        "/docs\\..\\..\\secret.txt",
        "/docs/..%5c..%5csecret.txt",
        "/docs%2f..%2f..%2fsecret.txt",
        "/docs/%2e%2e/%2e%2e/secret.txt",
        "/..%00/secret.txt",
        "/../secret.txt%00.css",
        "/%c0%ae%c0%ae/secret.txt",
        "/%c0%ae%c0%ae%c0%afsecret.txt",
        "/%e0%80%ae%e0%80%ae/secret.txt",
        "/%f0%80%80%ae%f0%80%80%ae/secret.txt",
        "/%uff0e%uff0e/secret.txt",
        "/%u002e%u002e/secret.txt",
        "/..%c0%afsecret.txt",
        "/..%c1%9csecret.txt",
        "/..%e0%80%afsecret.txt",
        "http://larder.test/../secret.txt",
        "http://larder.test/%2e%2e/secret.txt",
        "/docs/../../root/../secret.txt"},
       {400});
}

void seeming_ways_out(std::vector<HostileCase>& cases) {
  each(cases, "not out of the root either",
       {"/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%252fsecret.txt",
        "/..;/secret.txt",
        "/docs/..;/..;/secret.txt",
        "/.../secret.txt",
        "/....//secret.txt",
        "/..../secret.txt",
        "/.. /secret.txt",
        "/..%20/secret.txt",
        "/.%20./secret.txt",
        "/\xef\xbc\x8e\xef\xbc\x8e/secret.txt",
        "/%ef%bc%8e%ef%bc%8e/secret.txt",
        "/%e2%80%a5/secret.txt",
        "/secret.txt",
        "/~/secret.txt",
        "/%e2%88%95..%e2%88%95secret.txt",
        "/C:/secret.txt",
        "/file:///secret.txt",
        "/docs/..%09/secret.txt"},
       {200, 400, 403, 404});
}

void hidden_files(std::vector<HostileCase>& cases) {
  each(cases, "hidden",
       {"/.env",
        "/%2eenv",
        "/%2Eenv",
        "/.e%6ev",
        "//.env",
        "/./.env",
        "/docs/../.env",
        "/.env/",
        "/.env?x",
        "/.env;x",
        "/.env.",
        "/.ENV",
        "/.git/config",
        "/.git//config",
        "/.git",
        "/.git/",
        "/%2egit/config",
        "/.git%2fconfig",
        "/.git%5cconfig",
        "/docs/../.git/config",
        "/.well-known/../.env",
        "/.well-known/.env",
        "/.well-known%2f..%2f.env",
        "/index.php/.env",
        "/style.css/../.env",
        "http://larder.test/.env",
        "/GIT~1/config",
        "/ENV~1"},
       {200, 400, 403, 404});
}

void sources(std::vector<HostileCase>& cases) {
  each(cases, "source of a script",
       {"/wp-config.php",
        "/wp-config.php.",
        "/wp-config.php%20",
        "/wp-config.php%20.",
        "/wp-config.php%00",
        "/wp-config.php%00.css",
        "/wp-config.php%0a",
        "/wp-config.php::$DATA",
        "/wp-config.php:x",
        "/wp-config.php/",
        "/wp-config.php/x.css",
        "/wp-config.php;x.css",
        "/wp-config.php%3b.css",
        "/wp-config.php%23.css",
        "/wp-config.php%3f.css",
        "/wp-config.php?.css",
        "/wp-config.php%2f",
        "/wp-config.php%2fx.css",
        "/wp-config.php%5c",
        "/wp-config.php\\",
        "/WP-CONFIG.PHP",
        "/wp-config.PHP",
        "/wp-config.%70hp",
        "/wp%2dconfig.php",
        "/wp-config%2ephp",
        "//wp-config.php",
        "/wp-config.php.bak",
        "/wp-config.php~",
        "/wp-config.php.save",
        "/%23wp-config.php%23",
        "/WP-CON~1.PHP",
        "/docs/../wp-config.php",
        "/style.css/../wp-config.php",
        "/wp-config.php%e2%80%8b",
        "/wp-config.php%ff",
        "/shout.PHP",
        "/old.phtml"},
       {200, 400, 403, 404});
}

void scripts(std::vector<HostileCase>& cases) {
  each(cases, "an upload runs",
       {"/uploads/evil.php",
        "/uploads/evil.php/",
        "/uploads/evil.php/x.css",
        "/uploads/evil.php?x",
        "/uploads//evil.php",
        "/uploads/./evil.php",
        "/docs/../uploads/evil.php",
        "/%75ploads/evil.php",
        "/UPLOADS/evil.php",
        "/uploads./evil.php",
        "/uploads%20/evil.php",
        "/uploads/evil.PHP",
        "/uploads/evil.phtml",
        "/uploads/evil.php.",
        "/uploads/evil.php%00",
        "/uploads/evil.php::$DATA",
        "/uploads/evil.php%2fx",
        "/uploads%2fevil.php",
        "/uploads%5cevil.php",
        "/uploads;x/evil.php",
        "/uploads/x.jpg/y.php",
        "/uploads/x.jpg/.php",
        "/uploads/x.jpg%00.php",
        "/uploads/x.jpg%0a.php",
        "/uploads/x.jpg%20.php",
        "/uploads/x.jpg;y.php",
        "/uploads/x.jpg%2fy.php",
        "/uploads/x.jpg%5cy.php",
        "/uploads/x.jpg/index.php",
        "/uploads/deep/",
        "/uploads/deep/index.php",
        "/style.css/uploads/evil.php",
        "/index.php/../uploads/evil.php",
        "/nothing/%2e%2e/uploads/evil.php",
        "http://larder.test/uploads/evil.php"},
       {200, 400, 403, 404});
}

void forms(std::vector<HostileCase>& cases) {
  each(cases, "no target",
       {"*",
        "larder.test",
        "larder.test:80",
        "secret.txt",
        "../secret.txt",
        "\\secret.txt",
        "?x",
        "%2fsecret.txt",
        "ftp://larder.test/",
        "file:///etc/passwd",
        "gopher://larder.test/",
        "javascript:alert(1)",
        "http:/larder.test/",
        "http:larder.test",
        "http://",
        "http:///secret.txt",
        "http://user@larder.test/",
        "http://user:pass@larder.test/",
        "http://larder.test:x/",
        "http://larder.test:65536/",
        "http://evil.example\\@larder.test/",
        "http://%6carder.test/",
        "http://[::1/",
        "httpx://larder.test/"},
       {400});
}

void characters(std::vector<HostileCase>& cases) {
  each(cases, "forbidden character",
       {"/a#b",
        "/#",
        "/a?b#c",
        "/a\x01",
        "/a\x7f",
        "/a\tb",
        "/%",
        "/%4",
        "/%zz",
        "/%%32",
        "/%00",
        "/%0d%0aX-Injected:%20yes",
        "/%0a",
        "/%1b[2J",
        "/%7f",
        "/%c2%80",
        "/docs%0d%0aX-Injected:%20yes",
        "/docs%0aX-Injected:%20yes",
        "/\xff",
        "/%ff",
        "/%80",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "/a\0b"s},
       {400});
}

void oddities(std::vector<HostileCase>& cases) {
  each(cases, "odd but right",
       {"/\xc3\xa4", "/%C3%A4", "/[a]{b}|c^d`e\"f<g>", "/?a=%zz&b=%00&c[]=../..", "/" + std::string(4000, 'a'),
        "/" + std::string(1000, '/'), "/a/" + std::string(1500, '.'), "/?" + std::string(4000, '%'), "/a;b=c/d,e",
        "/%25", "/:80", "/@", "/HTTP/1.1"},
       {200, 301, 400, 404, 414, 431}, false);
  each(cases, "too long",
       {"/" + std::string(20'000, 'a'), "/?" + std::string(100'000, 'a'), "/" + std::string(30'000, '/') + "x"},
       {400, 413, 414, 431});
}

void redirects(std::vector<HostileCase>& cases) {
  each(cases, "a redirect to elsewhere",
       {"//docs", "///docs", "//evil.example/..", "//evil.example/%2e%2e/docs", "/\\evil.example",
        "/%5cevil.example/..", "/%2fevil.example/docs", "//evil.example%2f..", "/docs?//evil.example",
        "http://larder.test//docs", "/evil.example/..//docs"},
       {200, 301, 308, 400, 404});
}

}  // namespace

std::vector<HostileCase> hostile_targets() {
  std::vector<HostileCase> cases;
  ways_out(cases);
  seeming_ways_out(cases);
  hidden_files(cases);
  sources(cases);
  scripts(cases);
  forms(cases);
  characters(cases);
  oddities(cases);
  redirects(cases);
  return cases;
}

}  // namespace larder::testing
