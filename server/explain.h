// Explain: what the daemon would do with a request now, and why; for `larder explain`.
//
// It asks the functions that answer requests (take_in, judge_reuse, route ...) and looks at pages without being counted
// as a hit; nothing is changed, fetched or rendered. What only PHP's next answer can tell is told from its last one,
// as long as that is remembered.
// Threads: explain() may wait some seconds for the drive; not for an HTTP loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cache/page.h"
#include "server/service.h"

namespace larder::server {

struct Question {
  std::string url, method = "GET";
  std::vector<std::string> fields;  // "Name: value"
};

struct Explanation {
  std::string answer;        // one of: hit, stale, asks PHP, file, redirect, Larder's own, refused, nothing stored
  std::string why;           // a sentence
  std::string rule;          // the setting, directive or field that decided
  std::string origin;        // where that stands: "default", "larder.ini:12", "the request", "the page"
  std::string key, variant;  // variant: what the request chose among several, one "name=value" a line
  cache::PagePtr page;       // the stored one, whether it is the answer or not
  bool in_memory = false, in_ring = false;
  std::string lifetime_rule, lifetime_origin;  // what says how long the page is fresh
  Millis now = 0;
};

// An error when the question is none: no URL, a field without a colon.
Result<Explanation> explain(const Question& question, const Service& service);
std::string explanation_text(const Explanation& explanation);
std::string explanation_json(const Explanation& explanation);

// Between `larder explain` and the daemon: {"url": ..., "method": ..., "fields": [...], "json": false}.
std::string encode_question(const Question& question, bool json);
Result<std::string> answer_explain(std::string_view request, const Service& service);

}  // namespace larder::server
