// ZeroPages: an array of zero bytes straight from the kernel, as large as it will ever be, that takes memory only where
// it was written to: for tables that are mostly empty. mmap(2).
//
// T: one whose value is right when all its bytes are zero, and which needs no destructor. Threads: none of its own.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace larder {

template <class T>
class ZeroPages {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  // At least one. Throws std::bad_alloc, as new does.
  explicit ZeroPages(std::size_t size) : size_(size) {
    if (size > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    void* const pages = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    // In huge pages a single write would take 2 MiB. Kernels without them say EINVAL, and mean the same.
    ::madvise(pages, bytes(), MADV_NOHUGEPAGE);
    data_ = static_cast<T*>(pages);
  }
  ZeroPages(ZeroPages&& other) noexcept : size_(other.size_), data_(std::exchange(other.data_, nullptr)) {}
  ZeroPages& operator=(ZeroPages&&) = delete;
  ~ZeroPages() {
    if (data_ != nullptr) ::munmap(data_, bytes());
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return data_[index]; }

 private:
  std::size_t bytes() const { return size_ * sizeof(T); }

  std::size_t size_;
  T* data_ = nullptr;
};

}  // namespace larder
