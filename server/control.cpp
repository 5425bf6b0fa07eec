#include "server/control.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/unique_fd.h"
#include "server/runtime_dir.h"

namespace larder::server {
namespace {

namespace fs = std::filesystem;
constexpr time_t kPatience = 5;  // seconds
constexpr std::string_view kGood = "ok: ", kBad = "error: ";

// Connected, or what is in the way. ECONNREFUSED: nobody listens there any more.
Result<UniqueFd> connect_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{path + " is too long for a socket", ENAMETOOLONG};
  std::memcpy(address.sun_path, path.data(), path.size());
  const timeval patience{kPatience, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error("connect to " + path);
  return fd;
}

bool belongs_to_us(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  return ::geteuid() == 0 || status.st_uid == ::geteuid();
}

Result<std::string> choose_socket(pid_t pid) {
  std::vector<std::string> found = control_sockets(RuntimeDir::places());
  if (pid != 0)
    std::erase_if(found, [&](const auto& path) { return !path.ends_with(fmt::format("-{}/control", pid)); });
  std::erase_if(found, [](const std::string& path) { return !connect_to(path); });
  if (found.empty())
    return Error{pid != 0 ? fmt::format("there is no Larder with the process id {} that this user may command", pid)
                          : "no Larder is running that this user may command; try sudo, or see: pgrep -a larder"};
  if (found.size() == 1) return found.front();
  std::string list;
  for (const std::string& path : found) {
    const std::string directory = fs::path(path).parent_path().filename();
    list += (list.empty() ? "" : ", ") + directory.substr(directory.rfind('-') + 1);
  }
  return Error{fmt::format("several Larders are running; choose one with --pid: {}", list)};
}

}  // namespace

std::string answer_command(const Commands& commands, std::string_view line) {
  const std::string_view name = line.substr(0, line.find(' '));
  const auto command = commands.find(name);
  if (command == commands.end()) return fmt::format("{}no command \"{}\"\n", kBad, name.substr(0, 40));
  const auto done = command->second(line.substr(std::min(line.size(), name.size() + 1)));
  return done ? fmt::format("{}{}\n", kGood, *done) : fmt::format("{}{}\n", kBad, done.error().message);
}

Status ControlPort::start(const std::string& runtime_dir, Commands commands) {
  ListenAddress address;
  address.unix_path = runtime_dir + "/control";
  auto listener = open_listener(address, kPatience * 1'000);
  if (!listener) return listener.error();
  ::chmod(address.unix_path.c_str(), 0600);
  port_ = std::make_unique<LinePort>(
      std::move(*listener), LinePort::Kind::answers_a_line,
      [commands = std::move(commands)](std::string_view line) { return answer_command(commands, line); }, clock_);
  return Done{};
}

void ControlPort::stop() {
  if (port_) port_->stop();
}

std::vector<std::string> control_sockets(const std::vector<std::string>& directories) {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const std::string& directory : directories)
    for (fs::directory_iterator at(directory, ignored), end; at != end; at.increment(ignored)) {
      if (ignored) break;
      const std::string path = at->path() / "control";
      if (at->path().filename().string().starts_with("larder-") && belongs_to_us(path)) found.push_back(path);
    }
  return found;
}

Result<std::string> tell_daemon(std::string_view command, pid_t pid) {
  const auto path = choose_socket(pid);
  if (!path) return path.error();
  const auto fd = connect_to(*path);
  if (!fd) return fd.error();
  const std::string line = std::string(command) + '\n';
  if (::send(fd->get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
    return system_error("write to " + *path);
  std::string answer;
  std::array<char, 512> bytes{};
  ssize_t got = 0;
  while ((got = ::recv(fd->get(), bytes.data(), bytes.size(), 0)) > 0 && answer.size() < 65'536)
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  if (got < 0) return system_error("no answer from " + *path);
  while (answer.ends_with('\n')) answer.pop_back();
  if (answer.starts_with(kGood)) return answer.substr(kGood.size());
  if (answer.starts_with(kBad)) return Error{answer.substr(kBad.size())};
  return Error{"the daemon gave no answer; is it of another version?"};
}

}  // namespace larder::server
