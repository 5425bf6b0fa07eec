#include "cache/page.h"

namespace larder::cache {
namespace {

// What malloc adds to a block, and the string objects around the text.
constexpr std::size_t kPerBlock = 16;

// What the server prepares to send: the fields once as it keeps them and once in the library's response object, with
// those that every answer has. tests/server/page_reply_test.cpp measures it.
constexpr std::size_t kPerAnswer = 1024, kHeadsInAnswer = 2;

std::size_t heap_bytes(const std::string& text) {
  const bool inside_the_object = text.capacity() < sizeof(std::string) / 2;
  return inside_the_object ? 0 : text.capacity() + 1 + kPerBlock;
}

}  // namespace

std::size_t Page::memory_cost() const {
  std::size_t head = fields.capacity() * sizeof(Field) + kPerBlock;
  for (const Field& field : fields) head += heap_bytes(field.name) + heap_bytes(field.value);
  std::size_t cost = sizeof(Page) + kPerBlock + heap_bytes(key) + heap_bytes(tags) + head;
  for (const Coding coding : kCodings)
    if (const Body& body = bodies.in(coding))
      cost += sizeof(std::string) + kPerBlock + heap_bytes(*body) + kPerAnswer + kHeadsInAnswer * head;
  return cost;
}

}  // namespace larder::cache
