// What `larder explain` sends, gets and prints.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "cache/encoding.h"
#include "cache/page.h"
#include "server/explain.h"

namespace larder::server {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : separator).append(word);
  return text;
}

std::vector<std::string> places_of(const Explanation& explanation) {
  std::vector<std::string> places;
  if (explanation.in_memory) places.emplace_back("memory");
  if (explanation.in_ring) places.emplace_back("ring");
  return places;
}

// The key as people write it: what makes a variant stands in a line of its own.
std::string primary(const std::string& key) { return key.substr(0, key.find('\t')); }

Result<Question> parse_question(const Json& json) {
  if (!json.is_object() || !json.contains("url") || !json["url"].is_string()) return Error{"the question has no url"};
  Question question{.url = json["url"]};
  if (json.contains("method") && json["method"].is_string()) question.method = json["method"];
  for (const Json& field : json.value("fields", Json::array()))
    if (field.is_string()) question.fields.push_back(field);
  return question;
}

}  // namespace

std::string explanation_text(const Explanation& e) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text += fmt::format("{:<10} {}\n", name, value);
  };
  line("answer", e.answer);
  line("why", e.why);
  line("rule", e.rule.empty() || e.origin.empty() ? e.rule : fmt::format("{} ({})", e.rule, e.origin));
  line("key", primary(e.key));
  line("variant", joined(lines_of(e.variant), ", "));
  if (e.page) {
    const std::int64_t age = e.page->age_at(e.now);
    line("fresh", fmt::format("{} s of {} s left, by {} ({})", std::max<std::int64_t>(0, e.page->lifetime - age),
                              e.page->lifetime, e.lifetime_rule, e.lifetime_origin));
    line("status", fmt::format("{}, {} s old", e.page->status, age));
    line("tags", joined(lines_of(e.page->tags), ", "));
    line("lies in", joined(places_of(e), ", "));
    std::vector<std::string> sizes;
    for (const cache::Coding coding : cache::kCodings)
      if (const auto& body = e.page->bodies.in(coding))
        sizes.push_back(fmt::format("{} {}", cache::name_of(coding), body->size()));
    line("bytes", joined(sizes, ", "));
  }
  return text;
}

std::string explanation_json(const Explanation& e) {
  Json json = {{"answer", e.answer}, {"why", e.why},          {"rule", e.rule},
               {"origin", e.origin}, {"key", primary(e.key)}, {"variant", lines_of(e.variant)}};
  if (e.page) {
    const std::int64_t age = e.page->age_at(e.now);
    json["page"] = {{"status", e.page->status},         {"age", age},
                    {"lifetime", e.page->lifetime},     {"fresh_for", e.page->lifetime - age},
                    {"lifetime_rule", e.lifetime_rule}, {"lifetime_origin", e.lifetime_origin},
                    {"tags", lines_of(e.page->tags)},   {"lies_in", places_of(e)}};
    Json& sizes = json["page"]["bytes"] = Json::object();
    for (const cache::Coding coding : cache::kCodings)
      if (const auto& body = e.page->bodies.in(coding)) sizes[std::string(cache::name_of(coding))] = body->size();
  }
  return dump(json) + '\n';
}

std::string encode_question(const Question& question, bool json) {
  return dump({{"url", question.url}, {"method", question.method}, {"fields", question.fields}, {"json", json}});
}

Result<std::string> answer_explain(std::string_view request, const Service& service) {
  const Json json = Json::parse(request.begin(), request.end(), nullptr, /*allow_exceptions=*/false);
  const auto question = parse_question(json);
  if (!question) return question.error();
  const auto explanation = explain(*question, service);
  if (!explanation) return explanation.error();
  const bool as_json = json.contains("json") && json["json"] == true;
  return as_json ? explanation_json(*explanation) : explanation_text(*explanation);
}

}  // namespace larder::server
