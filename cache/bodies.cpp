#include "cache/bodies.h"

#include <utility>

namespace larder::cache {

Bodies::Bodies(std::string identity) : identity_bytes_(identity.size()), original_(Coding::identity) {
  set(Coding::identity, std::make_shared<const std::string>(std::move(identity)));
}

std::uint64_t Bodies::bytes() const {
  std::uint64_t bytes = 0;
  for (const Body& body : bodies_)
    if (body) bytes += body->size();
  return bytes;
}

bool operator==(const Bodies& a, const Bodies& b) {
  for (const Coding coding : kCodings) {
    if (a.has(coding) != b.has(coding)) return false;
    if (a.has(coding) && *a.in(coding) != *b.in(coding)) return false;
  }
  return a.original_ == b.original_ && a.identity_bytes_ == b.identity_bytes_;
}

}  // namespace larder::cache
