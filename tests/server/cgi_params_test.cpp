#include "server/cgi_params.h"

#include <map>

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder::server;
using larder::testing::head_with;

namespace {

using Map = std::map<std::string, std::string>;

// One request; a test changes what it is about.
struct Case {
  RequestHead head = head_with({});
  Target target = parse_target("/blog/a%20b?x=%2e", "GET").target;
  ClientView view{*Endpoint::parse("192.0.2.1:4711"), "http", "example.com:8080", 8080, false};
  ScriptRoute script{"/index.php", ""};
  std::string document_root = "/srv/www";
  std::uint64_t body_length = 0;
  bool for_cache = false;

  Map map() const {
    Map result;
    for (const auto& [name, text] : cgi_params({.head = head,
                                    .target = target,
                                    .view = view,
                                    .script = script,
                                    .document_root = document_root,
                                    .node = "http://127.0.0.1:80",
                                    .method = "GET",
                                    .body_length = body_length,
                                    .for_cache = for_cache})) {
      INFO(name);
      REQUIRE(result.emplace(name, text).second);
    }
    return result;
  }
  Map with(std::initializer_list<FieldView> fields) {
    head.fields = FieldList(fields);
    return map();
  }
};

}  // namespace

TEST_CASE("A script gets what RFC 3875 and PHP ask for, and nothing more") {
  CHECK(Case().map() == Map{{"DOCUMENT_ROOT", "/srv/www"},
                            {"DOCUMENT_URI", "/index.php"},
                            {"GATEWAY_INTERFACE", "CGI/1.1"},
                            {"HTTP_HOST", "example.com:8080"},
                            {"LARDER_NODE", "http://127.0.0.1:80"},
                            {"QUERY_STRING", "x=%2e"},
                            {"REDIRECT_STATUS", "200"},
                            {"REMOTE_ADDR", "192.0.2.1"},
                            {"REMOTE_PORT", "4711"},
                            {"REQUEST_METHOD", "GET"},
                            {"REQUEST_SCHEME", "http"},
                            {"REQUEST_URI", "/blog/a%20b?x=%2e"},
                            {"SCRIPT_FILENAME", "/srv/www/index.php"},
                            {"SCRIPT_NAME", "/index.php"},
                            {"SERVER_NAME", "example.com"},
                            {"SERVER_PORT", "8080"},
                            {"SERVER_PROTOCOL", "HTTP/1.1"},
                            {"SERVER_SOFTWARE", "larder"}});
}

TEST_CASE("REQUEST_URI is the normal form, with its query as sent") {
  Case request;
  request.target = parse_target("http://example.com//a/../b%7e?", "GET").target;
  CHECK(request.map().at("REQUEST_URI") == "/b~?");
  CHECK(request.map().at("QUERY_STRING").empty());
}

TEST_CASE("PATH_INFO comes without a translation") {
  Case request;
  CHECK(request.map().count("PATH_INFO") == 0);
  request.script = {"/blog/index.php", "/more"};
  const Map params = request.map();
  CHECK(params.at("PATH_INFO") == "/more");
  CHECK(params.count("PATH_TRANSLATED") == 0);  // PHP would run it instead of the script
  CHECK(params.at("SCRIPT_NAME") == "/blog/index.php");
  CHECK(params.at("SCRIPT_FILENAME") == "/srv/www/blog/index.php");
  CHECK(params.at("DOCUMENT_URI") == "/blog/index.php/more");
}

TEST_CASE("A root that ends in a slash does not double it") {
  Case request;
  request.document_root = "/";
  CHECK(request.map().at("SCRIPT_FILENAME") == "/index.php");
  CHECK(request.map().at("DOCUMENT_ROOT") == "/");
}

TEST_CASE("HTTPS is on exactly when the client is believed to use it") {
  Case request;
  CHECK(request.map().count("HTTPS") == 0);
  request.view.scheme = "https";
  CHECK(request.map().at("HTTPS") == "on");
  CHECK(request.map().at("REQUEST_SCHEME") == "https");
}

TEST_CASE("HTTP_HOST is the effective host, never the field") {
  Case request;
  CHECK(request.with({{"Host", "evil.example"}}).at("HTTP_HOST") == "example.com:8080");
  request.view.host = {};
  CHECK(request.with({{"Host", "evil.example"}}).count("HTTP_HOST") == 0);
}

TEST_CASE("Fields become variables, those of one name are joined") {
  Case request;
  const Map params = request.with({{"User-Agent", " a\t"},
                                   {"accept", "x"},
                                   {"Cookie", "a=1"},
                                   {"ACCEPT", "y"},
                                   {"cookie", "b=2"},
                                   {"X-Empty", ""},
                                   {"Authorization", "Basic eA=="}});
  CHECK(params.at("HTTP_USER_AGENT") == "a");
  CHECK(params.at("HTTP_ACCEPT") == "x, y");
  CHECK(params.at("HTTP_COOKIE") == "a=1; b=2");
  CHECK(params.at("HTTP_X_EMPTY").empty());
  CHECK(params.at("HTTP_AUTHORIZATION") == "Basic eA==");
}

TEST_CASE("A body has its length and type, under their own names alone") {
  Case request;
  request.body_length = 12;
  const Map params = request.with({{"Content-Length", "99"}, {"Content-Type", "text/plain"}});
  CHECK(params.at("CONTENT_LENGTH") == "12");
  CHECK(params.at("CONTENT_TYPE") == "text/plain");
  CHECK(params.count("HTTP_CONTENT_LENGTH") == 0);
  CHECK(params.count("HTTP_CONTENT_TYPE") == 0);
}

