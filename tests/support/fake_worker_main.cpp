// fake_worker SOCKET N: see fake_worker.h.
#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/fake_worker.h"
#include "tests/support/told_body.h"

namespace {

using larder::testing::FakeWorkerStats;

constexpr int kBacklog = 128;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = c | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The orders in a query string.
class Orders {
 public:
  explicit Orders(std::string_view query) {
    while (!query.empty()) {
      const std::string_view part = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(part.size() + 1, query.size()));
      const auto equals = part.find('=');
      const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
      list_.emplace_back(part.substr(0, equals), percent_decoded(value));
    }
  }
  std::string text(std::string_view name, std::string otherwise = {}) const {
    for (const auto& [known, value] : list_)
      if (known == name) return value;
    return otherwise;
  }
  long number(std::string_view name, long otherwise) const {
    const std::string value = text(name);
    return value.empty() ? otherwise : std::strtol(value.c_str(), nullptr, 10);
  }
  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [known, value] : list_)
      if (known == name) values.push_back(value);
    return values;
  }

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

// One request while it runs.
class Request {
 public:
  Request(FCGX_Request& request, FakeWorkerStats& stats, std::uint32_t& running_here)
      : request_(request), stats_(stats), running_here_(running_here), orders_(query(request)) {}

  void run();

 private:
  static std::string query(FCGX_Request& request) {
    const char* text = FCGX_GetParam("QUERY_STRING", request.envp);
    return text != nullptr ? text : "";
  }
  void begin();
  void end();
  void act(const std::string& what);
  void write(std::string_view bytes);
  void write_head();
  void answer(std::string_view body) {
    write_head();
    write(body);
  }
  void write_filler(long bytes);
  void write_errors();
  void slow_body();
  [[noreturn]] void die();
  bool may_die() const { return orders_.number("times", -1) != 0 && !deaths_used_up(); }
  bool deaths_used_up() const {
    const long times = orders_.number("times", -1);
    return times > 0 && stats_.deaths >= static_cast<std::uint32_t>(times);
  }
  void die_midway();
  std::string read_body();
  std::string echo();
  std::string statistics() const;
  std::string told_page() const;
  std::string path() const {
    const char* text = FCGX_GetParam("REQUEST_URI", request_.envp);
    return text != nullptr ? text : "";
  }
  static void sleep_ms(long ms) { ::usleep(static_cast<useconds_t>(ms) * 1000); }
  void wait_until(const std::function<bool()>& condition) {
    while (!condition()) sleep_ms(1);
  }

  FCGX_Request& request_;
  FakeWorkerStats& stats_;
  std::uint32_t& running_here_;
  Orders orders_;
  std::uint32_t number_ = 0;
};

void Request::begin() {
  number_ = ++stats_.renders;
  running_here_ = 1;
  const std::uint32_t now = ++stats_.running;
  std::uint32_t most = stats_.max_running;
  while (most < now && !stats_.max_running.compare_exchange_weak(most, now)) {
  }
}

// Before END_REQUEST is sent: whoever sees the end may count on it.
void Request::end() {
  running_here_ = 0;
  --stats_.running;
}

void Request::run() {
  const std::string what = orders_.text("do", path().starts_with("/told/") ? "told" : "echo");
  if (what == "stats") return answer(statistics());
  begin();
  write_errors();
  act(what);
  FCGX_SetExitStatus(static_cast<int>(orders_.number("exit", 0)), request_.out);
  end();
}

void Request::act(const std::string& what) {
  const std::map<std::string, std::function<void()>> actions = {
      {"echo", [&] { answer(echo()); }},
      {"mirror", [&] { answer(read_body()); }},
      {"count", [&] { answer(std::to_string(number_)); }},
      {"told", [&] { answer(told_page()); }},
      {"big", [&] { (void)read_body(), write_head(), write_filler(orders_.number("bytes", 0)); }},
      {"file", [&] { answer(content_of(orders_.text("file"))); }},
      {"flood", [&] { write_head(), write_filler(orders_.number("bytes", 0)); }},
      {"sleep", [&] { sleep_ms(orders_.number("ms", 0)), answer("slept"); }},
      {"slow-body", [&] { slow_body(); }},
      {"hang", [&] { wait_until([] { return false; }); }},
      {"wait", [&] { wait_until([&] { return ::access(orders_.text("file").c_str(), F_OK) == 0; }), answer("ok"); }},
      {"meet",
       [&] {
         wait_until([&] { return std::int64_t{stats_.max_running} >= orders_.number("with", 1); }), answer("met");
       }},
      {"die-before-head", [&] { may_die() ? die() : answer("alive"); }},
      {"die-midway", [&] { may_die() ? die_midway() : answer("alive"); }},
      {"bad-head", [&] { write("this is no head\n\nand this no body"); }},
      {"garbage", [&] { (void)!::write(request_.ipcFd, "HTTP/1.1 200 OK\r\n\r\n", 19); }},
      {"no-answer", [] {}},
  };
  const auto action = actions.find(what);
  if (action != actions.end())
    action->second();
  else
    write("Status: 501\nContent-Type: text/plain\n\nthe fake worker does not know this order");
}

void Request::write(std::string_view bytes) {
  const bool split = orders_.number("split", 0) != 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = split ? 1 : std::min<std::size_t>(bytes.size() - at, 1 << 20);
    FCGX_PutStr(bytes.data() + at, static_cast<int>(size), request_.out);
    if (split) FCGX_FFlush(request_.out);
    at += size;
  }
}

