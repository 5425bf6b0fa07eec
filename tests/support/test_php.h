// The PHP that tests run with: said once, from outside, for all of them.
//
//   LARDER_TEST_PHP       the path of a php-fpm; unset: the one that Larder finds
//   LARDER_TEST_PHP_POOL  "managed": Larder runs it, as sites have it that set nothing (the default);
//                         "external": the test runs it, and Larder gets php.address (see external_pool.h)
//
// Where a test needs the command line of PHP as well, that is "php" on PATH. Tests of what Larder does with a php-fpm
// of its own have the tag [managed]. See tools/php74.sh.
#pragma once

#include <string>

namespace larder::testing {

std::string php_under_test();  // as in php.version: "auto" or a path
bool php_is_external();        // throws std::runtime_error for what is neither of the two

}  // namespace larder::testing
