// kill -9 under load, again and again: whatever the daemon was doing, what it serves afterwards is right.
//
// LARDER_KILLS says how often (default: 10). Pages tell what they have to be (told_body.h), so a wrong byte is seen in
// whatever answer it is.
#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/fake_worker.h"
#include "tests/support/load.h"
#include "tests/support/told_body.h"

using namespace larder::testing;

namespace {

unsigned kills() {
  const char* asked = std::getenv("LARDER_KILLS");
  const unsigned long number = asked != nullptr ? std::strtoul(asked, nullptr, 10) : 0;
  return number > 0 ? static_cast<unsigned>(number) : 10;
}

struct Totals {
  std::uint64_t answered = 0, hits = 0, misses = 0, refused = 0, wrong = 0, recovered = 0, hits_on_flash = 0,
                damaged = 0;
  void add(const LoadCounts& counts) {
    answered += counts.answered;
    hits += counts.hits;
    misses += counts.misses;
    refused += counts.refused;
    wrong += counts.wrong;
  }
};

}  // namespace

TEST_CASE("A wrong byte of a told page is seen") {
  std::string body = told_body(7, 3, told_length(7, 3));
  CHECK(told_version(7, body) == 3);
  CHECK(told_version(8, body) == 0);
  CHECK(told_version(7, body.substr(0, body.size() - 1)) == 0);
  for (std::size_t at = 0; at < body.size(); at += at < 100 ? 1 : 509) {
    INFO("byte " << at);
    body[at] = static_cast<char>(body[at] ^ 1);
    CHECK(told_version(7, body) == 0);
    body[at] = static_cast<char>(body[at] ^ 1);
  }
}

TEST_CASE("Killed under load at random moments, the daemon never serves a wrong byte") {
  // A ring that is soon full and memory that holds a part of the pages, so that all of it is always in use.
  FakeWorker worker(2);
  TempDir site;
  site.write("index.php", "<?php // the fake worker answers\n");
  LarderDaemon daemon({"site.root=" + site.path(), "php.address=unix:" + worker.socket(), "php.workers=2",
                       "cache.size=24M", "cache.memory=16M", "cache.default_ttl=1h"});
  std::mt19937 random(20160229);
  Totals totals;
  for (unsigned round = 0; round < kills(); ++round) {
    const std::uint64_t until = std::uniform_int_distribution<std::uint64_t>(1, 600)(random);
    std::string wrong;
    {
      Load load({.server = {.port = daemon.port(), .unix_path = ""}, .clients = 4, .pages = 3000, .seed = round + 1});
      REQUIRE(eventually([&] { return load.counts().answered + load.counts().refused >= until; }));
      if (round % 10 == 9) {
        totals.recovered += daemon.counter("ring_pages_recovered");
        totals.hits_on_flash += daemon.counter("hit_flash");
        totals.damaged += daemon.counter("ring_damaged");
      }
      daemon.kill9();
      load.stop();
      totals.add(load.counts());
      wrong = load.first_wrong();
    }
    INFO("round " << round << ", after " << until << " answers");
    CHECK(wrong.empty());
    if (round % 25 == 9) {
      const Finished verify = run_larder({"cache", "verify", daemon.cache_path()});
      INFO(verify.output << verify.errors);
      CHECK(verify.exit == 0);
    }
    daemon.start();
  }
  std::printf(
      "%u times kill -9: %llu answers looked at (%llu hits, %llu rendered), %llu refused; %llu wrong\n"
      "  in every tenth run: %llu pages recovered, %llu served from the ring, %llu records dropped as damaged\n",
      kills(), static_cast<unsigned long long>(totals.answered), static_cast<unsigned long long>(totals.hits),
      static_cast<unsigned long long>(totals.misses), static_cast<unsigned long long>(totals.refused),
      static_cast<unsigned long long>(totals.wrong), static_cast<unsigned long long>(totals.recovered),
      static_cast<unsigned long long>(totals.hits_on_flash), static_cast<unsigned long long>(totals.damaged));
  CHECK(totals.wrong == 0);
  CHECK(totals.hits > 0);
  CHECK(totals.recovered > 0);  // else nothing was tried
  CHECK(totals.hits_on_flash > 0);
}
