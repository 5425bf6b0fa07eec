// Counters: everything Larder counts, declared once.
//
// Every branch that matters bumps one; the statistics page shows them and the tests use them as their oracle.
// Increments are relaxed atomics: safe from any thread, never a synchronisation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace larder {

// X(name, what one unit means)
#define LARDER_COUNTERS(X)                                                             \
  X(connections_accepted, "connections accepted")                                      \
  X(connections_refused, "connections answered 503 above server.connections")          \
  X(clients_refused, "connections refused because their client had enough")            \
  X(connections_expired, "connections closed because a header or body was too slow")   \
  X(accept_failures, "accept() failures (out of file descriptors, ...)")               \
  X(proxy_headers, "connections whose client a PROXY header named")                    \
  X(proxy_headers_refused, "trusted proxies that sent no good PROXY header")           \
  X(requests, "requests answered")                                                     \
  X(requests_refused, "malformed requests refused by the gate")                        \
  X(rates_refused, "requests answered 429: their client sent too many")                \
  X(health_checks, "requests for /larder/health")                                      \
  X(agent_checks, "connections to the agent port")                                     \
  X(reloads, "times the settings were read again and taken")                           \
  X(static_files, "requests answered from a file of the site")                         \
  X(hit_memory, "pages answered from the memory tier")                                 \
  X(hit_flash, "pages answered from the flash ring")                                   \
  X(miss, "page requests that found nothing fresh")                                    \
  X(bypass, "page requests that may not use the cache")                                \
  X(joined, "requests that waited for a render started by another")                    \
  X(stored, "pages put into the store")                                                \
  X(compressed, "pages and files of the site compressed, each once")                   \
  X(compressed_saved_bytes, "bytes that their clients take less, were each sent once") \
  X(inflated, "answers inflated for clients that take nothing compressed")             \
  X(recompressed, "pages and files compressed again at the highest level")             \
  X(stale, "pages answered stale while they are made anew")                            \
  X(stale_if_error, "pages answered stale because PHP had no answer")                  \
  X(refreshes, "renders started to make a stale page anew")                            \
  X(validated, "stored pages that PHP confirmed with a 304")                           \
  X(purges, "names of pages purged, by people, programs and unsafe methods")           \
  X(purged_renders, "renders not stored because their page was purged meanwhile")      \
  X(not_modified, "requests answered 304")                                             \
  X(renders, "requests handed to a PHP worker")                                        \
  X(renders_retried, "renders repeated because the worker died before its first byte") \
  X(renders_failed, "renders that ended without a complete answer")                    \
  X(renders_timed_out, "renders that exceeded php.timeout")                            \
  X(classes_refused, "renders refused because memory pressure leaves PHP to others")   \
  X(queue_refused, "requests refused because the PHP queue was full")                  \
  X(queue_expired, "requests refused because they waited too long for a worker")       \
  X(spooled_bytes, "bytes of bodies that went through the spool on the cache drive")   \
  X(php_restarts, "times php-fpm was started again after it ended")                    \
  X(workers_recycled, "PHP workers replaced after a request because they had grown")   \
  X(workers_killed, "PHP workers killed because memory was ending")                    \
  X(governor_changes, "changes of the pressure that the governor saw")                 \
  X(php_stderr_lines, "lines PHP wrote to its error stream")                           \
  X(peer_purges, "requests to purge that a peer has taken")                            \
  X(peer_errors, "requests to purge that a peer did not take, and gets again")         \
  X(peer_losses, "times a peer began to take no purges")                               \
  X(peer_overflows, "times so much waited for a peer that it forgets everything")      \
  X(ring_written_bytes, "bytes written to the flash ring")                             \
  X(ring_record_bytes, "bytes of admitted pages as records, with their headers")       \
  X(ring_pages_written, "pages appended to the flash ring")                            \
  X(ring_admitted, "pages admitted to the flash ring")                                 \
  X(ring_refused_once, "pages not written because nobody had asked again")             \
  X(ring_refused_budget, "pages not written because the write budget was spent")       \
  X(ring_refused_pressure, "pages not written because the board was under pressure")   \
  X(ring_refused_drive, "pages not written because the drive could not take them")     \
  X(ring_unchanged, "pages rendered again without a change, and not written again")    \
  X(ring_reinserted, "pages written again when their segment was reclaimed")           \
  X(ring_pages_recovered, "pages found in the ring at start")                          \
  X(ring_write_dropped, "pages not written because the writer was behind")             \
  X(ring_damaged, "records that failed a checksum or key compare")                     \
  X(ring_errors, "read, write or sync errors of the cache drive")                      \
  X(drive_losses, "times the cache drive went away")                                   \
  X(log_dropped, "access log lines dropped because the log was behind")

enum class Counter : std::size_t {
#define LARDER_COUNTER_ENUM(name, text) name,
  LARDER_COUNTERS(LARDER_COUNTER_ENUM)
#undef LARDER_COUNTER_ENUM
      count_
};

class Counters {
 public:
  struct Info {
    std::string_view name, text;
  };
  static constexpr std::size_t kCount = static_cast<std::size_t>(Counter::count_);
  static const std::array<Info, kCount> kInfo;

  void add(Counter counter, std::uint64_t amount = 1) {
    values_[static_cast<std::size_t>(counter)].fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t get(Counter counter) const {
    return values_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCount> values_{};
};

}  // namespace larder
