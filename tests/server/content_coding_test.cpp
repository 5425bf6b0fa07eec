#include "server/content_coding.h"

#include <random>

#include "tests/support/catch.h"

namespace larder::server {
namespace {

using cache::Coding;

std::string text_of(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string text;
  while (text.size() < size) text += seed % 2 ? "word" + std::to_string(random() % 50) : std::string(1, char(random()));
  text.resize(size);
  return text;
}

TEST_CASE("Whatever is encoded decodes to itself") {
  for (const Coding coding : cache::kCodings)
    for (const Effort effort : {Effort::quick, Effort::best})
      for (unsigned seed = 0; seed < 12; ++seed)
        for (const std::size_t size : {0U, 1U, 17U, 300U, 5'000U, 70'000U}) {
          if (effort == Effort::best && size > 5'000 && seed > 1) continue;  // takes its time
          const std::string text = text_of(size, seed);
          const auto packed = encode(coding, text, effort);
          REQUIRE(packed);
          REQUIRE(decode(coding, *packed, size) == text);
          if (size > 0) REQUIRE_FALSE(decode(coding, *packed, size - 1));
        }
}

TEST_CASE("What was cut off, added to or changed is not decoded to something else") {
  const std::string text = text_of(3'000, 1);
  for (const Coding coding : {Coding::gzip, Coding::brotli}) {
    const std::string packed = *encode(coding, text, Effort::quick);
    for (std::size_t size = 0; size < packed.size(); ++size)
      REQUIRE_FALSE(decode(coding, std::string_view(packed).substr(0, size), 10'000));
    CHECK_FALSE(decode(coding, packed + "x", 10'000));
    CHECK_FALSE(decode(coding, packed + packed, 10'000));
  }
  // gzip has a checksum; brotli has none, and the ring's is what protects it.
  std::string packed = *encode(Coding::gzip, text, Effort::quick);
  for (std::size_t i = 18; i < packed.size(); ++i) {
    packed[i] = static_cast<char>(packed[i] ^ 4);
    REQUIRE(decode(Coding::gzip, packed, 10'000).value_or(text) == text);
    packed[i] = static_cast<char>(packed[i] ^ 4);
  }
}

TEST_CASE("A bomb is not inflated beyond what was asked for") {
  const std::string zeros(20 << 20, '\0');
  for (const Coding coding : {Coding::gzip, Coding::brotli})
    CHECK_FALSE(decode(coding, *encode(coding, zeros, Effort::quick), 1 << 20));
}

}  // namespace
}  // namespace larder::server
