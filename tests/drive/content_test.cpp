#include "drive/content.h"

#include "tests/support/catch.h"

using namespace larder::drive;

namespace {

Content content_of(int code, const std::string& output) {
  const auto content = parse_blkid({.code = code, .output = output});
  REQUIRE(content);
  return *content;
}

}  // namespace

TEST_CASE("a file system is known by its type, label and UUID") {
  CHECK(content_of(0,
                   "DEVNAME=/dev/loop0\nLABEL=larder\nUUID=3b462540-ba51-4c32-8fb2-b9c95b6c2dc4\nVERSION=1.0\n"
                   "BLOCK_SIZE=4096\nTYPE=ext4\nUSAGE=filesystem\n") ==
        Content{.type = "ext4", .label = "larder", .uuid = "3b462540-ba51-4c32-8fb2-b9c95b6c2dc4", .partitions = ""});
}

TEST_CASE("a partition table is no file system") {
  CHECK(content_of(0, "DEVNAME=/dev/loop0\nPTUUID=b6c5e091\nPTTYPE=dos\n") ==
        Content{.type = "", .label = "", .uuid = "", .partitions = "dos"});
}

TEST_CASE("the label is read without its backslashes") {
  CHECK(content_of(0, "LABEL=my\\ \\\"st\\\\k=\\x1b").label == "my \"st\\k=\\x1b");
  CHECK(content_of(0, "LABEL=larder\\").label == "larder\\");
}

TEST_CASE("an empty drive has no content, one with several file systems is nobody's") {
  CHECK(content_of(2, "") == Content{});
  CHECK(content_of(8, "TYPE=ext4\nLABEL=larder\n") ==
        Content{.type = "several file systems at once", .label = "", .uuid = "", .partitions = ""});
}

TEST_CASE("a blkid that failed has not found an empty drive") {
  CHECK_FALSE(parse_blkid({.code = 2, .output = "error: /dev/sda: Input/output error\n"}));
  CHECK_FALSE(parse_blkid({.code = 4, .output = ""}));
}
