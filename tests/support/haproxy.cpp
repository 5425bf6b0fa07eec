#include "tests/support/haproxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace larder::testing {
namespace {

// HAProxy does not tell which port it was given, so it is told one that was free a moment ago.
std::uint16_t free_port() {
  const UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), any, size) != 0 || ::getsockname(fd.get(), any, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "a free port");
  return ntohs(address.sin6_port);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream rest(line);
  for (std::string cell; std::getline(rest, cell, ',');) cells.push_back(cell);
  return cells;
}

}  // namespace

HaProxy::HaProxy(const std::string& mode, const std::string& backend, const std::string& frontend) {
  // Somebody else may take the port in between: then HAProxy ends, and is given another.
  for (int tries = 3; tries > 0 && !starts(mode, backend, frontend);) --tries;
  if (!process_->running()) throw std::runtime_error("HAProxy does not start:\n" + log());
}

bool HaProxy::starts(const std::string& mode, const std::string& backend, const std::string& frontend) {
  port_ = free_port();
  const std::string port = std::to_string(port_);
  // A check that is answered late, on a machine that is busy with other tests, is answered all the same: without its
  // own limit it would have to be within the interval.
  const std::string text = "global\n stats socket " + (directory_ / "stats") + " mode 600 level admin\n" +
                           "defaults\n mode " + mode +
                           "\n timeout client 60s\n timeout connect 5s\n timeout server 60s\n timeout check 10s\n" +
                           "frontend web\n bind 127.0.0.1:" + port + "\n bind [::1]:" + port + "\n" + frontend +
                           "\n default_backend larders\nbackend larders\n" + backend + "\n";
  process_ = std::make_unique<Process>(ProcessOptions{
      .command = {"haproxy", "-db", "-f", directory_.write("haproxy.cfg", text)}, .output = directory_ / "log"});
  // Its statistics answer once all its addresses are its own; that the port answers could be somebody else's doing.
  return eventually([&] { return !process_->running() || answers(); }) && process_->running();
}

bool HaProxy::answers() const {
  try {
    return !ask("show info").empty();
  } catch (const std::system_error&) {
    return false;
  }
}

HttpClient HaProxy::client(ClientOptions options) const {
  options.port = port_;
  return HttpClient(std::move(options));
}

std::string HaProxy::ask(const std::string& command) const {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (directory_ / "stats").c_str(), sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error(errno, std::generic_category(), "HAProxy's statistics");
  (void)!::send(fd.get(), (command + "\n").data(), command.size() + 1, MSG_NOSIGNAL);
  std::string answer;
  std::array<char, 4096> bytes{};
  for (ssize_t got = 0; (got = ::recv(fd.get(), bytes.data(), bytes.size(), 0)) > 0;)
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  return answer;
}

std::string HaProxy::server(const std::string& name, const std::string& column) const {
  std::istringstream lines(ask("show stat"));
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = split(line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = split(line);
    if (cells.size() < 2 || cells[0] != "larders" || cells[1] != name) continue;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (names[i] == column) return cells[i];
  }
  throw std::runtime_error("HAProxy shows no " + column + " of " + name);
}

}  // namespace larder::testing
