// Bodies larger than memory, in both directions, and clients slower than PHP.
#include <cstdio>

#include "arm/crc32c.h"
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"

using namespace larder::testing;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::string checksum(const std::string& bytes) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(larder::arm::crc32c(bytes.data(), bytes.size())));
  return text;
}

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

// A client at 100 KB/s fetches `size` bytes that PHP sends with readfile: the worker is soon free for others, the
// memory of the daemon stays within a bound, and what the client leaves behind is cleaned up.
void slow_download(std::uint64_t size) {
  TestSite site;
  site.make_download(size);
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.timeout=10m"});
  HttpClient client = daemon.client();
  client.get("/article/1").send().expect(200);
  const std::uint64_t before = daemon.rss_bytes();
  std::uint64_t most = before;

  Batch slow({client.get("/big").rate(100'000).discard_body().limit(larder::testing::patience(600'000))});
  REQUIRE(eventually(
      [&] {
        most = std::max(most, daemon.rss_bytes());
        return site.count("downloads") == 1;
      },
      patience(120'000)));
  CHECK(slow.finished() == 0);
  CHECK(slow.received() < size / 4);

  client.get("/article/2").send().expect(200).expect_body("render 2");
  const std::uint64_t reached = slow.received();
  REQUIRE(eventually([&] { return slow.received() > reached + 100'000; }, patience(60'000)));
  most = std::max(most, daemon.rss_bytes());
  if (!kSanitized) CHECK(most < before + 32 * kMiB);

  slow.cancel();
  client.get("/article/3").send().expect(200);
}

}  // namespace

TEST_CASE("A slow client of a large download holds neither worker nor memory") { slow_download(64 * kMiB); }

TEST_CASE("A slow client of a download of one gigabyte holds neither worker nor memory", "[.slow]") {
  slow_download(1024 * kMiB);
}

TEST_CASE("A large download arrives whole") {
  TestSite site;
  site.make_download(48 * kMiB);
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  const Response response = daemon.client().get("/big").send();
  response.expect(200).expect_header("Content-Length", std::to_string(48 * kMiB));
  REQUIRE(response.body.size() == 48 * kMiB);
  CHECK(response.body.starts_with("begin"));
  CHECK(response.body.ends_with("end"));
  const bool holes = response.body.find_first_not_of('\0', 5) == response.body.size() - 3;
  CHECK(holes);
}

TEST_CASE("More than the spool holds is streamed as fast as the client reads") {
  TestSite site;
  site.make_download(48 * kMiB);
  LarderDaemon daemon({site.setting(), "php.workers=1", "php.spool=4M", "php.timeout=10m"});
  const Response response = daemon.client().get("/big").rate(32'000'000).discard_body().send();
  response.expect(200);
  CHECK(response.body_bytes == 48 * kMiB);
}

// libmicrohttpd goes on through the chunks it has received even after the connection was suspended.
TEST_CASE("An upload in many chunks arrives whole, every time") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  const std::string film = noise(24 * kMiB);
  for (int round = 0; round < 3; ++round) {
    HttpClient client = daemon.client();
    const Response stored = client.request("POST", "/echo/").body(film).chunked().header("Expect:").send();
    stored.expect(200).expect_body(checksum(film));
  }
}

TEST_CASE("An upload of 60 MB reaches PHP, one of 65 MB is refused") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  HttpClient client = daemon.client();
  const std::uint64_t before = daemon.rss_bytes();
  const std::string photo = noise(60 * kMiB);
  const Response stored = client.request("POST", "/form/")
                              .part({.name = "photo", .value = photo, .file_name = "photo.jpg", .type = "image/jpeg"})
                              .send();
  stored.expect(200).expect_body("photo=photo.jpg 0 62914560 " + checksum(photo));
  if (!kSanitized) CHECK(daemon.rss_bytes() < before + 32 * kMiB);

  const std::string film = noise(65 * kMiB);
  client.request("POST", "/echo/").body(film).send().expect(413);
  // A client that does not wait to be asked may see its connection closed before it could read why.
  const Response eager = client.request("POST", "/echo/").body(film).header("Expect:").send();
  const bool refused = eager.status == 413 || eager.status == 0;
  CHECK(refused);
  const Response chunked = client.request("POST", "/echo/").body(film).chunked().header("Expect:").send();
  const bool chunks_refused = chunked.status == 413 || chunked.status == 0;
  CHECK(chunks_refused);
  client.get("/article/1").send().expect(200).expect_body("render 1");
}
