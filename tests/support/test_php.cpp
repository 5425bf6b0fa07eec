#include "tests/support/test_php.h"

#include <cstdlib>
#include <stdexcept>

namespace larder::testing {

std::string php_under_test() {
  const char* path = std::getenv("LARDER_TEST_PHP");
  return path != nullptr && *path != '\0' ? path : "auto";
}

bool php_is_external() {
  const char* asked = std::getenv("LARDER_TEST_PHP_POOL");
  const std::string pool = asked != nullptr && *asked != '\0' ? asked : "managed";
  if (pool != "managed" && pool != "external")
    throw std::runtime_error("LARDER_TEST_PHP_POOL is neither managed nor external: " + pool);
  return pool == "external";
}

}  // namespace larder::testing
