#include "tests/support/fake_worker.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tests/support/patience.h"

namespace larder::testing {
namespace {

bool somebody_listens(const std::string& path) {
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

FakeWorkerStats* map_stats(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  void* const memory = ::mmap(nullptr, sizeof(FakeWorkerStats), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path);
  return static_cast<FakeWorkerStats*>(memory);
}

}  // namespace

FakeWorker::FakeWorker(unsigned workers) : socket_(directory_ / "fake.sock") {
  process_ = std::make_unique<Process>(
      ProcessOptions{.command = {FAKE_WORKER_PATH, socket_, std::to_string(workers)}, .output = directory_ / "out"});
  if (!eventually([this] { return somebody_listens(socket_) || !process_->running(); }) || !process_->running())
    throw std::runtime_error("fake_worker did not start: " + read_file(directory_ / "out"));
  stats_ = map_stats(socket_ + ".stats");
}

FakeWorker::~FakeWorker() { ::munmap(stats_, sizeof(FakeWorkerStats)); }

}  // namespace larder::testing
