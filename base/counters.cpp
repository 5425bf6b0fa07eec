#include "base/counters.h"

namespace larder {

const std::array<Counters::Info, Counters::kCount> Counters::kInfo = {{
#define LARDER_COUNTER_INFO(name, text) Counters::Info{#name, text},
    LARDER_COUNTERS(LARDER_COUNTER_INFO)
#undef LARDER_COUNTER_INFO
}};

}  // namespace larder
