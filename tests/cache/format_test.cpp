// The worked example of cache/FORMAT.md is what the code writes, and what it reads back.
#include <fmt/core.h>

#include <array>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "cache/key.h"
#include "cache/open_segment.h"
#include "cache/page_codec.h"
#include "cache/superblock.h"
#include "tests/cache/memory_device.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The bytes of the block that begins with "```hex NAME": lines of "offset: bytes ; remark".
Bytes from_document(const std::string& name) {
  std::ifstream document(FORMAT_MD);
  REQUIRE(document);
  Bytes bytes;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```") inside = false;
    if (inside) {
      std::istringstream words(line.substr(line.find(':') + 1, line.find(';') - line.find(':') - 1));
      for (std::string word; words >> word;) bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
    }
    if (line == "```hex " + name) inside = true;
  }
  return bytes;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    text += i % 8 ? fmt::format(" {:02x}", bytes[i]) : fmt::format("\n{:5}: {:02x}", i, bytes[i]);
  return text;
}

void check_document(const std::string& name, const Bytes& written) {
  INFO(name << " is written as:" << hex(written));
  CHECK(from_document(name) == written);
}

Superblock example_superblock() {
  Superblock superblock;
  superblock.generation = 2;
  std::iota(superblock.uuid.begin(), superblock.uuid.end(), std::uint8_t{0});
  superblock.hash_seed = 0x1122334455667788;
  superblock.geometry = {.segment_bytes = 16384, .segment_count = 4};
  superblock.run = 1;
  superblock.clean = true;
  superblock.written_at = 1'456'704'000'000;
  return superblock;
}

PagePtr example_page() {
  auto page = std::make_shared<Page>();
  page->key = "http://pi/";
  page->fields = {{"Content-Type", "text/html"}};
  page->tags = "home";
  page->bodies = Bodies("<p>Hi</p>\n");
  page->created = 1'456'704'000'000;
  page->lifetime = 600;
  return page;
}

TEST_CASE("The superblock of the document is the one that is written") {
  const auto bytes = encode_superblock(example_superblock());
  check_document("superblock", Bytes(bytes.begin(), bytes.end()));
  const auto back = decode_superblock(from_document("superblock"));
  REQUIRE(back);
  CHECK(back->geometry == example_superblock().geometry);
}

TEST_CASE("The segment of the document is the one that is written") {
  const Superblock superblock = example_superblock();
  const PagePtr example = example_page();
  const Page& page = *example;
  const auto medium = std::make_shared<Medium>();
  MemoryDevice device(medium);
  OpenSegment segment(superblock.geometry.segment_bytes);
  segment.begin({.run = 1, .number = 1}, superblock.salt());
  segment.commit(segment.encode(page, hash_key(page.key, superblock.hash_seed)));
  REQUIRE(segment.seal(device, 0));

  const Bytes& written = medium->bytes;
  const auto part = [&](std::size_t from, std::size_t size) {
    const auto begin = written.begin() + static_cast<std::ptrdiff_t>(from);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  const std::size_t record = static_cast<std::size_t>(record_bytes(page));
  const std::size_t footer = kFooterLineBytes + kTrailerBytes;
  check_document("segment header", part(0, kSegmentHeaderBytes));
  check_document("record", part(kSegmentHeaderBytes, record));
  check_document("footer", part(written.size() - footer, footer));
  for (std::size_t i = kSegmentHeaderBytes + record; i < written.size() - footer; ++i) REQUIRE(written[i] == 0);
}

}  // namespace
}  // namespace larder::cache
