#include "cache/tags.h"

#include "tests/support/catch.h"

namespace larder::cache {
namespace {

TEST_CASE("Tags come from three fields, each with its own separators, and end here") {
  Fields fields = {{"Content-Type", "text/html"},
                   {"cache-tag", "post-1, home ,,a b"},
                   {"Surrogate-Key", "term-3  home"},
                   {"XKEY", "x\ty"}};
  CHECK(take_tags(fields) == "post-1\nhome\na b\nterm-3\nx\ny");
  CHECK(fields == Fields{{"Content-Type", "text/html"}});
  CHECK(take_tags(fields).empty());
}

TEST_CASE("A part of a tag is not the tag") {
  CHECK(has_tag("post-12\nhome", "home"));
  CHECK(has_tag("post-12\nhome", "post-12"));
  CHECK_FALSE(has_tag("post-12\nhome", "post-1"));
  CHECK_FALSE(has_tag("post-12\nhome", "ome"));
  CHECK_FALSE(has_tag("", ""));
}

TEST_CASE("Tags beyond the limit of a page are not kept") {
  Fields fields;
  for (int i = 0; i < 10'000; ++i) fields.push_back({"xkey", "tag-" + std::to_string(i)});
  const std::string tags = take_tags(fields);
  CHECK(tags.size() <= kMostTagBytes);
  CHECK(has_tag(tags, "tag-0"));
}

}  // namespace
}  // namespace larder::cache
