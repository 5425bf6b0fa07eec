#include "cache/key.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

const IgnoredParams kMarketing = {"utm_*", "gclid", "ref?"};

std::string key_of(std::string_view query) {
  return make_key("https", "pi.example:8443", "/a", query, true, kMarketing);
}

TEST_CASE("A key is scheme, host with port, path and query") {
  CHECK(make_key("http", "pi.example", "/", "", false, kMarketing) == "http://pi.example/");
  CHECK(key_of("p=1&q=2") == "https://pi.example:8443/a?p=1&q=2");
}

TEST_CASE("Ignored parameters are dropped and the others keep their order") {
  CHECK(key_of("utm_source=x&b=2&utm_medium=y&a=1&gclid=z") == "https://pi.example:8443/a?b=2&a=1");
  CHECK(key_of("refs=1") == "https://pi.example:8443/a");
  CHECK(key_of("ref=1") == "https://pi.example:8443/a?ref=1");
}

TEST_CASE("A query of which nothing is left leaves no question mark") {
  CHECK(key_of("gclid") == "https://pi.example:8443/a");
  CHECK(key_of("utm_a=1&utm_b=2") == "https://pi.example:8443/a");
  CHECK(key_of("utm_a=1&") == "https://pi.example:8443/a");
}

TEST_CASE("A query in which nothing is ignored stays as it was sent") {
  CHECK(key_of("") == "https://pi.example:8443/a?");
  CHECK(key_of("&&a&=b&&") == "https://pi.example:8443/a?&&a&=b&&");
  CHECK(key_of("a=%41&b=+") == "https://pi.example:8443/a?a=%41&b=+");
}

TEST_CASE("Names are compared percent-decoded, with their case") {
  CHECK(key_of("%75tm_source=1") == "https://pi.example:8443/a");
  CHECK(key_of("utm%5Fsource=1&a=1") == "https://pi.example:8443/a?a=1");
  CHECK(key_of("GCLID=1") == "https://pi.example:8443/a?GCLID=1");
  CHECK(key_of("gclid%=1&%g=2&%4=3&gcli%64=4") == "https://pi.example:8443/a?gclid%=1&%g=2&%4=3");
  CHECK(key_of("a=gclid&b=utm_x=1") == "https://pi.example:8443/a?a=gclid&b=utm_x=1");
}

TEST_CASE("The hash depends on every byte of the key and on the seed") {
  const std::string key = "https://pi.example/a?b=c";
  CHECK(hash_key(key, 1) == hash_key(std::string(key), 1));
  CHECK(hash_key(key, 1) != hash_key(key, 2));
  for (std::size_t i = 0; i < key.size(); ++i) {
    std::string other = key;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK(hash_key(other, 1) != hash_key(key, 1));
  }
}

}  // namespace
}  // namespace larder::cache
