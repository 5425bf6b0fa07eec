// LarderDaemon: the real program, started by a test on free ports with a directory of its own.
//
// The program is named by the environment variable LARDER. It is ready when the constructor returns. A daemon that is
// still running at the end is stopped as a supervisor would, and the test fails unless it goes in peace; its log is
// shown when the test fails by exception. Which PHP renders its pages, and who runs it: see test_php.h.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/boards.h"
#include "tests/support/external_pool.h"
#include "tests/support/http_client.h"
#include "tests/support/notify_socket.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {

// The text of an ini file from "section.key=value" lines; the last line of a key wins.
std::string ini_text(const std::vector<std::string>& settings);

// Runs LARDER with these arguments to its end.
Finished run_larder(std::vector<std::string> arguments);

class LarderDaemon {
 public:
  // Beside the given settings ("section.key=value"): 127.0.0.1 with port 0, statistics for 127.0.0.1, a small cache in
  // the daemon's own directory, host larder.test; php.user=root for root; the PHP of test_php.h unless php.address says
  // otherwise.
  explicit LarderDaemon(std::vector<std::string> settings);
  ~LarderDaemon();
  LarderDaemon(const LarderDaemon&) = delete;
  LarderDaemon& operator=(const LarderDaemon&) = delete;

  // A client that asks for http://larder.test/ (or another authority) at the first address.
  HttpClient client(const std::string& authority = "larder.test") const;
  HttpClient browser(const std::string& authority = "larder.test") const;  // a client that keeps cookies

  std::uint16_t port() const;                                               // of the first listener on TCP
  const std::vector<std::string>& listeners() const { return listeners_; }  // "http://127.0.0.1:40001"
  pid_t pid() const { return process_->pid(); }
  std::string cache_path() const { return directory_ / "cache"; }
  const TempDir& directory() const { return directory_; }
  const BoardFiles& board() const {
    return board_;
  }  // what it takes for /proc and /sys: all is well until a test writes
  std::string log() const { return read_file(directory_ / "log"); }  // everything it wrote to standard error
  bool logged(const std::string& text) const;                        // waits for it

  void start();  // after stop() or kill9()
  void stop();   // SIGTERM, then the exit code must be 0
  void kill9();
  void start_at_same_port();                                          // after stop(): of its first listener
  void wait_for_start();                                              // when it restarts by itself, as the same process
  void change(const std::string& setting, const std::string& value);  // in its ini file: "section.key"
  void add_to_config(const std::string& lines);
  void restart() { stop(), start(); }
  void signal(int number) { process_->signal(number); }
  // larder drain and the like, for this daemon.
  Finished command(const std::string& name, const std::vector<std::string>& arguments = {}) const;
  bool running() { return process_->running(); }

  std::uint64_t rss_bytes() const;
  std::uint64_t cpu_ms() const;
  // From /larder/stats: "counters" only grow, "gauges" say what is going on now.
  std::map<std::string, std::uint64_t> statistics(const std::string& group) const;
  std::uint64_t counter(const std::string& name) const;
  // Waits until it has that value (a counter may be bumped after the answer was sent), then asserts it.
  void expect_counter(const std::string& name, std::uint64_t wanted) const { expect("counters", name, wanted); }
  void expect_gauge(const std::string& name, std::uint64_t wanted) const { expect("gauges", name, wanted); }

 private:
  HttpClient make_client(const std::string& authority, bool cookies) const;
  std::uint64_t statistic(const std::string& group, const std::string& name) const;
  void expect(const std::string& group, const std::string& name, std::uint64_t wanted) const;

  TempDir directory_;
  CalmBoard board_;
  std::vector<std::string> settings_;
  std::string config_;
  NotifySocket notify_;
  std::unique_ptr<ExternalPool> pool_;
  std::unique_ptr<Process> process_;
  std::vector<std::string> listeners_;
};

}  // namespace larder::testing
