#include "server/mime_type.h"

#include "tests/support/catch.h"

using larder::server::mime_type;

TEST_CASE("A file has the type of its extension") {
  CHECK(mime_type("style.css") == "text/css; charset=utf-8");
  CHECK(mime_type("a.mjs") == "text/javascript; charset=utf-8");
  CHECK(mime_type("a.min.js") == "text/javascript; charset=utf-8");
  CHECK(mime_type("a.svg") == "image/svg+xml; charset=utf-8");
  CHECK(mime_type("a.woff2") == "font/woff2");
  CHECK(mime_type("a.webp") == "image/webp");
  CHECK(mime_type("a.avif") == "image/avif");
  CHECK(mime_type("a.wasm") == "application/wasm");
  CHECK(mime_type("a.mp4") == "video/mp4");
  CHECK(mime_type("a.xsl") == "application/xslt+xml; charset=utf-8");
  CHECK(mime_type("site.webmanifest") == "application/manifest+json");
  CHECK(mime_type("a.aac") == "audio/aac");
  CHECK(mime_type("a.zst") == "application/zstd");
}

TEST_CASE("The case of an extension does not matter") { CHECK(mime_type("PHOTO.JPG") == "image/jpeg"); }

TEST_CASE("A file of unknown kind is a row of bytes") {
  for (const char* name :
       {"", "README", "html", "a.", "a.unknown", "a.htmlx", "a.ht", "a.averyverylongextension", "a.css.xyz"})
    CHECK(mime_type(name) == "application/octet-stream");
}
