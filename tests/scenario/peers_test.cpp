// Larders before one site: what is purged at one is forgotten by all, told to nobody twice, and to who was away later.
#include "tests/scenario/test_site.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/fake_peer.h"

using namespace larder::testing;

namespace {

using Settings = std::vector<std::string>;

const std::string kToken = "0123456789abcdef0123";
constexpr const char* kPages[] = {"/article/1", "/article/2"};

std::string url(const LarderDaemon& daemon) { return "http://127.0.0.1:" + std::to_string(daemon.port()); }
std::string nodes(const std::vector<const LarderDaemon*>& daemons) {
  std::string all = "peers.nodes=";
  for (const LarderDaemon* daemon : daemons) all += url(*daemon) + " ";
  return all;
}

bool hits(const LarderDaemon& daemon, const std::string& path) {
  return daemon.client().get(path).send().header("Cache-Status").starts_with("larder; hit");
}
Response purge(const LarderDaemon& daemon, const std::string& path) {
  return daemon.client().request("PURGE", path).header("Authorization: Bearer " + kToken).send();
}
void read_pages(const LarderDaemon& daemon) {
  for (const char* path : kPages) daemon.client().get(path).send().expect(200);
}

// All of them name all of them, themselves too, as if they had the same ini.
struct Rack {
  Rack() {
    for (LarderDaemon* daemon : all) daemon->change("peers.nodes", nodes({&one, &two, &three}).substr(12));
    for (LarderDaemon* daemon : all) REQUIRE(daemon->command("reload").exit == 0);
    for (LarderDaemon* daemon : all) daemon->expect_gauge("peers", 3);
  }
  // Nobody may purge by his address.
  Settings settings() const {
    return {site.setting(), "php.workers=1", "purge.token=" + kToken, "purge.allow=192.0.2.1"};
  }
  TestSite site;
  LarderDaemon one{settings()}, two{settings()}, three{settings()};
  const std::vector<LarderDaemon*> all{&one, &two, &three};
};

}  // namespace

TEST_CASE("What is purged at one Larder is forgotten by all, and each purge is carried out once by each") {
  Rack rack;
  for (const LarderDaemon* daemon : rack.all) read_pages(*daemon);
  purge(rack.two, "/article/1").expect(200);
  rack.two.expect_counter("peer_purges", 3);
  CHECK(rack.two.command("purge", {"--tag", "nothing-has-it"}).exit == 0);
  rack.two.expect_counter("peer_purges", 6);
  for (const LarderDaemon* daemon : rack.all) {
    CHECK_FALSE(hits(*daemon, "/article/1"));
    CHECK(hits(*daemon, "/article/2"));
    CHECK(daemon->counter("purges") == 2);
  }
  for (const LarderDaemon* daemon : {&rack.one, &rack.three}) CHECK(daemon->counter("peer_purges") == 0);
}

