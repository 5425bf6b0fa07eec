// Stick: a USB stick for tests: ext4 on a loop device, mounted in a folder of its own; pulled and put back at will.
//
// Needs root. The constructor throws, and says why, where this machine cannot do it. Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/temp_dir.h"

namespace larder::testing {

// A file system in memory of so many bytes.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(std::uint64_t bytes);
  ~SmallFileSystem();
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  std::string path() const { return directory_ / "small"; }

 private:
  TempDir directory_;
};

class Stick {
 public:
  // `image_folder`: where its bytes are; empty: a folder of its own.
  explicit Stick(std::uint64_t bytes, const std::string& image_folder = "");
  ~Stick();
  Stick(const Stick&) = delete;
  Stick& operator=(const Stick&) = delete;

  std::string path() const { return directory_ / "stick"; }  // where it is mounted
  const std::string& device() const { return device_; }      // /dev/loop3

  void pull();            // from now on whoever has files of it open gets errors; the folder is empty
  void put_back();        // under another device name, in the same folder
  void turn_read_only();  // as ext4 does by itself when it finds an error

 private:
  void attach();
  void mount();

  TempDir directory_;
  std::string image_, device_;
};

}  // namespace larder::testing