TEST_CASE("An empty body has a length only when the client spoke of a body") {
  Case request;
  CHECK(request.with({}).count("CONTENT_LENGTH") == 0);
  CHECK(request.with({{"Content-Length", "0"}}).at("CONTENT_LENGTH") == "0");
  CHECK(request.with({{"Transfer-Encoding", "chunked"}}).at("CONTENT_LENGTH") == "0");
}

TEST_CASE("HTTP_PROXY and hop-by-hop fields never reach a script") {
  Case request;
  request.view.forwarded = true;
  const Map params = request.with({{"Proxy", "http://evil"},
                                   {"pROXY", "http://evil"},
                                   {"Connection", "close, X-A"},
                                   {"Keep-Alive", "1"},
                                   {"TE", "trailers"},
                                   {"Transfer-Encoding", "chunked"},
                                   {"Upgrade", "h2c"},
                                   {"HTTP2-Settings", "x"},
                                   {"Expect", "100-continue"},
                                   {"Proxy-Authorization", "x"},
                                   {"X-A", "kept"}});
  for (const auto& [name, text] : params) {
    INFO(name);
    CHECK((!name.starts_with("HTTP_") || name == "HTTP_HOST" || name == "HTTP_X_A"));
  }
  CHECK(params.at("HTTP_X_A") == "kept");
}

TEST_CASE("Names that PHP would confuse with others are dropped") {
  Case request;
  request.view.forwarded = true;
  const Map params = request.with({{"X_Forwarded_For", "6.6.6.6"},
                                   {"X.Forwarded.For", "6.6.6.6"},
                                   {"X-Forwarded_For", "6.6.6.6"},
                                   {"Content_Length", "5"},
                                   {"X~A", "1"},
                                   {"X!A", "1"},
                                   {"X-Plain9", "1"}});
  CHECK(params.count("HTTP_X_FORWARDED_FOR") == 0);
  CHECK(params.count("HTTP_CONTENT_LENGTH") == 0);
  CHECK(params.at("HTTP_X_PLAIN9") == "1");
  CHECK(params.size() == Case().map().size() + 1);
}

TEST_CASE("What a proxy says about its client comes from trusted proxies only") {
  Case request;
  const std::initializer_list<FieldView> fields = {
      {"X-Forwarded-For", "1"}, {"X-Forwarded-Host", "2"}, {"X-Forwarded-Proto", "3"}, {"X-FORWARDED-anything", "4"},
      {"Forwarded", "5"},       {"X-Original-URL", "6"},   {"X-Rewrite-URL", "7"},     {"X-Real-IP", "8"}};
  CHECK(request.with(fields).size() == Case().map().size());
  request.view.forwarded = true;
  CHECK(request.with(fields).size() == Case().map().size() + 8);
}

TEST_CASE("For a page that others get, only what is in the key may shape it") {
  Case request;
  request.view.forwarded = true;
  request.for_cache = true;
  request.view.scheme = "https";
  const Map params = request.with({{"X-Forwarded-For", "192.0.2.1"},
                                   {"X-Forwarded-Proto", "http, https"},
                                   {"X-Forwarded-Host", "evil.example"},
                                   {"X-Forwarded-Prefix", "/evil"},
                                   {"X-Original-URL", "/admin"},
                                   {"X-Rewrite-URL", "/admin"},
                                   {"Forwarded", "host=evil.example"},
                                   {"Accept-Encoding", "gzip"},
                                   {"If-None-Match", "\"x\""},
                                   {"If-Modified-Since", "x"},
                                   {"If-Match", "x"},
                                   {"If-Unmodified-Since", "x"},
                                   {"If-Range", "x"},
                                   {"Range", "bytes=0-1"},
                                   {"X-HTTP-Method-Override", "DELETE"},
                                   {"Accept-Language", "de"}});
  Map http;
  for (const auto& [name, text] : params)
    if (name.starts_with("HTTP_")) http[name] = text;
  CHECK(http == Map{{"HTTP_ACCEPT_LANGUAGE", "de"},
                    {"HTTP_HOST", "example.com:8080"},
                    {"HTTP_X_FORWARDED_FOR", "192.0.2.1"},
                    {"HTTP_X_FORWARDED_PROTO", "https"}});
  request.for_cache = false;
  CHECK(request.map().at("HTTP_ACCEPT_ENCODING") == "gzip");
  CHECK(request.map().at("HTTP_RANGE") == "bytes=0-1");
}

TEST_CASE("A client of HTTP/1.0 is told apart, later versions are 1.1") {
  Case request;
  request.head.version = "HTTP/1.0";
  CHECK(request.map().at("SERVER_PROTOCOL") == "HTTP/1.0");
  request.head.version = "HTTP/1.2";
  CHECK(request.map().at("SERVER_PROTOCOL") == "HTTP/1.1");
}

TEST_CASE("A client on a Unix socket has an address and no port") {
  Case request;
  request.view.client = Endpoint{};
  request.view.client.family = Endpoint::Family::unix_socket;
  CHECK(request.map().at("REMOTE_ADDR") == "unix:");
  CHECK(request.map().count("REMOTE_PORT") == 0);
}
