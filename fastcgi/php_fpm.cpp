#include "fastcgi/php_fpm.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/child.h"
#include "base/thread.h"
#include "base/unique_fd.h"
#include "fastcgi/output_lines.h"
#include "fastcgi/restart_delay.h"

namespace larder::fastcgi {
namespace {

constexpr Millis kStartLimit = 10'000, kStopLimit = 5'000;
constexpr int kLook = 20;  // milliseconds between two looks whether the socket accepts

Result<PhpBinary> choose(const PhpFpmOptions& options) {
  if (options.version.starts_with('/')) {
    if (is_program(options.version)) return PhpBinary{options.version, ""};
    return Error{fmt::format("php.version: {} is no program that can be run", options.version), ENOENT};
  }
  const std::vector<PhpBinary> found = find_php_fpm(options.search);
  std::string versions;
  for (const PhpBinary& binary : found) {
    if (options.version == "auto" || options.version == binary.version) return binary;
    versions += (versions.empty() ? "" : ", ") + (binary.version.empty() ? binary.path : binary.version);
  }
  const std::string where = fmt::format("{}", fmt::join(options.search, ", "));
  if (options.version == "auto")
    return Error{
        fmt::format("no php-fpm found in {}: apt install php-fpm (or set php.address to a pool you run)", where),
        ENOENT};
  return Error{fmt::format("no php-fpm{0} found in {1} (found: {2}): apt install php{0}-fpm (or set php.version to "
                           "\"auto\", or php.address to a pool you run)",
                           options.version, where, versions.empty() ? "none" : versions),
               ENOENT};
}

Status make_directory(const std::string& path, const std::optional<uid_t>& owner) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!std::filesystem::exists(parent, error)) std::filesystem::create_directories(parent, error);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error("cannot make " + path);
  if (owner && ::chown(path.c_str(), *owner, static_cast<gid_t>(-1)) != 0)
    return system_error("cannot give " + path + " to the user of PHP");
  return Done{};
}

Status write_file(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return system_error("cannot write " + path);
  return Done{};
}

Result<uid_t> uid_of(const std::string& user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return Error{fmt::format("php.user: there is no user {}", user)};
  return entry.pw_uid;
}

// The user line is root's to write: fills it in or takes it away.
Result<std::optional<uid_t>> settle_user(PhpFpmOptions& options) {
  const bool root = ::geteuid() == 0;
  if (options.user.empty()) {
    if (root) options.user = "root";
    return std::optional<uid_t>();
  }
  const auto uid = uid_of(options.user);
  if (!uid) return uid.error();
  if (root) return std::optional(*uid);
  if (*uid != ::geteuid()) return Error{"php.user: only root can run PHP as somebody else; leave it empty"};
  options.user.clear();
  return std::optional<uid_t>();
}

// Nothing that would tell PHP about the service manager of Larder or sockets it should inherit.
std::vector<std::string> environment() {
  std::vector<std::string> lines = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const char* name : {"LANG", "LC_ALL", "TZ"})
    if (const char* value = std::getenv(name); value != nullptr) lines.push_back(fmt::format("{}={}", name, value));
  return lines;
}

bool somebody_listens(const std::string& path) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

// All but the constructor, launch() and stop() runs in the watching thread, because the kernel ends php-fpm with the
// thread that started it.
class PhpFpm::Impl {
 public:
  Impl(PhpFpmOptions options, PhpBinary binary, const Clock& clock, Counters& counters, Report report)
      : options_(std::move(options)),
        binary_(std::move(binary)),
        socket_path_(options_.runtime_dir + "/php-fpm.sock"),
        config_path_(options_.runtime_dir + "/php-fpm.conf"),
        clock_(clock),
        counters_(counters),
        report_(std::move(report)),
        lines_("php-fpm", counters_, report_),
        stop_fd_(::eventfd(0, EFD_CLOEXEC)) {}

  Status prepare(const std::optional<uid_t>& owner);
  Status launch();
  void stop();
  const std::string& socket_path() const { return socket_path_; }
  const PhpBinary& binary() const { return binary_; }
  int pid() const { return pid_; }

 private:
  enum class Event { ended, stop, time };

  void run();
  void keep_running();
  Status start_child();
  std::string end_child();
  std::string finish_child();
  Event wait(Millis limit);
  void pump();

  const PhpFpmOptions options_;
  const PhpBinary binary_;
  const std::string socket_path_, config_path_;
  const Clock& clock_;
  Counters& counters_;
  const Report report_;
  OutputLines lines_;
  const UniqueFd stop_fd_;
  std::optional<Child> child_;
  std::atomic<int> pid_{0};

  std::mutex mutex_;  // guards first_
  std::condition_variable started_;
  std::optional<Status> first_;  // how the first start went

  std::mutex stop_mutex_;  // one stop() at a time
  Thread thread_;
};

Status PhpFpm::Impl::prepare(const std::optional<uid_t>& owner) {
  if (!stop_fd_) return system_error("eventfd");
  if (socket_path_.size() >= sizeof(sockaddr_un::sun_path))
    return Error{"the path of php-fpm's socket is too long: " + socket_path_, ENAMETOOLONG};
  if (auto status = make_directory(options_.runtime_dir, std::nullopt); !status) return status;
  if (!options_.temp_dir.empty())
    if (auto status = make_directory(options_.temp_dir, owner); !status) return status;
  return write_file(config_path_, php_fpm_config(options_, socket_path_));
}

