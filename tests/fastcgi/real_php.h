// A real php-fpm with a site of scripts that tests write, and the pool that asks it.
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastcgi/php_fpm.h"
#include "fastcgi/pool.h"
#include "tests/fastcgi/test_job.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_php.h"

namespace larder::fastcgi::testing {

// A real php-fpm, a site of one script, and a pool that asks it.
class RealPhp {
 public:
  static constexpr std::size_t kWorkers = 2;

  explicit RealPhp(const std::vector<std::pair<std::string, std::string>>& ini = {}, Millis slow = 0) {
    auto started = PhpFpm::start({.version = larder::testing::php_under_test(),
                                  .runtime_dir = directory / "run",
                                  .temp_dir = directory / "tmp",
                                  .workers = kWorkers,
                                  .timeout = 30'000,
                                  .slow = slow,
                                  .max_body = 32 << 20,
                                  .ini = ini},
                                 clock, counters, [this](Level, std::string_view line) {
                                   const std::lock_guard lock(mutex_);
                                   reported_ += std::string(line) + "\n";
                                 });
    if (!started) throw std::runtime_error(started.error().message);
    php = std::move(*started);
    pool =
        std::make_unique<Pool>(PoolOptions{.address = {php->socket_path(), {}, 0}, .lanes = kWorkers}, clock, counters);
  }

  // What a script prints.
  std::shared_ptr<TestJob> run(const std::string& script, RequestBody* body = nullptr) {
    const auto job = std::make_shared<TestJob>("", body);
    const std::string path = directory.write("script" + std::to_string(++scripts_) + ".php", "<?php " + script);
    job->params_of_test().emplace_back("SCRIPT_FILENAME", path);
    job->params_of_test().emplace_back("REDIRECT_STATUS", "200");
    pool->submit(job);
    return job;
  }
  std::string print(const std::string& script) {
    const auto job = run(script);
    CHECK(job->wait() == Outcome::complete);
    return job->answer;
  }
  std::string reported() {
    const std::lock_guard lock(mutex_);
    return reported_;
  }

  larder::testing::TempDir directory;
  SystemClock clock;
  Counters counters;

 private:
  int scripts_ = 0;
  std::mutex mutex_;
  std::string reported_;

 public:
  std::unique_ptr<PhpFpm> php;  // reports until its end
  std::unique_ptr<Pool> pool;
};

}  // namespace larder::fastcgi::testing
