#include "server/purge_log.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>

#include "arm/crc32c.h"

namespace larder::server {
namespace {

using cache::Purge;

constexpr std::string_view kKinds[] = {"url", "prefix", "tag", "all"};
constexpr std::size_t kLongestFile = 4 << 20;  // bytes
constexpr std::size_t kCrcDigits = 8;

std::uint32_t checksum(std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  return arm::crc32c(bytes.data(), bytes.size());
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

bool parse_line(std::string_view line, Purge& purge) {
  std::uint32_t crc = 0;
  const std::string_view digits = take_word(line);
  if (digits.size() != kCrcDigits) return false;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), crc, 16).ptr != digits.data() + digits.size())
    return false;
  if (crc != checksum(line)) return false;
  const std::string_view time = take_word(line), hardness = take_word(line), kind = take_word(line);
  if (std::from_chars(time.data(), time.data() + time.size(), purge.at).ec != std::errc{}) return false;
  if (hardness != "hard" && hardness != "soft") return false;
  purge.hard = hardness == "hard";
  purge.text = line;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (kind != kKinds[i]) continue;
    purge.kind = static_cast<Purge::Kind>(i);
    return true;
  }
  return false;
}

Result<std::string> read_all(int fd) {
  std::string text;
  char piece[16 << 10];
  for (;;) {
    const ssize_t count = ::read(fd, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read the purges");
    if (count == 0 || text.size() > 2 * kLongestFile) return text;
    text.append(piece, static_cast<std::size_t>(count));
  }
}

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("write the purges");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(fd) != 0) return system_error("sync the purges");
  return Done{};
}

std::string lines_of(const std::vector<Purge>& purges) {
  std::string text;
  for (const Purge& purge : purges) text += purge_line(purge);
  return text;
}

// What is too long to be kept becomes one purge of everything older.
Status write_anew(const std::string& path, std::vector<Purge>& purges) {
  Millis latest = 0;
  for (const Purge& purge : purges) latest = std::max(latest, purge.at);
  purges = {{.kind = Purge::Kind::all, .text = {}, .hard = true, .at = latest}};
  const std::string next = path + ".new";
  UniqueFd fd(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return system_error("create " + next);
  if (auto written = write_all(fd.get(), lines_of(purges)); !written) return written;
  return ::rename(next.c_str(), path.c_str()) == 0 ? Status(Done{}) : Status(system_error("rename " + next));
}

}  // namespace

std::string purge_line(const Purge& purge) {
  const std::string rest = fmt::format("{} {} {} {}", purge.at, purge.hard ? "hard" : "soft",
                                       kKinds[static_cast<std::size_t>(purge.kind)], purge.text);
  return fmt::format("{:08x} {}\n", checksum(rest), rest);
}

std::vector<Purge> parse_purge_lines(std::string_view text) {
  std::vector<Purge> purges;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    Purge purge;
    if (!parse_line(text.substr(0, end), purge)) break;
    purges.push_back(std::move(purge));
    text.remove_prefix(end + 1);
  }
  return purges;
}

Result<PurgeLog> PurgeLog::open(const std::string& path, std::vector<Purge>& purges) {
  const auto open_file = [&] { return UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)); };
  UniqueFd fd = open_file();
  if (!fd) return system_error("open " + path);
  auto text = read_all(fd.get());
  if (!text) return text.error();
  purges = parse_purge_lines(*text);
  const std::size_t whole = lines_of(purges).size();
  if (whole < text->size() && ::ftruncate(fd.get(), static_cast<off_t>(whole)) != 0)
    return system_error("shorten " + path);
  if (whole <= kLongestFile && purges.size() < cache::PurgeList::kMostPurges) return PurgeLog(std::move(fd));
  if (auto written = write_anew(path, purges); !written) return written.error();
  fd = open_file();
  if (!fd) return system_error("open " + path);
  return PurgeLog(std::move(fd));
}

Status PurgeLog::append(const std::vector<Purge>& purges) { return write_all(fd_.get(), lines_of(purges)); }

}  // namespace larder::server
