// What a worker puts on the wire, written by hand so that tests need neither our encoder nor libfcgi's.
#pragma once

#include <cstddef>
#include <string>

namespace larder::fastcgi::testing {

inline std::string record(int type, const std::string& content, int id = 1, std::size_t padding = 0) {
  std::string bytes = {'\1', static_cast<char>(type)};
  for (const std::size_t value : {static_cast<std::size_t>(id), content.size()}) {
    bytes.push_back(static_cast<char>(value >> 8 & 0xff));
    bytes.push_back(static_cast<char>(value & 0xff));
  }
  bytes.push_back(static_cast<char>(padding));
  bytes.push_back('\0');
  return bytes + content + std::string(padding, '?');
}

inline std::string out(const std::string& content) { return record(6, content); }
inline std::string err(const std::string& content) { return record(7, content); }
inline std::string end(int app_status = 0, int protocol_status = 0) {
  return record(3, {0, 0, 0, static_cast<char>(app_status), static_cast<char>(protocol_status), 0, 0, 0});
}

}  // namespace larder::fastcgi::testing
