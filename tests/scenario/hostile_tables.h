// HostileTables: the parts of the hostile corpus, and the words they are written in.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/scenario/hostile_corpus.h"

namespace larder::testing {

std::vector<HostileCase> hostile_framing();
std::vector<HostileCase> hostile_chunks();
std::vector<HostileCase> hostile_hosts();
std::vector<HostileCase> hostile_fields();
std::vector<HostileCase> hostile_request_lines();
std::vector<HostileCase> hostile_targets();

inline const std::string kSecond = "GET /canary-second HTTP/1.1\r\nHost: larder.test\r\n\r\n";

// The usual end of a malformed request: 400, or a connection that just closes.
inline HostileCase refused(std::string name, std::string request, std::vector<int> statuses = {400}) {
  return {std::move(name), std::move(request), std::move(statuses), true};
}

// A request that is odd but right: answered so.
inline HostileCase answered(std::string name, std::string request, std::vector<int> statuses) {
  return {std::move(name), std::move(request), std::move(statuses)};
}

// Two requests by every reading.
inline HostileCase both(std::string name, std::string request, std::vector<int> statuses = {200}) {
  return {std::move(name), std::move(request), std::move(statuses), false, 2, true};
}

// "GET / HTTP/1.1" with more field lines, each with its CR LF, and what follows the head.
inline std::string get_with(std::string_view fields, std::string_view rest = {}) {
  return "GET / HTTP/1.1\r\nHost: larder.test\r\n" + std::string(fields) + "\r\n" + std::string(rest);
}

inline std::string post_with(std::string_view fields, std::string_view rest) {
  return "POST / HTTP/1.1\r\nHost: larder.test\r\n" + std::string(fields) + "\r\n" + std::string(rest);
}

inline std::string get_target(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: larder.test\r\n\r\n";
}

}  // namespace larder::testing
