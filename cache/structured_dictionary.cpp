#include "cache/structured_dictionary.h"

#include <algorithm>

namespace larder::cache {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alpha(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_one_of(char c, std::string_view marks) { return marks.find(c) != std::string_view::npos; }

// One parser for one text: every function takes its part off the front, or says false.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool dictionary(Dictionary& members) {
    skip(" ");
    while (!rest_.empty()) {
      DictionaryMember member;
      if (!key(member.key) || !value(member)) return false;
      std::erase_if(members, [&](const DictionaryMember& other) { return other.key == member.key; });
      members.push_back(std::move(member));
      skip(" \t");
      if (rest_.empty()) return true;
      if (!take(',')) return false;
      skip(" \t");
      if (rest_.empty()) return false;  // a comma at the end
    }
    return true;
  }

 private:
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip(std::string_view marks) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(marks), rest_.size()));
    if (rest_.find_first_not_of(' ') == std::string_view::npos) rest_ = {};
  }

  bool key(std::string& name) {
    if (!is_lower(front()) && front() != '*') return false;
    std::size_t size = 1;
    while (size < rest_.size() && (is_lower(rest_[size]) || is_digit(rest_[size]) || is_one_of(rest_[size], "_-.*")))
      ++size;
    name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  // "=value" or, for a key alone, true; then parameters, which are checked and forgotten.
  bool value(DictionaryMember& member) {
    member.kind = DictionaryMember::Kind::boolean;
    member.integer = 1;
    if (take('=') && !(front() == '(' ? inner_list(member) : bare_item(member))) return false;
    return parameters();
  }

  bool parameters() {
    while (take(';')) {
      skip_blanks();
      std::string name;
      DictionaryMember ignored;
      if (!key(name) || (take('=') && !bare_item(ignored))) return false;
    }
    return true;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool inner_list(DictionaryMember& member) {
    rest_.remove_prefix(1);
    member.kind = DictionaryMember::Kind::other;
    while (true) {
      skip_blanks();
      if (take(')')) return true;
      DictionaryMember ignored;
      if (rest_.empty() || !bare_item(ignored) || !parameters()) return false;
      if (front() != ' ' && front() != ')') return false;
    }
  }

  bool bare_item(DictionaryMember& member) {
    member.kind = DictionaryMember::Kind::other;
    const char c = front();
    if (c == '-' || is_digit(c)) return number(member);
    if (c == '"') return string();
    if (c == ':') return bytes();
    if (c == '?') return boolean(member);
    return (is_alpha(c) || c == '*') && token();
  }

  bool number(DictionaryMember& member) {
    const bool negative = take('-');
    member.integer = 0;
    const std::size_t whole = digits(member.integer);
    if (whole == 0 || whole > 15) return false;
    if (negative) member.integer = -member.integer;
    member.kind = DictionaryMember::Kind::integer;
    if (!take('.')) return true;
    member.kind = DictionaryMember::Kind::other;
    std::int64_t ignored = 0;
    const std::size_t decimals = digits(ignored);
    return whole <= 12 && decimals >= 1 && decimals <= 3;
  }
  std::size_t digits(std::int64_t& sum) {
    std::size_t count = 0;
    for (; count < 16 && is_digit(front()); ++count) {
      sum = sum * 10 + (front() - '0');
      rest_.remove_prefix(1);
    }
    return count;
  }

  bool string() {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c < ' ' || c > '~') return false;
      if (c == '\\' && !take('"') && !take('\\')) return false;
    }
    return false;
  }

  bool bytes() {
    rest_.remove_prefix(1);
    while (is_alpha(front()) || is_digit(front()) || (!rest_.empty() && is_one_of(front(), "+/=")))
      rest_.remove_prefix(1);
    return take(':');
  }

  bool boolean(DictionaryMember& member) {
    rest_.remove_prefix(1);
    member.kind = DictionaryMember::Kind::boolean;
    member.integer = front() == '1' ? 1 : 0;
    return take('0') || take('1');
  }

  bool token() {
    while (!rest_.empty() && (is_alpha(front()) || is_digit(front()) || is_one_of(front(), "!#$%&'*+-.^_`|~:/")))
      rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<Dictionary> parse_dictionary(std::string_view text) {
  Dictionary members;
  return Parser(text).dictionary(members) ? std::optional(std::move(members)) : std::nullopt;
}

}  // namespace larder::cache
