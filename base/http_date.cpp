#include "base/http_date.h"

#include <fmt/core.h>

#include <array>
#include <ctime>

namespace larder {
namespace {

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Days since 1970-01-01 of a civil date (proleptic Gregorian calendar), in 64 bits on every board.
std::int64_t days_from_civil(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

// Reads a date from left to right; every step fails quietly and for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  void literal(std::string_view text) {
    if (ok_ && rest_.starts_with(text))
      rest_.remove_prefix(text.size());
    else
      ok_ = false;
  }
  int digits(std::size_t count) {
    if (!ok_ || rest_.size() < count) return fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  int day_of_asctime() {  // "06" is " 6" there
    if (ok_ && rest_.starts_with(' ')) {
      rest_.remove_prefix(1);
      return digits(1);
    }
    return digits(2);
  }
  int month() {
    for (std::size_t i = 0; i < kMonths.size(); ++i)
      if (ok_ && rest_.starts_with(kMonths[i])) {
        rest_.remove_prefix(3);
        return static_cast<int>(i) + 1;
      }
    return fail();
  }
  void until(char separator) {
    const auto at = rest_.find(separator);
    if (!ok_ || at == std::string_view::npos)
      ok_ = false;
    else
      rest_.remove_prefix(at);
  }
  std::int64_t time_of_day() {
    const int hour = digits(2);
    literal(":");
    const int minute = digits(2);
    literal(":");
    const int second = digits(2);
    if (hour > 23 || minute > 59 || second > 60) fail();
    return std::int64_t{hour} * 3600 + minute * 60 + second;
  }
  int fail() {
    ok_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<std::int64_t> moment(const Scanner& scanner, int year, int month, int day, std::int64_t time) {
  if (!scanner.at_end() || day < 1 || day > 31) return std::nullopt;
  return days_from_civil(year, month, day) * 86400 + time;
}

std::optional<std::int64_t> parse_imf_fixdate(std::string_view text) {  // Sun, 06 Nov 1994 08:49:37 GMT
  Scanner scan(text);
  scan.until(',');
  scan.literal(", ");
  const int day = scan.digits(2);
  scan.literal(" ");
  const int month = scan.month();
  scan.literal(" ");
  const int year = scan.digits(4);
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" GMT");
  return moment(scan, year, month, day, time);
}

std::optional<std::int64_t> parse_rfc850(std::string_view text) {  // Sunday, 06-Nov-94 08:49:37 GMT
  Scanner scan(text);
  scan.until(',');
  scan.literal(", ");
  const int day = scan.digits(2);
  scan.literal("-");
  const int month = scan.month();
  scan.literal("-");
  const int year = scan.digits(2);
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" GMT");
  return moment(scan, year + (year < 70 ? 2000 : 1900), month, day, time);
}

std::optional<std::int64_t> parse_asctime(std::string_view text) {  // Sun Nov  6 08:49:37 1994
  Scanner scan(text);
  scan.until(' ');
  scan.literal(" ");
  const int month = scan.month();
  scan.literal(" ");
  const int day = scan.day_of_asctime();
  scan.literal(" ");
  const auto time = scan.time_of_day();
  scan.literal(" ");
  const int year = scan.digits(4);
  return moment(scan, year, month, day, time);
}

}  // namespace

std::string format_http_date(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(utc.tm_wday)],
                     utc.tm_mday, kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  if (auto date = parse_imf_fixdate(text)) return date;
  if (auto date = parse_rfc850(text)) return date;
  return parse_asctime(text);
}

}  // namespace larder
