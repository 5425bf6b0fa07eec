// HostileCorpus: requests that an attacker sends, byte for byte, and what may come back.
//
// A case is one connection: the runner sends `request`, never half-closes (a client that leaves is another matter), and
// reads until the daemon closes or its timeouts end the connection: give it short ones (server.header_timeout=1s,
// server.keepalive_timeout=1s) and the settings of hostile_settings(). verdict() says what is wrong with what came
// back.
//
// Where a request could be read as two, the second asks for /canary-second; one answer too many means that it was read.
// Everything planted in and beside the site holds a word that no answer may hold. Pure: no I/O here.
// Sources: RFC 9110, RFC 9112 section 11.2, RFC 3986, RFC 3875.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::testing {

struct HostileCase {
  std::string name;           // what is tried; unique
  std::string request;        // all bytes of the connection
  std::vector<int> statuses;  // acceptable for every final answer (1xx are passed over)
  bool silence = false;       // closing without any answer is acceptable too
  int answers = 1;            // final answers, at most
  bool canary = false;        // /canary-second may be answered: it is a request of its own by every reading
};

// More than 150 cases: framing, heads, targets.
std::vector<HostileCase> hostile_corpus();

struct PlantedFile {
  std::string path;  // below the root; "../secret.txt" lies beside it
  std::string text;
};
// The site that the corpus attacks. Its /index.php, the front controller, answers 200 and tells on itself when
// something reached PHP that must not.
std::vector<PlantedFile> hostile_site();
// "section.key=value", beside site.root.
std::vector<std::string> hostile_settings();

// What is wrong with these bytes, all that came back for the case; nullopt: nothing.
std::optional<std::string> verdict(const HostileCase&, std::string_view response);

}  // namespace larder::testing
