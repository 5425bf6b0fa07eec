// The drive of the page cache fails in every way that a stick has, and the site goes on.
//
// Needs root (loop devices, mounts) and strace: `./dev check` runs it. Pages tell what they have to be (told_body.h).
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/fake_worker.h"
#include "tests/support/stick.h"
#include "tests/support/told_body.h"

using namespace larder::testing;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr unsigned kManyPages = 400;  // several times what memory holds

struct Shop {
  explicit Shop(const std::string& cache, const std::string& size = "32M")
      : daemon({"site.root=" + site.path(), "php.address=unix:" + worker.socket(), "php.workers=2",
                "cache.path=" + cache, "cache.size=" + size, "cache.memory=2M", "cache.default_ttl=1h",
                "cache.write_budget=off"}),
        cache_path(cache) {
    site.write("index.php", "<?php // the fake worker answers\n");
  }

  // A page, whole and right; how it came by Cache-Status.
  std::string ask(std::uint64_t number) {
    const Response response = daemon.client().get("/told/" + std::to_string(number)).send();
    response.expect(200);
    INFO("page " << number << ": " << response.header("Cache-Status"));
    REQUIRE(told_version(number, response.body) != 0);
    return response.header("Cache-Status");
  }
  // The daemon has just begun: all pages are on the drive, none in memory.
  void fill_drive() {
    fill(1);
    daemon.restart();
    REQUIRE(eventually([&] { return daemon.counter("ring_pages_recovered") >= kManyPages; }));
  }
  bool is_hit(std::uint64_t number) { return ask(number).starts_with("larder; hit"); }
  void fill(std::uint64_t from, unsigned count = kManyPages) {
    HttpClient client = daemon.client();
    for (std::uint64_t number = from; number < from + count; ++number) {
      const Response response = client.get("/told/" + std::to_string(number)).send().expect(200);
      REQUIRE(told_version(number, response.body) != 0);
    }
  }
  std::uint64_t flash_hits() const { return daemon.counter("hit_flash"); }
  std::string ring() const { return cache_path + "/ring"; }
  std::size_t times_logged(const std::string& text) const {
    std::size_t times = 0;
    const std::string log = daemon.log();
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++times;
    return times;
  }
  // Everything that any fault may have left behind: right pages after a restart, a ring without damage.
  void check_after_restart() {
    daemon.restart();
    for (std::uint64_t number = 1; number <= kManyPages; number += 7) ask(number);
    const Finished verify = run_larder({"cache", "verify", cache_path});
    INFO(verify.output << verify.errors);
    CHECK(verify.exit == 0);
  }

  FakeWorker worker{2};
  TempDir site;
  LarderDaemon daemon;
  const std::string cache_path;
};

// What makes its own folder where a drive is to be mounted would begin the ring on the SD card; only the last part of a
// path is made, so this one is there with the drive only.
std::string cache_on(const Stick& stick) { return stick.path() + "/drive/cache"; }

std::string make_cache(const std::string& folder) {
  std::filesystem::create_directory(folder + "/cache");
  return folder + "/cache";
}

// strace on the daemon, or on one of its threads: what it does to a system call on the ring.
class Injection {
 public:
  Injection(const std::string& target, const std::string& ring, const std::string& call, const std::string& what)
      : process_({.command = {"strace", "-f", "-p", target, "-P", ring, "-e", "trace=" + call, "-e",
                              "inject=" + call + ":" + what, "-o", directory_ / "trace"},
                  .environment = {},
                  .output = "",
                  .errors = directory_ / "errors"}) {
    const bool attached = eventually([&] { return errors().find(" attached") != std::string::npos; });
    INFO(errors());
    REQUIRE(attached);
  }
  ~Injection() { end(); }

  bool happened() const { return read_file(directory_ / "trace").find("(INJECTED)") != std::string::npos; }
  bool delayed() const { return read_file(directory_ / "trace").find("pread64(") != std::string::npos; }
  bool running() { return process_.running(); }
  void end() {
    process_.signal(SIGTERM);
    process_.wait(patience(60'000));
  }

 private:
  std::string errors() const { return read_file(directory_ / "errors"); }
  TempDir directory_;
  Process process_;
};

std::string reader_of(pid_t daemon) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(daemon) + "/task"))
    if (read_file(task.path() / "comm") == "ring-reader\n") return task.path().filename();
  FAIL("there is no thread ring-reader");
  return {};
}

}  // namespace

