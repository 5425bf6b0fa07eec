// TestSite: a copy of site/ (a small PHP site) for one test, and the strings by which the test pulls it.
//
// Its pages keep their state beside the root: what they counted, which worker waits at which gate, which gates are
// open.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/support/temp_dir.h"

namespace larder::testing {

class TestSite {
 public:
  TestSite();

  std::string root() const { return directory_ / "root"; }
  std::string setting() const { return "site.root=" + root(); }
  std::string write(const std::string& name, std::string_view text) const {
    return directory_.write("root/" + name, text);
  }

  // A page asked for as /gate/NAME or /half/NAME waits until its gate is open.
  void open_gate(const std::string& name) const;
  // Waits until one does, and returns the worker's process id.
  pid_t worker_at_gate(const std::string& name) const;
  void forget_worker(const std::string& name) const;  // before waiting for the next one at the same gate

  std::uint64_t count(const std::string& name) const;  // "renders", "most-running", "downloads" ...
  void make_download(std::uint64_t bytes) const;       // what /big sends: a file of holes with a few marks

 private:
  std::string state(const std::string& name) const { return directory_ / ("state/" + name); }
  TempDir directory_;
};

}  // namespace larder::testing
