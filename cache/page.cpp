#include "cache/page.h"

namespace larder::cache {
namespace {

// What malloc adds to a block, and the string objects around the text.
constexpr std::size_t kPerBlock = 16;

std::size_t heap_bytes(const std::string& text) {
  const bool inside_the_object = text.capacity() < sizeof(std::string) / 2;
  return inside_the_object ? 0 : text.capacity() + 1 + kPerBlock;
}

}  // namespace

std::size_t Page::memory_cost() const {
  std::size_t head = fields.capacity() * sizeof(Field) + kPerBlock;
  for (const Field& field : fields) head += heap_bytes(field.name) + heap_bytes(field.value);
  // Twice the head: the prepared answer holds it again.
  return sizeof(Page) + kPerBlock + heap_bytes(key) + 2 * head + sizeof(std::string) + kPerBlock + heap_bytes(*body);
}

}  // namespace larder::cache
