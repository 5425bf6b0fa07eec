// Bodies: what a page says, in the content codings that are at hand (RFC 9110 8.4): identity, gzip, brotli.
//
// All of them decode to the same bytes. Rendered pages come as identity and are compressed once, when they are stored;
// what PHP has encoded itself is kept as it came. A value; the bodies are immutable and shared. Each is owned apart
// from the page: what is prepared for sending keeps its body, and would keep the page itself alive for ever if it had
// to keep that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace larder::cache {

enum class Coding : std::uint8_t { identity, gzip, brotli };
inline constexpr std::array kCodings = {Coding::identity, Coding::gzip, Coding::brotli};

using Body = std::shared_ptr<const std::string>;

class Bodies {
 public:
  Bodies() : Bodies(std::string()) {}
  explicit Bodies(std::string identity);
  // None yet: what follows by set() decodes to that many bytes, and came to us in the coding `original`.
  Bodies(Coding original, std::uint64_t identity_bytes) : identity_bytes_(identity_bytes), original_(original) {}

  // nullptr when it is not at hand; at least one of a page's is.
  const Body& in(Coding coding) const { return bodies_[static_cast<std::size_t>(coding)]; }
  bool has(Coding coding) const { return in(coding) != nullptr; }

  // The same content in that coding, in place of what there was; nullptr takes one away.
  void set(Coding coding, Body body) { bodies_[static_cast<std::size_t>(coding)] = std::move(body); }

  // The coding in which PHP gave it: its validators are those of this one.
  Coding original() const { return original_; }
  std::uint64_t identity_bytes() const { return identity_bytes_; }  // whether or not identity is at hand
  std::uint64_t bytes() const;                                      // of all that are at hand

  friend bool operator==(const Bodies& a, const Bodies& b);  // the same bytes in the same codings

 private:
  std::array<Body, kCodings.size()> bodies_;
  std::uint64_t identity_bytes_;
  Coding original_;
};

}  // namespace larder::cache
