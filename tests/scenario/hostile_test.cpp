// The hostile corpus against the whole daemon with a real php-fpm: no second answer, no file that must not be seen, no
// script that must not run, and whoever asks politely afterwards is served.
#include <algorithm>

#include "tests/scenario/hostile_corpus.h"
#include "tests/support/catch.h"
#include "tests/support/daemon.h"
#include "tests/support/raw_client.h"

using namespace larder::testing;

namespace {

// Many attacks only end when the daemon's patience with the connection does: some at a time, so that they wait
// together.
constexpr std::size_t kAtATime = 20;

std::vector<std::string> settings_for(const std::string& root) {
  std::vector<std::string> settings = hostile_settings();
  settings.push_back("site.root=" + root);
  settings.insert(settings.end(), {"php.workers=2", "php.queue=100", "php.queue_wait=5m"});
  return settings;
}

struct AttackedSite {
  TempDir directory;
  LarderDaemon daemon{settings_for(plant())};
  HttpClient client = daemon.client();

 private:
  std::string plant() const {
    for (const PlantedFile& file : hostile_site()) directory.write("root/" + file.path, file.text);
    return directory / "root";
  }
};

void attack(AttackedSite& site, const std::vector<HostileCase>& cases, std::size_t begin, std::size_t end) {
  std::vector<RawClient> attackers;
  for (std::size_t i = begin; i < end; ++i) attackers.emplace_back(site.daemon.port()).send(cases[i].request);
  for (std::size_t i = begin; i < end; ++i) {
    const RawClient::Received received = attackers[i - begin].until_closed();
    const auto wrong = verdict(cases[i], received.bytes);
    INFO("case: " << cases[i].name);
    INFO("sent:\n" << cases[i].request.substr(0, 400));
    INFO("received:\n" << received.bytes.substr(0, 800));
    INFO(wrong.value_or("nothing wrong"));
    CHECK_FALSE(wrong.has_value());
    CHECK(received.closed);
    site.client.get("/style.css").send().expect(200);
  }
}

}  // namespace

TEST_CASE("Hostile requests get nothing, and the next one is served as if nothing had happened") {
  AttackedSite site;
  const std::vector<HostileCase> cases = hostile_corpus();
  REQUIRE(cases.size() >= 150);
  for (std::size_t begin = 0; begin < cases.size(); begin += kAtATime)
    attack(site, cases, begin, std::min(begin + kAtATime, cases.size()));
  site.client.get("/anything").send().expect(200).expect_body("front controller");
}