TEST_CASE("A stick that is pulled out and put back under another name: the site goes on, and the pages come back") {
  Stick stick(96 * kMiB);
  Shop shop(make_cache(stick.path()));
  shop.fill_drive();
  REQUIRE(shop.is_hit(1));
  const std::string before = stick.device();

  stick.pull();
  for (std::uint64_t number = 5000; number < 5020; ++number) shop.ask(number);
  CHECK(shop.is_hit(5019));
  std::uint64_t on_stick = 50;
  REQUIRE(eventually([&] {
    shop.ask(on_stick++);
    return shop.times_logged("the cache drive is gone") > 0;
  }));
  for (std::uint64_t number = 6000; number < 6020; ++number) shop.ask(number);
  CHECK(shop.is_hit(6019));

  stick.put_back();
  CHECK(stick.device() != before);
  REQUIRE(shop.daemon.logged("the cache drive is back"));
  const std::uint64_t hits = shop.flash_hits();
  REQUIRE(eventually([&] {
    for (std::uint64_t number = 100; number < 140; ++number) shop.ask(number);
    return shop.flash_hits() >= hits + 20;
  }));
  CHECK(shop.times_logged("the cache drive is gone") == 1);
  CHECK(shop.times_logged("the cache drive is back") == 1);
  shop.check_after_restart();
}

TEST_CASE("A stick that is not there at the start is taken up when it comes") {
  Stick stick(96 * kMiB);
  const std::string cache = cache_on(stick);
  stick.pull();
  Shop shop(cache);
  shop.ask(1);
  CHECK(shop.is_hit(1));
  stick.put_back();
  std::filesystem::create_directories(cache);
  std::uint64_t next = 1000;
  REQUIRE(eventually([&] {
    shop.ask(next++);
    return shop.daemon.counter("ring_pages_written") > 0;
  }));
  CHECK(shop.daemon.logged("the cache drive is there now"));
}

