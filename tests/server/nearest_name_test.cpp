#include "server/nearest_name.h"

#include "tests/support/catch.h"

using namespace larder::server;

TEST_CASE("The edit distance counts letters that were added, left out, mistaken or swapped") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("workers", "workers") == 0);
  CHECK(edit_distance("Workers", "workers") == 0);
  CHECK(edit_distance("", "size") == 4);
  CHECK(edit_distance("size", "") == 4);
  CHECK(edit_distance("workres", "workers") == 1);
  CHECK(edit_distance("worker", "workers") == 1);
  CHECK(edit_distance("workerss", "workers") == 1);
  CHECK(edit_distance("warkers", "workers") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("The nearest name is the one that was probably meant") {
  const std::vector<std::string_view> names = {"path", "size", "memory", "default_ttl", "bypass_cookies"};
  CHECK(nearest_name("memroy", names) == "memory");
  CHECK(nearest_name("default-ttl", names) == "default_ttl");
  CHECK(nearest_name("bypass_cookie", names) == "bypass_cookies");
  CHECK(nearest_name("SIZE", names) == "size");
}

TEST_CASE("What resembles nothing has no nearest name") {
  const std::vector<std::string_view> names = {"path", "size"};
  CHECK(nearest_name("trusted_proxies", names).empty());
  CHECK(nearest_name("x", {"ab"}).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name(std::string(1'000'000, 'x'), names).empty());
  CHECK(nearest_name("path", {}).empty());
}
