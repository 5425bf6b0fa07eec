// `larder cache ...` as an administrator uses it, beside a running daemon and without one.
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/patience.h"

using namespace larder::testing;

namespace {

using Json = nlohmann::json;

struct Ring {
  explicit Ring(int pages = 5) {
    HttpClient client = daemon.client();
    for (int i = 0; i < pages; ++i)
      bodies.push_back(client.get("/article/" + std::to_string(i)).send().expect(200).body);
    daemon.expect_counter("ring_pages_written", bodies.size());
  }
  std::string path() const { return daemon.cache_path() + "/ring"; }
  // larder cache COMMAND... on the daemon's ring.
  Finished larder(std::vector<std::string> words) const {
    words.insert(words.begin(), "cache");
    words.push_back(daemon.cache_path());
    return run_larder(words);
  }
  Json json(const std::vector<std::string>& words) const {
    const Finished done = larder(words);
    INFO(done.errors);
    REQUIRE(done.exit == 0);
    return Json::parse(done.output);
  }
  // Pages are on the drive about a second after they were made.
  void await_on_drive() const {
    REQUIRE(eventually([&] { return json({"info", "--json"})["pages"] == bodies.size(); }));
  }

  TestSite site;
  LarderDaemon daemon{{site.setting(), "php.workers=2", "cache.size=16M"}};
  std::vector<std::string> bodies;
};

std::string key(std::size_t article) { return "http://larder.test/article/" + std::to_string(article); }

bool says(const std::string& text, const std::string& words) {
  INFO(text);
  return text.find(words) != std::string::npos;
}

std::vector<std::string> lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string line; std::getline(stream, line);) found.push_back(line);
  return found;
}

// What nobody may have changed who only looks: the bytes and the time of the last write.
std::pair<std::string, timespec> state_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return {read_file(path), status.st_mtim};
}

void damage(const std::string& path, std::size_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("While the daemon runs, its ring can be looked into") {
  Ring ring;
  ring.await_on_drive();
  const Json info = ring.json({"info", "--json"});
  CHECK(info["in_use_by"] == ring.daemon.pid());
  CHECK(info["segment_bytes"] == 4 << 20);
  CHECK(info["segment_count"] == 4);
  CHECK(info["records"] == 5);
  CHECK(info["segments"] == 1);
  CHECK(info["amplification"] >= 1.0);
  CHECK(says(ring.larder({"info"}).output, "in use by process " + std::to_string(ring.daemon.pid())));

  const Finished list = ring.larder({"ls"});
  CHECK(list.exit == 0);
  CHECK(lines(list.output).size() == 6);  // with the heading
  CHECK(lines(list.output)[1].ends_with(key(4)));

  const Finished verify = ring.larder({"verify"});
  CHECK(verify.exit == 0);
  CHECK(says(verify.output, "5 pages in "));
  CHECK(says(verify.output, "nothing is damaged"));
  CHECK(says(verify.errors, "reading: 100 %"));
  ring.daemon.client().get("/article/1").send().expect(200).expect_cache("hit");
}

TEST_CASE("Pages are listed by prefix and as JSON, one a line") {
  Ring ring(12);
  ring.await_on_drive();
  const Finished list = ring.larder({"ls", "--json", "--prefix", key(1)});
  REQUIRE(list.exit == 0);
  std::vector<std::string> keys;
  for (const std::string& line : lines(list.output)) {
    const Json page = Json::parse(line);
    keys.push_back(page["key"]);
    CHECK(page["status"] == 200);
    CHECK(page["segment"] == 1);
    CHECK(page["fresh_for"] > 0);
    CHECK(page["age"] >= 0);
    CHECK_FALSE(page["bytes"].empty());
  }
  CHECK(keys == std::vector<std::string>{key(11), key(10), key(1)});
  CHECK(ring.larder({"ls", "--json", "--prefix", "https:"}).output.empty());
}

TEST_CASE("A page comes out of the ring as the site's visitors got it") {
  Ring ring;
  ring.await_on_drive();
  const Finished page = ring.larder({"get", "http://LARDER.test/x/../article/3"});
  INFO(page.errors);
  CHECK(page.exit == 0);
  CHECK(page.output == ring.bodies[3]);
  const Finished whole = ring.larder({"get", key(3), "--include"});
  CHECK(says(whole.output, "HTTP/1.1 200\r\n"));
  CHECK(says(whole.output, "X-Page: article\r\n"));
  CHECK(whole.output.ends_with("\r\n\r\n" + ring.bodies[3]));

  const Finished none = ring.larder({"get", key(77)});
  CHECK(none.exit == 1);
  CHECK(none.output.empty());
  CHECK(says(none.errors, "no page " + key(77)));
  CHECK(says(ring.larder({"get", "article/3"}).errors, "it has to begin with http:// or https://"));
}

TEST_CASE("Who only looks changes nothing") {
  Ring ring;
  ring.daemon.stop();
  const auto before = state_of(ring.path());
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"info"}, {"verify"}, {"ls"}, {"get", key(0)}})
    CHECK(ring.larder(words).exit == 0);
  const auto after = state_of(ring.path());
  CHECK(before.first == after.first);
  CHECK(before.second.tv_sec == after.second.tv_sec);
  CHECK(before.second.tv_nsec == after.second.tv_nsec);
  CHECK(says(ring.larder({"info"}).output, "free"));
  CHECK(says(ring.larder({"info"}).output, "stopped in order"));
}

