// The version of this program; meson.build is where it is set.
#pragma once

namespace larder::server {

inline constexpr const char* kVersion = LARDER_VERSION;

}  // namespace larder::server