// The folder in which PHP finds what was uploaded.
std::string place_of_upload(LarderDaemon& daemon) {
  HttpClient client = daemon.client();
  const FormPart photo{"photo", std::string(300'000, 'x'), "a.jpg", "image/jpeg"};
  return client.request("POST", "/").part(photo).send().expect(200).body;
}

TEST_CASE("Uploads go to memory while there is no stick, and to the stick when it has come", "[managed]") {
  Stick stick(96 * kMiB);
  const std::string cache = cache_on(stick);
  stick.pull();
  TempDir site;
  site.write("index.php", "<?php echo dirname(realpath($_FILES['photo']['tmp_name']));\n");
  LarderDaemon daemon({"site.root=" + site.path(), "cache.path=" + cache, "cache.size=32M"});
  CHECK_THAT(place_of_upload(daemon), Catch::EndsWith("/tmp-in-memory"));

  daemon.restart();  // PHP remembers for two minutes where a name leads
  stick.put_back();
  std::filesystem::create_directories(cache);
  REQUIRE(eventually([&] { return std::filesystem::exists(cache + "/tmp"); }));
  CHECK(place_of_upload(daemon) == cache + "/tmp");
}

TEST_CASE("A file system that turns read-only is read on, and not written") {
  Stick stick(96 * kMiB);
  Shop shop(make_cache(stick.path()));
  shop.fill_drive();
  stick.turn_read_only();
  std::uint64_t next = 5000;
  REQUIRE(eventually([&] {
    shop.ask(next++);
    return shop.daemon.counter("ring_errors") > 0;
  }));
  const std::uint64_t hits = shop.flash_hits();
  for (std::uint64_t number = 1; number <= 20; ++number) shop.ask(number);
  CHECK(shop.flash_hits() > hits);
  for (; next < 5100; ++next) shop.ask(next);
  CHECK(shop.is_hit(next - 1));
  CHECK(shop.times_logged("Read-only file system") <= 2);
}

TEST_CASE("A full file system: the ring lives on in the room that it has") {
  SmallFileSystem small(20 * kMiB);
  Shop shop(make_cache(small.path()), "64M");
  std::uint64_t next = 1;
  REQUIRE(eventually([&] {
    shop.fill(next, 200);
    next += 200;
    return shop.daemon.counter("ring_errors") > 0;
  }));
  const std::uint64_t written = shop.daemon.counter("ring_pages_written");
  REQUIRE(eventually([&] {
    shop.ask(next++);
    return shop.daemon.counter("ring_pages_written") > written + 50;
  }));
  shop.check_after_restart();
}

TEST_CASE("A stick whose writes are lost behind its back: what it says of itself is not believed") {
  SmallFileSystem small(12 * kMiB);  // the stick says that it has 96
  Stick stick(96 * kMiB, small.path());
  Shop shop(make_cache(stick.path()), "64M");
  std::uint64_t next = 1;
  REQUIRE(eventually([&] {
    shop.fill(next, 200);
    next += 200;
    return shop.daemon.counter("ring_errors") > 0;
  }));
  shop.fill(1, 400);
  CHECK(shop.is_hit(400));
  shop.daemon.kill9();
  shop.daemon.start();
  for (std::uint64_t number = 1; number <= 1600; number += 9) shop.ask(number);
}

TEST_CASE("Two writes that fail lose a segment and nothing else") {
  Stick stick(96 * kMiB);
  Shop shop(make_cache(stick.path()));
  shop.fill(1, 50);
  {
    Injection injection(std::to_string(shop.daemon.pid()), shop.ring(), "pwrite64", "error=EIO:when=3..4");
    REQUIRE(eventually([&] {
      shop.fill(1000, 100);
      shop.fill(2000, 100);
      return injection.happened();
    }));
  }
  REQUIRE(eventually([&] { return shop.daemon.counter("ring_errors") > 0; }));
  const std::uint64_t written = shop.daemon.counter("ring_pages_written");
  std::uint64_t next = 10'000;
  REQUIRE(eventually([&] {
    shop.ask(next);
    shop.ask(next++);  // while the drive is in doubt, only what somebody wants again is written
    return shop.daemon.counter("ring_pages_written") > written + 20;
  }));
  shop.fill(1, 50);
  shop.check_after_restart();
}

TEST_CASE("A sync that fails means that its segment is gone, not that it is tried again") {
  Stick stick(96 * kMiB);
  Shop shop(make_cache(stick.path()));
  shop.fill(1, 20);
  {
    Injection injection(std::to_string(shop.daemon.pid()), shop.ring(), "fdatasync", "error=EIO:when=1");
    std::uint64_t next = 1000;
    REQUIRE(eventually([&] {
      shop.fill(next, 100);
      next += 100;
      return injection.happened();
    }));
  }
  REQUIRE(eventually([&] { return shop.daemon.counter("ring_errors") > 0; }));
  shop.fill(1, 20);
  shop.check_after_restart();
}

TEST_CASE("While a read hangs, pages in memory are answered, and others without waiting for the stick") {
  Stick stick(96 * kMiB);
  Shop shop(make_cache(stick.path()));
  shop.fill_drive();
  for (int i = 0; i < 3; ++i) shop.ask(999'999);
  const std::uint64_t hits = shop.flash_hits();
  {
    // Ten minutes: longer than this test waits for anything.
    Injection injection(reader_of(shop.daemon.pid()), shop.ring(), "pread64", "delay_enter=600000000");
    HttpClient client = shop.daemon.client();
    Batch waiting({client.get("/told/1"), client.get("/told/2")});
    REQUIRE(eventually([&] { return injection.delayed() || shop.daemon.logged("does not answer"); }));
    for (int i = 0; i < 20; ++i) CHECK(shop.is_hit(999'999));
    for (const Response& response : waiting.responses()) response.expect(200).expect_cache("fwd=miss");
    for (std::uint64_t number = 3; number < 30; ++number) CHECK_FALSE(shop.is_hit(number));
    CHECK(shop.is_hit(999'999));
    CHECK(injection.running());
    CHECK(shop.flash_hits() == hits);
    CHECK(shop.times_logged("the cache drive does not answer") == 1);
  }
  REQUIRE(shop.daemon.logged("the cache drive can be read again"));
  REQUIRE(eventually([&] {
    for (std::uint64_t number = 100; number < 140; ++number) shop.ask(number);
    return shop.flash_hits() > hits;
  }));
  shop.check_after_restart();
}
