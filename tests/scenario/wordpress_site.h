// WordPressSite: Debian's WordPress, installed for one run of the tests.
//
// A copy of the package's files with a configuration of its own, a database server on a private socket, one category,
// one post. Everything lives in a temporary directory and dies with the test. Takes some ten seconds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace larder::testing {

class WordPressSite {
 public:
  // Fails the test with what to install when something is missing. `plugin`: with Larder's must-use plugin.
  explicit WordPressSite(bool plugin = false);
  ~WordPressSite();

  std::vector<std::string> settings() const;  // for LarderDaemon
  std::string root() const { return directory_ / "root"; }
  std::string photo() const { return read_file(directory_ / "photo.png"); }  // a PNG to upload
  const std::string& post_id() const { return post_id_; }

  // A constant of wp-config.php, for daemons that start after this; empty: not defined.
  void define(const std::string& name, const std::string& value) const;
  std::string plugin() const { return root() + "/wp-content/mu-plugins/larder.php"; }

  static constexpr const char* kUser = "admin";
  static constexpr const char* kPassword = "a good password";
  static constexpr const char* kPost = "/2016/02/three-pis/";
  static constexpr const char* kCategory = "/category/launches/";

 private:
  void start_database();
  void copy_files();
  void install();

  TempDir directory_;
  std::unique_ptr<Process> database_;
  std::string post_id_;
};

}  // namespace larder::testing
