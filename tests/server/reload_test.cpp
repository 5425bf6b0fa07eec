#include "server/reload.h"

#include <algorithm>

#include "server/settings_table.h"
#include "tests/support/catch.h"

using namespace larder::server;

namespace {

using Names = std::vector<std::string>;

const std::vector<EffectiveSetting> kBefore = {{"server", "headers", "A: 1", "default"},
                                               {"site", "root", "/a", "default"},
                                               {"site blog", "root", "/b", "larder.ini:3"},
                                               {"php", "workers", "4", "default"}};

}  // namespace

TEST_CASE("Settings that are the same are no change, wherever they were written") {
  auto after = kBefore;
  after[3].origin = "larder.ini:9";
  const SettingChanges changes = changes_between(kBefore, after);
  CHECK(changes.live.empty());
  CHECK(changes.frozen.empty());
  CHECK(describe(changes) == "settings read again; none has changed");
}

TEST_CASE("Changes are told apart by whether they can be had without a restart") {
  auto after = kBefore;
  after[0].value = "A: 2";
  after[3].value = "2";
  const SettingChanges changes = changes_between(kBefore, after);
  CHECK(changes.live == Names{"server.headers"});
  CHECK(changes.frozen == Names{"php.workers"});
  CHECK(describe(changes) == "settings read again; in effect now: server.headers; only after a restart: php.workers");
}

TEST_CASE("Read once more, the same file has changed nothing that is live, and needs the restart still") {
  auto after = kBefore;
  after[0].value = "A: 2";
  after[3].value = "2";
  const SettingChanges again = changes_between(changes_between(kBefore, after).effective, after);
  CHECK(again.live.empty());
  CHECK(again.frozen == Names{"php.workers"});
}

TEST_CASE("A site that came and one that went are changes") {
  auto after = kBefore;
  after[2].section = "site shop";
  const SettingChanges changes = changes_between(kBefore, after);
  CHECK(changes.live == Names{"site shop.root", "site blog.root"});
  CHECK(changes.effective.size() == kBefore.size());
  CHECK(changes.effective[2].section == "site shop");
}

TEST_CASE("All that a site has is live: sites are opened anew as a whole") {
  const auto table = settings_table();
  CHECK(std::all_of(table.begin(), table.end(),
                    [](const SettingSpec& spec) { return spec.section != "site" || spec.live; }));
}
