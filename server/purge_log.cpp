#include "server/purge_log.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>

#include "arm/crc32c.h"

namespace larder::server {
namespace {

using cache::Purge;
using cache::PurgeList;

constexpr std::string_view kKinds[] = {"url", "prefix", "tag", "all"};
constexpr std::size_t kHead = cache::kBlock;               // of a half, in bytes
constexpr std::size_t kLongestRest = PurgeLog::kHalf / 2;  // of what goes on in the other half
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

Result<std::string> read_at(int fd, std::uint64_t at, std::size_t size) {
  std::string text(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::pread(fd, &text[done], size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read the purges");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

Status write_at(int fd, std::uint64_t at, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_error("write the purges");
    text.remove_prefix(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  if (::fdatasync(fd) != 0) return system_error("sync the purges");
  return Done{};
}

std::string lines_of(const std::vector<Purge>& purges) {
  std::string text;
  for (const Purge& purge : purges) text += purge_line(purge);
  return text;
}

// The first line of a half, alone in its block.
std::string head_line(std::uint64_t generation) {
  const std::string rest = fmt::format("purges {}", generation);
  return fmt::format("{:08x} {}\n", checksum(rest), rest);
}

std::optional<std::uint64_t> parse_head(std::string_view text) {
  std::string_view rest = text.substr(0, text.find('\n'));
  take_word(rest);
  if (take_word(rest) != "purges") return std::nullopt;
  std::uint64_t generation = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), generation);
  if (generation == 0 || !text.starts_with(head_line(generation))) return std::nullopt;
  return generation;
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

std::vector<Purge> what_still_counts(const std::vector<Purge>& purges) {
  std::map<std::tuple<Purge::Kind, bool, std::string_view>, Millis> latest;
  Millis last = 0;
  std::size_t length = 0;
  for (const Purge& purge : purges) {
    const auto [found, added] = latest.try_emplace({purge.kind, purge.hard, purge.text}, purge.at);
    found->second = std::max(found->second, purge.at);
    last = std::max(last, purge.at);
    if (added) length += purge_line(purge).size();
  }
  if (latest.size() > PurgeList::kMostPurges || length > kLongestRest)
    return {{.kind = Purge::Kind::all, .text = {}, .hard = true, .at = last}};
  std::vector<Purge> counting;
  for (const auto& [name, at] : latest)
    counting.push_back(
        {.kind = std::get<0>(name), .text = std::string(std::get<2>(name)), .hard = std::get<1>(name), .at = at});
  return counting;
}

Result<PurgeLog> PurgeLog::open(const std::string& cache_path, std::vector<Purge>& purges) {
  struct stat status {};
  if (::stat(cache_path.c_str(), &status) != 0) return system_error("open " + cache_path);
  if (S_ISDIR(status.st_mode)) return open_at(cache_path + "/purges", 0, purges);
  if (S_ISBLK(status.st_mode)) return open_at(cache_path, kOnDevice, purges);
  return Error{cache_path + " is neither a directory nor a block device"};
}

Result<PurgeLog> PurgeLog::open_at(const std::string& path, std::uint64_t start, std::vector<Purge>& purges) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return system_error("open " + path);
  PurgeLog log(std::move(fd), start);
  for (const std::uint64_t begin : {log.half(1), log.half(2)}) {
    const auto generation = log.read_generation(begin);
    if (!generation) return generation.error();
    log.generation_ = std::max(log.generation_, *generation);
  }
  auto held = log.read_lines();
  if (!held) return held.error();
  purges = *std::move(held);
  log.end_ = lines_of(purges).size();
  return log;
}

// 0: that half has no right head.
Result<std::uint64_t> PurgeLog::read_generation(std::uint64_t begin) const {
  const auto text = read_at(fd_.get(), begin, kHead);
  if (!text) return text.error();
  const std::uint64_t generation = parse_head(*text).value_or(0);
  return half(generation) == begin ? generation : 0;
}

Result<std::vector<Purge>> PurgeLog::read_lines() const {
  if (generation_ == 0) return std::vector<Purge>();
  const auto text = read_at(fd_.get(), half(generation_) + kHead, kHalf - kHead);
  return text ? Result<std::vector<Purge>>(parse_purge_lines(*text)) : text.error();
}

Status PurgeLog::append(const std::vector<Purge>& purges) {
  const std::string text = lines_of(purges);
  if (generation_ == 0 || end_ + text.size() > kHalf - kHead) return begin_other_half(purges);
  if (auto written = write_at(fd_.get(), half(generation_) + kHead + end_, text); !written) return written;
  end_ += text.size();
  return Done{};
}

// It counts when its head is there, and that is written last. What it held before are older purges, which may come
// behind its lines and do no harm.
Status PurgeLog::begin_other_half(const std::vector<Purge>& purges) {
  auto all = read_lines();
  if (!all) return all.error();
  all->insert(all->end(), purges.begin(), purges.end());
  const std::string text = lines_of(what_still_counts(*all));
  const std::uint64_t next = generation_ + 1;
  if (auto written = write_at(fd_.get(), half(next) + kHead, text); !written) return written;
  if (auto written = write_at(fd_.get(), half(next), head_line(next)); !written) return written;
  generation_ = next;
  end_ = text.size();
  return Done{};
}

}  // namespace larder::server
