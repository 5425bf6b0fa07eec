#include "cache/put_queue.h"

#include "tests/cache/told_page.h"
#include "tests/support/catch.h"

namespace larder::cache {
namespace {

TEST_CASE("Pages leave in the order in which they came") {
  PutQueue queue(1 << 20);
  const PagePtr a = told_page("a", 1, 10), b = told_page("b", 1, 10);
  CHECK(queue.put(a));
  CHECK(queue.put(b));
  CHECK(queue.front() == a);
  CHECK(queue.find("b") == b);
  CHECK(queue.finish(a));
  CHECK(queue.front() == b);
  CHECK(queue.finish(b));
  CHECK(queue.empty());
}

TEST_CASE("A page that was replaced or cancelled while it was written is not finished") {
  PutQueue queue(1 << 20);
  const PagePtr first = told_page("a", 1, 10), second = told_page("a", 2, 10);
  CHECK(queue.put(first));
  CHECK(queue.put(second));
  CHECK(queue.size() == 1);
  CHECK_FALSE(queue.finish(first));
  CHECK(queue.find("a") == second);
  queue.cancel("a");
  CHECK_FALSE(queue.finish(second));
  CHECK(queue.find("a") == nullptr);
  CHECK(queue.empty());
}

TEST_CASE("A full queue takes no more, and drops what the new page would have replaced") {
  PutQueue queue(20'000);
  CHECK(queue.put(told_page("a", 1, 4'000)));
  CHECK(queue.put(told_page("b", 1, 100)));
  CHECK_FALSE(queue.put(told_page("c", 1, 18'000)));
  CHECK_FALSE(queue.put(told_page("a", 2, 22'000)));
  CHECK(queue.find("a") == nullptr);
  CHECK(queue.size() == 1);
  CHECK(queue.put(told_page("c", 1, 12'000)));
}

}  // namespace
}  // namespace larder::cache