TEST_CASE("Damage is found, told with its place, and makes the exit code 1") {
  Ring ring;
  ring.daemon.stop();
  damage(ring.path(), (4 << 20) + 200);
  const Finished verify = ring.larder({"verify"});
  CHECK(verify.exit == 1);
  CHECK(says(verify.output, "segment 1 at byte 4194320: a record is not right"));
  CHECK(says(verify.output, "damaged: 1 records"));
  CHECK(lines(ring.larder({"ls"}).output).size() == 5);  // the heading and what is right
}

TEST_CASE("A ring that is in use is not made anew, one that is not is when somebody says yes") {
  Ring ring;
  const Finished busy = ring.larder({"create", "--yes", "--set", "cache.size=16M"});
  CHECK(busy.exit == 1);
  CHECK(says(busy.errors, "is in use by another larder: stop it first"));
  ring.daemon.client().get("/article/1").send().expect(200).expect_cache("hit");
  ring.daemon.stop();

  const auto before = state_of(ring.path());
  const Finished unasked = ring.larder({"create", "--set", "cache.size=16M"});
  CHECK(unasked.exit == 1);
  CHECK(says(unasked.errors, "holds a ring of 16.8 MB, and nobody is there to ask"));
  CHECK(state_of(ring.path()).first == before.first);

  const Finished made = ring.larder({"create", "--yes", "--full", "--set", "cache.size=16M"});
  INFO(made.errors);
  CHECK(made.exit == 0);
  CHECK(says(made.output, "came back as they were written"));
  CHECK(says(made.output, "pages of 16 KiB from anywhere"));
  CHECK(says(made.output, "is ready: 4 segments of 4.2 MB"));
  CHECK(ring.json({"info", "--json"})["pages"] == 0);

  ring.daemon.start();
  CHECK_FALSE(says(ring.daemon.log(), "begun anew"));
  ring.daemon.client().get("/article/1").send().expect(200).expect_cache("fwd=miss");
}

TEST_CASE("A ring whose making was interrupted is none, and the daemon begins one") {
  Ring ring(1);
  ring.daemon.stop();
  TempDir output;
  Process making({.command = {std::getenv("LARDER"), "cache", "create", ring.daemon.cache_path(), "--yes", "--full",
                              "--set", "cache.size=4G"},
                  .environment = {},
                  .output = output / "output",
                  .errors = output / "errors"});
  REQUIRE(eventually([&] { return says(read_file(output / "errors"), "writing and reading everything: "); }));
  making.signal(SIGINT);
  CHECK(making.wait(patience(60'000)) == 1);
  CHECK(says(read_file(output / "errors"), "interrupted\nNo ring was made; what was there is gone."));
  CHECK(says(ring.larder({"info"}).errors, "is empty: \"larder cache create\" makes a ring of it"));
  ring.daemon.start();
  ring.daemon.client().get("/article/0").send().expect(200).expect_cache("fwd=miss");
}

TEST_CASE("Where there is no ring it says so, and what to do") {
  TempDir folder;
  for (const char* command : {"info", "verify", "ls"}) {
    const Finished done = run_larder({"cache", command, folder.path()});
    CHECK(done.exit == 1);
    CHECK(says(done.errors, "there is no ring " + (folder / "ring")));
    CHECK(says(done.errors, "\"larder cache create\" makes one"));
    CHECK(done.output.empty());
  }
  folder.write("ring", "LARDRING and then something else");
  CHECK(says(run_larder({"cache", "ls", folder.path()}).errors, "is not a ring"));
  CHECK(says(run_larder({"cache", "info", "--set", "cache.path="}).errors, "cache.path is not set"));
  CHECK(run_larder({"cache"}).exit > 1);
  CHECK(run_larder({"cache", "get", "http://a/", "--coding", "zip"}).exit > 1);
}