TEST_CASE("A soft purge of many is soft at all") {
  Rack rack;
  for (const LarderDaemon* daemon : rack.all) read_pages(*daemon);
  rack.one.client()
      .request("POST", "/larder/purge")
      .header("Authorization: Bearer " + kToken)
      .body(R"({"prefixes": ["http://larder.test/article/"]})", "application/json")
      .send()
      .expect(200);
  rack.one.expect_counter("peer_purges", 3);
  for (const LarderDaemon* daemon : rack.all)
    daemon->client().get("/article/2").send().expect(200).expect_header("Cache-Status", "detail=stale");
}

TEST_CASE("The mark opens no door: a marked purge of somebody who may not purge is refused") {
  Rack rack;
  read_pages(rack.one);
  rack.one.client().request("PURGE", "/article/1").header("Larder-Forwarded: 0123456789abcdef 0").send().expect(403);
  CHECK(hits(rack.one, "/article/1"));
}

TEST_CASE("A peer that is down hears of the purge when it is back") {
  Rack rack;
  for (const LarderDaemon* daemon : rack.all) read_pages(*daemon);
  rack.three.stop();
  purge(rack.one, "/article/1").expect(200);
  CHECK(rack.one.logged("takes no purges"));
  CHECK_FALSE(hits(rack.two, "/article/1"));
  rack.one.expect_gauge("peer_purges_waiting", 1);
  rack.three.start_at_same_port();
  rack.one.expect_gauge("peer_purges_waiting", 0);
  CHECK(rack.one.logged("takes purges again"));
  CHECK_FALSE(hits(rack.three, "/article/1"));
  CHECK(hits(rack.three, "/article/2"));
  CHECK(rack.one.counter("peer_losses") == 1);
}

TEST_CASE("A Larder that is killed, or restarts, before a peer is back tells it after its own start") {
  const bool kill = GENERATE(true, false);
  Rack rack;
  for (const LarderDaemon* daemon : rack.all) read_pages(*daemon);
  rack.three.stop();
  purge(rack.one, "/article/1").expect(200);
  CHECK(rack.one.logged("takes no purges"));
  if (kill) {
    rack.one.kill9();
    rack.one.start_at_same_port();
  } else {
    CHECK(rack.one.command("restart").exit == 0);
    rack.one.wait_for_start();
    CHECK(rack.one.logged("1 requests to purge have not reached it"));
  }
  rack.three.start_at_same_port();
  rack.one.expect_counter("peer_purges", 3);
  CHECK_FALSE(hits(rack.three, "/article/1"));
  CHECK(hits(rack.three, "/article/2"));
}

TEST_CASE("Who purges does not wait for a peer that hangs, and neither does the end of the daemon") {
  const FakePeer silent({""});
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1", "peers.nodes=http://127.0.0.1:" + silent.port()});
  read_pages(daemon);
  purge(daemon, "/article/1").expect(200);
  CHECK(daemon.statistics("gauges").at("peer_purges_waiting") == 1);  // answered before that was told
  REQUIRE(silent.gets(1));
  for (int i = 0; i < 20; ++i) purge(daemon, "/article/2").expect(200);
  CHECK(daemon.counter("peer_purges") == 0);
  CHECK(daemon.counter("purges") == 21);
}

TEST_CASE("A purge that comes late takes what is older, not what was rendered since") {
  TestSite site;
  LarderDaemon daemon({site.setting(), "php.workers=1"});
  read_pages(daemon);
  const auto marked = [&](const char* path, const char* mark) {
    daemon.client().request("PURGE", path).header(mark).send().expect(200);
  };
  marked("/article/1", "Larder-Forwarded: somebody 3600");
  CHECK(hits(daemon, "/article/1"));
  marked("/article/1", "Larder-Forwarded: somebody 0");
  CHECK_FALSE(hits(daemon, "/article/1"));
}

TEST_CASE("The doctor asks the peers, and the check of the settings knows what a peer looks like") {
  TestSite site;
  LarderDaemon peer({site.setting(), "php.workers=1", "purge.token=" + kToken, "purge.allow=192.0.2.1"});
  const auto doctor = [&](const std::string& token) {
    return run_larder({"doctor", "--set", site.setting(), "--set", nodes({&peer}), "--set", "purge.token=" + token})
        .output;
  };
  CHECK(doctor(kToken).find("1 take our purges") != std::string::npos);
  CHECK(doctor("another-token-than-that").find("it answers 403") != std::string::npos);
  CHECK(peer.counter("purges") == 0);
  const Finished wrong = run_larder({"check", "--set", site.setting(), "--set", "peers.nodes=10.0.0.2"});
  CHECK(wrong.exit == 1);
  CHECK(wrong.errors.find("does not begin with http://") != std::string::npos);
  const Finished misspelt = run_larder({"check", "--set", site.setting(), "--set", "peers.nods=http://a"});
  CHECK(misspelt.errors.find("nodes") != std::string::npos);
}