void Request::write_head() {
  std::string head;
  if (const std::string status = orders_.text("status"); !status.empty()) head += "Status: " + status + "\r\n";
  head += "Content-Type: " + orders_.text("type", "text/plain") + "\r\n";
  for (const std::string& field : orders_.all("header")) head += field + "\r\n";
  write(head + "\r\n");
}

void Request::write_filler(long bytes) {
  std::string block;
  while (block.size() < 65536) block += "0123456789abcdef";
  for (; bytes > 0; bytes -= static_cast<long>(block.size()))
    write(std::string_view(block).substr(0, static_cast<std::size_t>(bytes)));
}

void Request::write_errors() {
  std::string lines;
  const auto bytes = static_cast<std::size_t>(orders_.number("stderr", 0));
  while (lines.size() < bytes) lines += "PHP message: PHP Warning: something is not as it should be\n";
  if (bytes > 0) FCGX_PutStr(lines.data(), static_cast<int>(bytes), request_.err);
}

void Request::slow_body() {
  write_head();
  FCGX_FFlush(request_.out);
  const long pieces = std::max(orders_.number("pieces", 10), 1L);
  for (long i = 0; i < pieces; ++i) {
    sleep_ms(orders_.number("ms", 10));
    write_filler(orders_.number("bytes", 1000) / pieces);
    FCGX_FFlush(request_.out);
  }
}

void Request::die() {
  ++stats_.deaths;
  ::_exit(1);
}

void Request::die_midway() {
  write_head();
  write_filler(orders_.number("bytes", 100));
  FCGX_FFlush(request_.out);
  die();
}

std::string Request::read_body() {
  std::string body, piece(16384, '\0');
  int got = 0;
  while ((got = FCGX_GetStr(piece.data(), static_cast<int>(piece.size()), request_.in)) > 0)
    body.append(piece, 0, static_cast<std::size_t>(got));
  return body;
}

std::string Request::echo() {
  const std::string body = read_body();
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char line[80];
  std::snprintf(line, sizeof line, "body-length=%zu\nbody-hash=%016llx\n", body.size(),
                static_cast<unsigned long long>(hash));
  std::string text = line;
  for (char** entry = request_.envp; *entry != nullptr; ++entry) text += std::string(*entry) + "\n";
  return text;
}

std::string Request::told_page() const {
  const std::string where = path();
  const std::uint64_t number = std::strtoull(where.c_str() + where.rfind('/') + 1, nullptr, 10);
  return larder::testing::told_body(number, number_, larder::testing::told_length(number, number_));
}

std::string Request::statistics() const {
  return "renders=" + std::to_string(stats_.renders) + "\nrunning=" + std::to_string(stats_.running) +
         "\nmax_running=" + std::to_string(stats_.max_running) + "\ndeaths=" + std::to_string(stats_.deaths) + "\n";
}

// The life of a worker process.
[[noreturn]] void serve(int listener, FakeWorkerStats& stats, std::uint32_t& running_here, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  FCGX_Request request;
  FCGX_InitRequest(&request, listener, 0);
  while (FCGX_Accept_r(&request) == 0) {
    Request(request, stats, running_here).run();
    FCGX_Finish_r(&request);
  }
  ::_exit(1);
}

template <class T>
T* shared_memory(int file, std::size_t count) {
  const int flags = file < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
  void* const memory = ::mmap(nullptr, sizeof(T) * count, PROT_READ | PROT_WRITE, flags, file, 0);
  if (memory == MAP_FAILED) {
    std::perror("fake_worker: mmap");
    std::exit(1);
  }
  return static_cast<T*>(memory);
}

FakeWorkerStats* make_stats(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(FakeWorkerStats)) != 0) {
    std::perror(path.c_str());
    std::exit(1);
  }
  return shared_memory<FakeWorkerStats>(file, 1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t workers = argc == 3 ? static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10)) : 0;
  if (workers == 0) {
    std::fprintf(stderr, "usage: fake_worker SOCKET N\n");
    return 2;
  }
  const std::string socket = argv[1];
  FakeWorkerStats* const stats = make_stats(socket + ".stats");
  auto* const running = shared_memory<std::uint32_t>(-1, workers);
  FCGX_Init();
  // libfcgi has put handlers on some that end workers only; and a parent may have had SIGCHLD ignored.
  for (const int number : {SIGTERM, SIGUSR1, SIGHUP, SIGCHLD}) ::signal(number, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  const int listener = FCGX_OpenSocket(socket.c_str(), kBacklog);
  if (listener < 0) return 1;
  const pid_t self = ::getpid();
  std::vector<pid_t> processes(workers, 0);
  for (;;) {
    for (std::size_t i = 0; i < workers; ++i) {
      if (processes[i] != 0) continue;
      processes[i] = ::fork();
      if (processes[i] < 0) return 1;
      if (processes[i] == 0) serve(listener, *stats, running[i], self);
    }
    const pid_t dead = ::waitpid(-1, nullptr, 0);
    const auto slot = std::find(processes.begin(), processes.end(), dead);
    if (dead < 0) return 1;
    if (slot == processes.end()) continue;
    *slot = 0;
    stats->running -= std::exchange(running[slot - processes.begin()], 0);
  }
}
