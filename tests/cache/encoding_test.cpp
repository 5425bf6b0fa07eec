#include "cache/encoding.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

Bodies with(std::initializer_list<Coding> codings) {
  Bodies bodies(Coding::identity, 1);
  for (const Coding coding : codings) bodies.set(coding, std::make_shared<const std::string>("x"));
  return bodies;
}

const Bodies kBoth = with({Coding::gzip, Coding::brotli});

std::string chosen(std::vector<std::string> lines, const Bodies& bodies = kBoth) {
  AcceptedCodings accepted;
  for (const std::string& line : lines) accepted.add(line);
  return std::string(name_of(accepted.choose(bodies)));
}

TEST_CASE("Browsers get brotli, older clients gzip, those that say nothing identity") {
  CHECK(chosen({"gzip, deflate, br, zstd"}) == "br");
  CHECK(chosen({"gzip, deflate, br"}) == "br");
  CHECK(chosen({"br, gzip"}) == "br");
  CHECK(chosen({"gzip, deflate"}) == "gzip");
  CHECK(chosen({"gzip"}) == "gzip");
  CHECK(chosen({"deflate"}) == "identity");
  CHECK(chosen({""}) == "identity");
  CHECK(chosen({}) == "identity");
}

TEST_CASE("What is not at hand is not chosen") {
  CHECK(chosen({"gzip, deflate, br"}, with({Coding::gzip})) == "gzip");
  CHECK(chosen({"br"}, with({Coding::gzip})) == "identity");
  CHECK(chosen({"gzip, deflate, br"}, with({Coding::identity})) == "identity");
}

TEST_CASE("The higher weight is liked better; of equals brotli, then gzip, then identity") {
  CHECK(chosen({"br;q=0.5, gzip;q=0.9"}) == "gzip");
  CHECK(chosen({"br;q=0.999, gzip"}) == "gzip");
  CHECK(chosen({"gzip;q=0.5, br;q=0.5"}) == "br");
  CHECK(chosen({"identity, gzip"}) == "gzip");
  CHECK(chosen({"identity;q=1, gzip;q=0.5, br;q=0.9"}) == "identity");
  CHECK(chosen({"identity;q=0.5, gzip;q=0.4"}) == "identity");
  CHECK(chosen({"gzip;q=0.001"}) == "gzip");
}

TEST_CASE("A weight of zero forbids") {
  CHECK(chosen({"gzip;q=0"}) == "identity");
  CHECK(chosen({"gzip;q=0, br"}) == "br");
  CHECK(chosen({"br;q=0.0, gzip;q=0.000"}) == "identity");
  CHECK(chosen({"identity;q=0"}) == "identity");  // nothing else is acceptable: the field is disregarded
  CHECK(chosen({"identity;q=0, gzip;q=0.1"}) == "gzip");
  CHECK(chosen({"*;q=0"}) == "identity");
  CHECK(chosen({"*;q=0, gzip"}) == "gzip");
}

TEST_CASE("The star stands for all that are not named") {
  CHECK(chosen({"*"}) == "br");
  CHECK(chosen({"br;q=0, *"}) == "gzip");
  CHECK(chosen({"gzip;q=0.5, *;q=0.8"}) == "br");
  CHECK(chosen({"gzip;q=0.5, *;q=0.3"}) == "gzip");
  CHECK(chosen({"*;q=0.5, identity"}) == "identity");
}

TEST_CASE("Names are without case, x-gzip is gzip, blanks may be anywhere between") {
  CHECK(chosen({"GZIP"}) == "gzip");
  CHECK(chosen({"x-gzip"}) == "gzip");
  CHECK(chosen({" \tbr ;\tq=0.5 , gzip ; Q=0.4\t"}) == "br");
  CHECK(chosen({",, gzip,,"}) == "gzip");
}

TEST_CASE("Several lines are one list, and of a name that comes twice the first counts") {
  CHECK(chosen({"gzip", "br"}) == "br");
  CHECK(chosen({"gzip;q=0", "gzip"}) == "identity");
  CHECK(chosen({"gzip, x-gzip;q=0"}) == "gzip");
}

TEST_CASE("A member that is not of the grammar is as if it was not there") {
  for (const char* weight : {";", ";q", ";q=", ";q=2", ";q=1.001", ";q=0.1234", ";q=-1", ";q=.5", ";x=1", ";q=0.5;x=1",
                             ";q=01", ";q =1", ";q= 1", ";q=1e0"})
    CHECK(chosen({"br" + std::string(weight) + ", gzip;q=0.1"}) == "gzip");
  CHECK(chosen({"brotli, gzi p"}) == "identity");
}

// By the rule of the RFC, written down in another way: a client is never sent what it refuses while there is something
// it takes, and nothing that it likes less.
TEST_CASE("What is chosen is acceptable, and nothing at hand is liked better") {
  std::minstd_rand random(7);
  const char* const kNames[] = {"br", "gzip", "identity", "*", "deflate"};
  for (int round = 0; round < 20'000; ++round) {
    int weight[5] = {-1, -1, -1, -1, -1};
    std::string line;
    for (int i = 0; i < 4; ++i) {
      const std::size_t which = random() % 5;
      const int q = static_cast<int>(random() % 11);
      if (weight[which] >= 0) continue;
      weight[which] = q;
      line += (line.empty() ? "" : ", ") + std::string(kNames[which]) +
              ";q=" + (q == 10 ? "1.0" : "0." + std::to_string(q));
    }
    const auto liked = [&](std::size_t which) {
      if (weight[which] >= 0) return 10 * weight[which];
      if (weight[3] >= 0) return 10 * weight[3];
      return which == 2 ? 1 : 0;
    };
    INFO(line);
    const std::string choice = chosen({line});
    const std::size_t index = choice == "br" ? 0 : choice == "gzip" ? 1 : 2;
    const int best = std::max({liked(0), liked(1), liked(2)});
    REQUIRE(liked(index) == best);
  }
}

}  // namespace
}  // namespace larder::cache
