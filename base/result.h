// Result<T>: a value or the reason why there is none.
//
// Expected failures (a missing file, a refused connection, a bad line of the configuration) travel as values;
// a broken invariant aborts instead. No exception crosses a folder of this project.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace larder {

// What went wrong, in words a user can act on. `code` is an errno value where one is known, else 0.
struct Error {
  std::string message;
  int code = 0;
};

// "open /x: No such file or directory" from the errno of a call that has just failed.
inline Error system_error(std::string what, int code = errno) {
  return Error{std::move(what) + ": " + std::strerror(code), code};
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only when ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Only when not ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
struct Done {};
using Status = Result<Done>;

}  // namespace larder
