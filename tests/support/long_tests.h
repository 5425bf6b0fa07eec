// Long tests: those tagged [long] do more where LARDER_LONG_TESTS is set, as "./dev check" does.
#pragma once

#include <cstdlib>

namespace larder {

template <class T>
T long_or_short(T long_form, T short_form) {
  return std::getenv("LARDER_LONG_TESTS") != nullptr ? long_form : short_form;
}

}  // namespace larder