Status PhpFpm::Impl::launch() {
  thread_ = Thread("php-fpm", [this] { run(); });
  std::unique_lock lock(mutex_);
  started_.wait(lock, [this] { return first_.has_value(); });
  return *first_;
}

void PhpFpm::Impl::stop() {
  const std::lock_guard one_at_a_time(stop_mutex_);
  ::eventfd_write(stop_fd_.get(), 1);
  thread_.join();
}

void PhpFpm::Impl::run() {
  Status first = start_child();
  const bool good = first.ok();
  {
    const std::lock_guard lock(mutex_);
    first_ = std::move(first);
  }
  started_.notify_all();
  if (good) keep_running();
  std::error_code ignored;
  std::filesystem::remove(socket_path_, ignored);
}

// Until stop.
void PhpFpm::Impl::keep_running() {
  RestartDelay delay;
  Millis started = clock_.steady();
  for (;;) {
    std::string how = "did not start";
    if (child_) {
      if (wait(-1) == Event::stop) break;
      how = finish_child();
    }
    const Millis pause = delay.after(clock_.steady() - started);
    report_(Level::error, fmt::format("php-fpm ended ({}); started again in {} s", how, pause / 1000));
    if (wait(pause) == Event::stop) break;
    counters_.add(Counter::php_restarts);
    started = clock_.steady();
    if (auto status = start_child(); !status && status.error().code != ECANCELED)
      report_(Level::error, status.error().message);
  }
  if (child_) end_child();
}

// Starts php-fpm and waits until its socket accepts; on failure nothing is left.
Status PhpFpm::Impl::start_child() {
  std::error_code ignored;
  std::filesystem::remove(socket_path_, ignored);
  auto child = Child::start({.command = php_fpm_command(options_, binary_.path, config_path_),
                             .environment = environment(),
                             .death_signal = SIGTERM});
  if (!child) return child.error();
  child_.emplace(std::move(*child));
  pid_ = child_->pid();
  const Millis give_up = clock_.steady() + kStartLimit;
  for (;;) {
    const Event event = wait(kLook);
    if (event == Event::time && somebody_listens(socket_path_)) return Done{};
    if (event == Event::time && clock_.steady() < give_up) continue;
    const std::string how = event == Event::ended ? finish_child() : end_child();
    if (event == Event::stop) return Error{"stopped while php-fpm started", ECANCELED};
    return Error{fmt::format("{} did not start ({}): {}", binary_.path, how,
                             lines_.last().empty() ? "it said nothing" : lines_.last())};
  }
}

// Asks the master to let its workers finish and end.
std::string PhpFpm::Impl::end_child() {
  child_->signal(SIGQUIT);
  const Millis give_up = clock_.steady() + kStopLimit;
  pollfd ended{child_->pidfd(), POLLIN, 0};
  while (::poll(&ended, 1, kLook) <= 0 && clock_.steady() < give_up) pump();
  if (ended.revents == 0) child_->kill();
  return finish_child();
}

std::string PhpFpm::Impl::finish_child() {
  pid_ = 0;
  pump();
  lines_.end(clock_.steady());
  std::string how = child_->finish().words();
  child_.reset();
  return how;
}

// Until the child ends, stop() is called or the time (-1: no limit) is over.
PhpFpm::Impl::Event PhpFpm::Impl::wait(Millis limit) {
  const Millis end = clock_.steady() + limit;
  for (;;) {
    const Millis left = std::max<Millis>(0, end - clock_.steady());
    std::array<pollfd, 3> fds = {{{stop_fd_.get(), POLLIN, 0},
                                  {child_ ? child_->pidfd() : -1, POLLIN, 0},
                                  {child_ ? child_->output() : -1, POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), limit < 0 ? -1 : static_cast<int>(left));
    if (fds[0].revents != 0) return Event::stop;
    if (fds[1].revents != 0) return Event::ended;
    if (fds[2].revents != 0) pump();
    if (ready == 0) return Event::time;
  }
}

// No more than a pipe holds at once: a PHP that never stops talking must not keep us from hearing stop().
void PhpFpm::Impl::pump() {
  std::array<char, 4096> bytes{};
  for (int i = 0; i < 16; ++i) {
    const auto got = ::read(child_->output(), bytes.data(), bytes.size());
    if (got == 0) child_->close_output();
    if (got <= 0) return;
    lines_.feed({bytes.data(), static_cast<std::size_t>(got)}, clock_.steady());
  }
}

Result<std::unique_ptr<PhpFpm>> PhpFpm::start(PhpFpmOptions options, const Clock& clock, Counters& counters,
                                              Report report) {
  if (auto status = check_php_options(options); !status) return status.error();
  const auto owner = settle_user(options);
  if (!owner) return owner.error();
  auto binary = choose(options);
  if (!binary) return binary.error();
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*binary), clock, counters, std::move(report));
  if (auto status = impl->prepare(*owner); !status) return status.error();
  std::unique_ptr<PhpFpm> php(new PhpFpm(std::move(impl)));
  if (auto status = php->impl_->launch(); !status) return status.error();
  return php;
}

PhpFpm::PhpFpm(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PhpFpm::~PhpFpm() { stop(); }
const std::string& PhpFpm::socket_path() const { return impl_->socket_path(); }
const PhpBinary& PhpFpm::binary() const { return impl_->binary(); }
int PhpFpm::pid() const { return impl_->pid(); }
void PhpFpm::stop() { impl_->stop(); }

}  // namespace larder::fastcgi
