// Encoding: in which coding a client gets a page, by its Accept-Encoding (RFC 9110 section 12.5.3). Pure; allocates
// nothing.
//
// Identity can always be sent. Without the field it is what is sent: the RFC leaves the choice to us, and clients that
// say nothing are old ones and scripts. When nothing at hand is acceptable, identity is sent too, even to a client that
// refuses it: section 12.1 lets us disregard the field, and an answer that it may be able to read helps more than a
// 406.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cache/bodies.h"

namespace larder::cache {

// "gzip" (or its old name "x-gzip"), "br", "identity"; upper case too.
std::optional<Coding> coding_named(std::string_view name);
std::string_view name_of(Coding coding);

class AcceptedCodings {
 public:
  // A line of the field, in the order in which they came. A member that is not of the grammar is as if it was not
  // there; of a coding that is named twice, the first counts.
  void add(std::string_view line);

  bool takes(Coding coding) const { return weight(coding) > 0; }
  // The one of those at hand, and identity, that the client likes best; of equals brotli, gzip, identity.
  Coding choose(const Bodies& at_hand) const;

 private:
  int weight(Coding coding) const;

  static constexpr std::int16_t kNotNamed = -1;
  std::array<std::int16_t, kCodings.size()> named_{kNotNamed, kNotNamed, kNotNamed};  // thousandths
  std::int16_t others_ = kNotNamed;                                                   // "*"
};

}  // namespace larder::cache
