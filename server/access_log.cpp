#include "server/access_log.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/thread.h"
#include "base/unique_fd.h"

namespace larder::server {
namespace {

constexpr std::size_t kQueueBytes = 1 << 20;
constexpr std::size_t kChunk = 4096;  // PIPE_BUF: a pipe that polls writable takes that much without blocking
constexpr int kPatienceMs = 1000;     // how long a stuck reader may hold up the end of the program

std::tm utc_of(Millis wall) {
  const auto seconds = static_cast<std::time_t>(wall / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return utc;
}

// Printable ASCII stays; the rest, quotes and backslashes become \xHH, so that no client can forge a field or a line.
void append_escaped(std::string& line, std::string_view text) {
  if (text.empty()) line += '-';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E || c == '"' || c == '\\')
      line += fmt::format("\\x{:02X}", byte);
    else
      line += c;
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += " \"";
  append_escaped(line, text);
  line += '"';
}

Result<UniqueFd> open_file(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!file) return system_error("open " + path);
  return file;
}

}  // namespace

std::string format_combined(const AccessEntry& entry) {
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm utc = utc_of(entry.wall);
  std::string line;
  line.reserve(256);
  append_escaped(line, entry.client);
  line += fmt::format(" - - [{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000] \"", utc.tm_mday,
                      kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                      utc.tm_sec);
  append_escaped(line, entry.method);
  line += ' ';
  append_escaped(line, entry.target);
  line += ' ';
  append_escaped(line, entry.version);
  line += fmt::format("\" {} {}", entry.status, entry.body_bytes);
  append_quoted(line, entry.referer);
  append_quoted(line, entry.user_agent);
  line += ' ';
  append_escaped(line, entry.cache);
  return line += fmt::format(" {:.1f}\n", entry.duration_ms);
}

std::string format_json(const AccessEntry& entry) {
  const std::tm utc = utc_of(entry.wall);
  nlohmann::ordered_json line;
  line["time"] = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                             utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, entry.wall % 1000);
  line["client"] = entry.client;
  line["method"] = entry.method;
  line["host"] = entry.host;
  line["target"] = entry.target;
  line["version"] = entry.version;
  line["status"] = entry.status;
  line["bytes"] = entry.body_bytes;
  line["referer"] = entry.referer;
  line["user_agent"] = entry.user_agent;
  line["cache"] = entry.cache;
  line["milliseconds"] = std::round(entry.duration_ms * 1000) / 1000;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

class AccessLogger::Impl {
 public:
  Impl(const Settings::Log& settings, Counters& counters, std::shared_ptr<UniqueFd> out)
      : settings_(settings), counters_(counters), out_(std::move(out)), writer_("access-log", [this] { run(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
  }

  void write(const AccessEntry& entry) {
    const std::string line = settings_.format == LogFormat::json ? format_json(entry) : format_combined(entry);
    std::lock_guard lock(mutex_);
    if (queue_.size() + line.size() > kQueueBytes) return counters_.add(Counter::log_dropped);
    queue_ += line;
    changed_.notify_all();
  }

  Status reopen() {
    if (settings_.access != AccessLog::file) return Done{};
    auto file = open_file(settings_.access_file);
    if (!file) return file.error();
    std::lock_guard lock(mutex_);
    out_ = std::make_shared<UniqueFd>(std::move(*file));
    return Done{};
  }

  void flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !writing_; });
  }

 private:
  void run() {
    std::string batch;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.clear();
      batch.swap(queue_);
      const std::shared_ptr<UniqueFd> out = out_;  // reopen() may put another in its place while we write
      writing_ = true;
      lock.unlock();
      write_all(out->get(), batch);
      lock.lock();
      writing_ = false;
      changed_.notify_all();
    }
  }

  // What cannot be written is dropped and counted; the next batch tries again.
  void write_all(int fd, std::string_view rest) {
    while (!rest.empty()) {
      pollfd ready{fd, POLLOUT, 0};
      const int count = ::poll(&ready, 1, kPatienceMs);
      if (count == 0 && !stopping()) continue;
      const ssize_t sent = count > 0 ? ::write(fd, rest.data(), std::min(rest.size(), kChunk)) : -1;
      if (sent >= 0)
        rest.remove_prefix(static_cast<std::size_t>(sent));
      else if (count == 0 || (errno != EINTR && errno != EAGAIN))
        return counters_.add(Counter::log_dropped,
                             static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n')));
    }
  }

  bool stopping() {
    std::lock_guard lock(mutex_);
    return stopping_;
  }

  const Settings::Log settings_;
  Counters& counters_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string queue_;
  std::shared_ptr<UniqueFd> out_;
  bool writing_ = false, stopping_ = false;
  Thread writer_;  // last: it uses all of the above
};

Result<std::unique_ptr<AccessLogger>> AccessLogger::open(const Settings::Log& settings, Counters& counters) {
  if (settings.access == AccessLog::off) return std::unique_ptr<AccessLogger>(new AccessLogger(nullptr));
  auto file = settings.access == AccessLog::file
                  ? open_file(settings.access_file)
                  : Result<UniqueFd>(UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)));
  if (!file) return file.error();
  if (!*file) return system_error("standard output");
  auto out = std::make_shared<UniqueFd>(std::move(*file));
  return std::unique_ptr<AccessLogger>(new AccessLogger(std::make_unique<Impl>(settings, counters, std::move(out))));
}

AccessLogger::AccessLogger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AccessLogger::~AccessLogger() = default;

void AccessLogger::write(const AccessEntry& entry) {
  if (impl_) impl_->write(entry);
}
Status AccessLogger::reopen() { return impl_ ? impl_->reopen() : Status(Done{}); }
void AccessLogger::flush() {
  if (impl_) impl_->flush();
}

}  // namespace larder::server
