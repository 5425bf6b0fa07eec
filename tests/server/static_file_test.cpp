#include "server/static_file.h"

#include "tests/server/heads.h"
#include "tests/support/catch.h"

using namespace larder;
using namespace larder::server;
using larder::testing::head_with;

namespace {

struct stat file_of(std::int64_t size, std::int64_t modified = 784111777, long nanoseconds = 5) {
  struct stat status {};
  status.st_mode = S_IFREG | 0644;
  status.st_size = size;
  status.st_mtim.tv_sec = modified;
  status.st_mtim.tv_nsec = nanoseconds;
  return status;
}

FileAnswer ask(std::initializer_list<FieldView> fields, std::string_view method = "GET") {
  return answer_file("page.html", file_of(26), {}, head_with(fields, method));
}

std::string value(const FileAnswer& answer, std::string_view name) {
  const std::string* found = find_field(answer.fields, name);
  return found ? *found : "(none)";
}

std::string etag_of(const struct stat& status) { return value(answer_file("a", status, {}, head_with({})), "ETag"); }

}  // namespace

TEST_CASE("A whole file comes with type, validators and the offer of ranges") {
  const FileAnswer answer = ask({});
  CHECK(answer.status == 200);
  CHECK(answer.ranges == std::vector<ByteRange>{{0, 26}});
  CHECK(answer.parts.empty());
  CHECK(value(answer, "Content-Type") == "text/html; charset=utf-8");
  CHECK(value(answer, "Last-Modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(value(answer, "Accept-Ranges") == "bytes");
  CHECK(value(answer, "X-Content-Type-Options") == "nosniff");
  CHECK(value(answer, "Content-Length") == "(none)");
}

TEST_CASE("The tag changes with time and size, not with the inode") {
  const std::string tag = etag_of(file_of(26));
  CHECK(tag.starts_with('"'));
  CHECK(tag.ends_with('"'));
  struct stat copied = file_of(26);
  copied.st_ino = 99;
  copied.st_dev = 7;
  CHECK(etag_of(copied) == tag);
  CHECK(etag_of(file_of(27)) != tag);
  CHECK(etag_of(file_of(26, 784111778)) != tag);
  CHECK(etag_of(file_of(26, 784111777, 6)) != tag);
  CHECK(etag_of(file_of(26, -1)) != tag);
}

TEST_CASE("A client that has the file gets 304 with the validators and nothing to send") {
  const std::string tag = etag_of(file_of(26));
  const FileAnswer answer = ask({{"If-None-Match", tag}, {"Range", "bytes=0-1"}});
  CHECK(answer.status == 304);
  CHECK(answer.ranges.empty());
  CHECK(value(answer, "ETag") == tag);
  CHECK(value(answer, "Content-Type") == "(none)");
  CHECK(ask({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).status == 304);
}

TEST_CASE("A failed precondition sends nothing") {
  const FileAnswer answer = ask({{"If-Match", "\"other\""}});
  CHECK(answer.status == 412);
  CHECK(answer.ranges.empty());
}

TEST_CASE("One range is answered with its place in the file") {
  const FileAnswer answer = ask({{"Range", "bytes=2-4"}});
  CHECK(answer.status == 206);
  CHECK(answer.ranges == std::vector<ByteRange>{{2, 3}});
  CHECK(value(answer, "Content-Range") == "bytes 2-4/26");
  CHECK(value(answer, "Content-Type") == "text/html; charset=utf-8");
  CHECK(answer.parts.empty());
}

TEST_CASE("Several ranges are answered in parts between boundaries") {
  const FileAnswer answer = ask({{"Range", "bytes=0-0,25-25"}});
  CHECK(answer.status == 206);
  REQUIRE(answer.ranges == std::vector<ByteRange>{{0, 1}, {25, 1}});
  REQUIRE(answer.parts.size() == 3);
  const std::string type = value(answer, "Content-Type");
  const std::string start = "multipart/byteranges; boundary=";
  REQUIRE(type.starts_with(start));
  const std::string line = "--" + type.substr(start.size());
  const std::string part_type = "Content-Type: text/html; charset=utf-8\r\n";
  CHECK(answer.parts[0] == line + "\r\n" + part_type + "Content-Range: bytes 0-0/26\r\n\r\n");
  CHECK(answer.parts[1] == "\r\n" + line + "\r\n" + part_type + "Content-Range: bytes 25-25/26\r\n\r\n");
  CHECK(answer.parts[2] == "\r\n" + line + "--\r\n");
  CHECK(value(answer, "Content-Range") == "(none)");
}

TEST_CASE("An unsatisfiable range is told the size") {
  const FileAnswer answer = ask({{"Range", "bytes=26-"}});
  CHECK(answer.status == 416);
  CHECK(answer.ranges.empty());
  CHECK(value(answer, "Content-Range") == "bytes */26");
}

TEST_CASE("A range is ignored when If-Range names another file, when it stands twice, and for HEAD") {
  CHECK(ask({{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}}).status == 200);
  CHECK(ask({{"Range", "bytes=2-4"}, {"If-Range", etag_of(file_of(26))}}).status == 206);
  CHECK(ask({{"Range", "bytes=2-4"}, {"Range", "bytes=5-6"}}).status == 200);
  CHECK(ask({{"Range", "bytes=2-4"}}, "HEAD").status == 200);
  CHECK(ask({{"Range", "bytes=99-"}, {"If-Range", "\"other\""}}).status == 200);
}

TEST_CASE("An empty file is whole") {
  const FileAnswer answer = answer_file("a.txt", file_of(0), {}, head_with({{"Range", "bytes=0-"}}));
  CHECK(answer.status == 200);
  CHECK(answer.ranges == std::vector<ByteRange>{{0, 0}});
}

namespace {

FileForms packed_forms() {
  auto page = std::make_shared<cache::Page>();
  page->bodies = cache::Bodies(cache::Coding::identity, 26);
  page->bodies.set(cache::Coding::gzip, std::make_shared<const std::string>("zipped"));
  page->bodies.set(cache::Coding::brotli, std::make_shared<const std::string>("brot"));
  return {.several = true, .packed = page};
}

FileAnswer ask_packed(std::initializer_list<FieldView> fields, const FileForms& forms = packed_forms(),
                      std::string_view method = "GET") {
  return answer_file("page.html", file_of(26), forms, head_with(fields, method));
}

std::string tag(std::string_view ending) {
  std::string tag = value(ask({}), "ETag");
  return tag.insert(tag.size() - 1, ending);
}

}  // namespace

TEST_CASE("A client gets the coding that it likes best, with its own tag") {
  const FileAnswer answer = ask_packed({{"Accept-Encoding", "gzip, br"}});
  CHECK(answer.status == 200);
  REQUIRE(answer.packed);
  CHECK(*answer.packed == "brot");
  CHECK(value(answer, "Content-Encoding") == "br");
  CHECK(value(answer, "ETag") == tag("-br"));
  CHECK(value(answer, "Vary") == "Accept-Encoding");
  CHECK(value(answer, "Content-Type") == "text/html; charset=utf-8");
  CHECK(*ask_packed({{"Accept-Encoding", "gzip"}}).packed == "zipped");
  CHECK_FALSE(ask_packed({{"Accept-Encoding", "gzip;q=0.5, identity"}}).packed);
}

TEST_CASE("Until the file is packed, and to those who take nothing packed, it is itself, and says that it varies") {
  for (const FileAnswer& answer : {ask_packed({}), ask_packed({{"Accept-Encoding", "br"}}, {.several = true})}) {
    CHECK_FALSE(answer.packed);
    CHECK(answer.ranges == std::vector<ByteRange>{{0, 26}});
    CHECK(value(answer, "Content-Encoding") == "(none)");
    CHECK(value(answer, "ETag") == tag(""));
    CHECK(value(answer, "Vary") == "Accept-Encoding");
  }
  CHECK(value(ask({{"Accept-Encoding", "br"}}), "Vary") == "(none)");
}

TEST_CASE("Whoever has the file in a coding that it takes is told so, packed or not any more") {
  for (const FileForms& forms : {packed_forms(), FileForms{.several = true}}) {
    for (const std::string ending : {"-br", "-gz", ""}) {
      const std::string its = tag(ending);
      const FileAnswer answer = ask_packed({{"Accept-Encoding", "gzip, br"}, {"If-None-Match", its}}, forms);
      CHECK(answer.status == 304);
      CHECK_FALSE(answer.packed);
      CHECK(value(answer, "ETag") == its);
      CHECK(value(answer, "Vary") == "Accept-Encoding");
      CHECK(value(answer, "Content-Encoding") == "(none)");
    }
  }
  CHECK(ask_packed({{"Accept-Encoding", "br"}, {"If-None-Match", tag("-br")}}).whole_size == 4);
  CHECK_FALSE(ask_packed({{"Accept-Encoding", "br"}, {"If-None-Match", tag("-br")}}, {.several = true}).whole_size);
  CHECK(ask_packed({{"Accept-Encoding", "gzip"}, {"If-None-Match", tag("-br")}}).status == 200);
  CHECK(ask_packed({{"If-None-Match", tag("-gz")}}).status == 200);
  CHECK(ask({{"Accept-Encoding", "br"}, {"If-None-Match", tag("-br")}}).status == 200);
}

TEST_CASE("A condition that fails is 412 with nothing to send") {
  const FileAnswer answer = ask_packed({{"Accept-Encoding", "br"}, {"If-Match", "\"other\""}});
  CHECK(answer.status == 412);
  CHECK_FALSE(answer.packed);
  CHECK(ask_packed({{"Accept-Encoding", "br"}, {"If-Match", tag("-gz")}}).status == 412);
  CHECK(ask_packed({{"Accept-Encoding", "br"}, {"If-Match", tag("-br")}}).status == 200);
}

TEST_CASE("Ranges are of the file itself; one that does not count gives the whole in the client's coding") {
  const FileAnswer part = ask_packed({{"Accept-Encoding", "br"}, {"Range", "bytes=2-4"}});
  CHECK(part.status == 206);
  CHECK_FALSE(part.packed);
  CHECK(value(part, "ETag") == tag(""));
  CHECK(value(part, "Content-Encoding") == "(none)");
  CHECK(value(part, "Vary") == "Accept-Encoding");
  const FileAnswer whole = ask_packed({{"Accept-Encoding", "br"}, {"Range", "bytes=2-4"}, {"If-Range", tag("-br")}});
  CHECK(whole.status == 200);
  CHECK(whole.packed);
  CHECK(ask_packed({{"Accept-Encoding", "br"}, {"Range", "bytes=99-"}}).status == 416);
}
