#include "server/memory_plan.h"

#include <fmt/core.h>

#include <algorithm>

namespace larder::server {
namespace {

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

constexpr std::uint64_t kServices = 60 * kMiB;  // systemd, journald, udevd, sshd, a shell
constexpr std::uint64_t kWorker = 64 * kMiB;    // a WordPress with a dozen plugins at its largest page
constexpr std::uint64_t kLargestWorker = 192 * kMiB;
constexpr std::uint64_t kOpcache = 74 * kMiB;  // 48 shared, and the master before it forks
constexpr std::uint64_t kItself = 8 * kMiB;    // code, stacks, logs
constexpr std::uint64_t kConnection = 24 * kKiB;
constexpr std::uint64_t kIndexShare = 1024;  // an entry of 16 bytes for each 16 KiB of the ring
constexpr std::uint64_t kLeastPages = 16 * kMiB, kMostPages = kGiB;
constexpr std::uint64_t kOneGiBBoard = 925 * kMiB;  // what Linux has of it

std::uint64_t percent(std::uint64_t bytes, unsigned tenths) { return bytes / 1000 * tenths; }

MemoryPlan without_php_and_pages(const MemoryWishes& wishes) {
  const std::uint64_t total = wishes.total;
  MemoryPlan plan{.total = total, .group = wishes.group, .workers = 0};
  if (!wishes.group) {
    plan.kernel = std::clamp(percent(total, 120), 40 * kMiB, 300 * kMiB);
    plan.services = kServices;
  }
  plan.opcache = wishes.own_php ? kOpcache : 0;
  plan.index = wishes.ring / kIndexShare;
  plan.connections = wishes.connections * kConnection;
  plan.larder = kItself;
  plan.sockets = std::clamp(percent(total, 35), 8 * kMiB, 64 * kMiB);
  plan.page_cache = std::max(percent(total, 141), 32 * kMiB);
  plan.synchronisation = std::clamp(percent(total, 70), 16 * kMiB, 128 * kMiB);
  return plan;
}

std::uint64_t left_in(const MemoryPlan& plan) { return plan.total - std::min(plan.total, plan.sum()); }

std::string mib(std::uint64_t bytes) { return fmt::format("{} MiB", (bytes + kMiB / 2) / kMiB); }

std::string line(std::string_view what, std::uint64_t bytes) { return fmt::format("{:<26}{:>9}", what, mib(bytes)); }

}  // namespace

std::uint64_t MemoryPlan::sum() const {
  return kernel + services + workers * worker + opcache + pages + index + connections + larder + sockets + page_cache +
         synchronisation;
}

MemoryPlan plan_memory(const MemoryWishes& wishes) {
  MemoryPlan plan = without_php_and_pages(wishes);
  const bool known = wishes.total != 0;
  const std::uint64_t worker =
      std::clamp(kWorker * (wishes.total / kMiB) / (kOneGiBBoard / kMiB), kWorker, kLargestWorker);
  const std::uint64_t tenth = std::clamp(wishes.total / 10, kLeastPages, kMostPages);
  // First a worker for each core, with the least of pages; then the pages from what is left.
  plan.pages = wishes.page_memory.value_or(kLeastPages);
  const auto fitting = [&](std::uint64_t each) {
    return static_cast<unsigned>(std::min<std::uint64_t>(left_in(plan) / each, wishes.cores));
  };
  const bool counted = wishes.own_php && known;
  const unsigned fit = counted ? std::max(fitting(kWorker), 1U) : wishes.cores;
  const unsigned workers = wishes.workers.value_or(fit);
  if (wishes.own_php) plan.worker = std::clamp(known ? left_in(plan) / std::max(workers, 1U) : worker, kWorker, worker);
  plan.workers = workers;
  if (!wishes.page_memory) plan.pages = std::min(tenth, kLeastPages + (known ? left_in(plan) : tenth));
  return plan;
}

Status check_plan(const MemoryPlan& plan) {
  if (plan.fits()) return Done{};
  MemoryPlan less = plan;
  while (less.workers > 1 && !less.fits()) --less.workers;
  std::string advice;
  if (less.fits() && less.workers < plan.workers) advice = fmt::format("at most {} workers fit", less.workers);
  less = plan;
  less.pages = 0;
  if (const std::uint64_t room = left_in(less) / kMiB; less.fits() && room > 0)
    advice += fmt::format("{}cache.memory = {}M fits", advice.empty() ? "" : ", or ", room);
  if (advice.empty()) advice = "the board is too small for these settings";
  return Error{fmt::format("the memory plan needs {} of {}: {}", mib(plan.sum()), mib(plan.total), advice)};
}

std::vector<std::string> describe(const MemoryPlan& plan) {
  std::vector<std::string> lines = {plan.total == 0
                                        ? "Memory plan"
                                        : fmt::format("Memory plan for the {} that this {} has", mib(plan.total),
                                                      plan.group ? "group of processes" : "machine")};
  const auto add = [&](std::string_view what, std::uint64_t bytes) {
    if (bytes != 0) lines.push_back(line(what, bytes));
  };
  add("kernel", plan.kernel);
  add("other services", plan.services);
  add(fmt::format("PHP workers, {} x {}", plan.workers, mib(plan.worker)), plan.workers * plan.worker);
  add("opcache and php-fpm", plan.opcache);
  add("pages in memory", plan.pages);
  add("index of the ring", plan.index);
  add("connections", plan.connections);
  add("Larder itself", plan.larder);
  add("socket buffers", plan.sockets);
  add("page cache, at least", plan.page_cache);
  add("a file synchronisation", plan.synchronisation);
  lines.push_back(line("sum", plan.sum()));
  return lines;
}

}  // namespace larder::server
