// The one place that knows where Catch2 lives: version 2 in Debian 12, version 3 in Debian 13.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
