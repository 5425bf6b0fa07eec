// Machine: what setting up a drive asks of the machine it runs on and of the user in front of it. Tests bring their
// own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "drive/command.h"
#include "drive/folders.h"

namespace larder::drive {

class Machine {
 public:
  virtual ~Machine() = default;
  virtual bool is_root() const = 0;
  virtual bool has_systemd() const = 0;  // as the init that runs
  virtual std::optional<Owner> find_user(const std::string& name) const = 0;
  // The kernel's own name of the block device behind a path (/dev/disk/by-id/...).
  virtual Result<std::string> block_device(const std::string& path) = 0;
  // Whether a device can be read: to blkid(8) one that cannot is an empty one.
  virtual Status try_to_read(const std::string& device) = 0;
  virtual Result<std::string> new_uuid() = 0;
  virtual Result<Finished> run(const std::vector<std::string>& command, Millis limit) = 0;  // see run_command()
  virtual void say(const std::string& text) = 0;                                            // a line, or several
  // What the user answers; nullopt when nobody is there to ask.
  virtual std::optional<std::string> ask(const std::string& question) = 0;
};

// Words go to standard output.
class ThisMachine final : public Machine {
 public:
  bool is_root() const override;
  bool has_systemd() const override;
  std::optional<Owner> find_user(const std::string& name) const override;
  Result<std::string> block_device(const std::string& path) override;
  Status try_to_read(const std::string& device) override;
  Result<std::string> new_uuid() override;
  Result<Finished> run(const std::vector<std::string>& command, Millis limit) override;
  void say(const std::string& text) override;
  std::optional<std::string> ask(const std::string& question) override;
};

}  // namespace larder::drive
