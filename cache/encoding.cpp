#include "cache/encoding.h"

#include <algorithm>

#include "base/field.h"

namespace larder::cache {
namespace {

constexpr int kFull = 1000;

constexpr std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), in thousandths.
std::optional<int> parse_qvalue(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) return std::nullopt;
  int value = 0, unit = kFull;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 1) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value += (text[i] - '0') * unit;
    unit /= 10;
  }
  return value <= kFull ? std::optional(value) : std::nullopt;
}

// What follows the name: nothing, or ";q=" and a value.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty()) return kFull;
  text = without_blanks(text.substr(1));
  if (text.size() < 2 || ascii_lower(text[0]) != 'q' || text[1] != '=') return std::nullopt;
  return parse_qvalue(text.substr(2));
}

// What nearly all browsers send; both codings, or gzip alone.
bool is_known(std::string_view line, bool& brotli) {
  switch (line.size()) {
    case 23:
      brotli = true;
      return line == "gzip, deflate, br, zstd";
    case 17:
      brotli = true;
      return line == "gzip, deflate, br";
    case 13:
      return line == "gzip, deflate";
    case 4:
      return line == "gzip";
    default:
      return false;
  }
}

}  // namespace

std::optional<Coding> coding_named(std::string_view name) {
  if (equals_ignoring_case(name, "br")) return Coding::brotli;
  if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) return Coding::gzip;
  if (equals_ignoring_case(name, "identity")) return Coding::identity;
  return std::nullopt;
}

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::brotli:
      return "br";
    case Coding::gzip:
      return "gzip";
    case Coding::identity:
      break;
  }
  return "identity";
}

void AcceptedCodings::add(std::string_view line) {
  auto& [identity, gzip, brotli] = named_;
  const auto name = [](std::int16_t& slot, int weight) {
    if (slot == kNotNamed) slot = static_cast<std::int16_t>(weight);
  };
  if (bool with_brotli = false; is_known(line, with_brotli)) {
    name(gzip, kFull);
    if (with_brotli) name(brotli, kFull);
    return;
  }
  while (!line.empty()) {
    const std::size_t comma = std::min(line.find(','), line.size());
    const std::string_view member = without_blanks(line.substr(0, comma));
    line.remove_prefix(std::min(comma + 1, line.size()));
    const std::size_t semicolon = std::min(member.find(';'), member.size());
    const std::string_view coding = without_blanks(member.substr(0, semicolon));
    const auto weight = parse_weight(member.substr(semicolon));
    if (!weight) continue;
    if (coding == "*")
      name(others_, *weight);
    else if (const auto known = coding_named(coding))
      name(named_[static_cast<std::size_t>(*known)], *weight);
  }
}

// Identity that nobody speaks of is acceptable, but less so than anything that was asked for.
int AcceptedCodings::weight(Coding coding) const {
  const int named = named_[static_cast<std::size_t>(coding)];
  if (named != kNotNamed) return 2 * named;
  if (others_ != kNotNamed) return 2 * others_;
  return coding == Coding::identity ? 1 : 0;
}

Coding AcceptedCodings::choose(const Bodies& at_hand) const {
  Coding best = Coding::identity;
  int best_weight = weight(best);
  for (const Coding coding : {Coding::gzip, Coding::brotli}) {
    if (!at_hand.has(coding)) continue;
    const int its_weight = weight(coding);
    if (its_weight == 0 || its_weight < best_weight) continue;
    best = coding;
    best_weight = its_weight;
  }
  return best;
}

}  // namespace larder::cache
