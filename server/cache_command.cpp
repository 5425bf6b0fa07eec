#include "server/cache_command.h"

#include <fmt/core.h>
#include <signal.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/progress.h"
#include "cache/encoding.h"
#include "cache/ring_check.h"
#include "cache/ring_view.h"
#include "drive/new_ring.h"
#include "server/content_coding.h"
#include "server/ring_report.h"
#include "server/url_key.h"

namespace larder::server {
namespace {

int complain(const std::string& message) {
  fmt::print(stderr, "larder: {}\n", message);
  return 1;
}

std::unique_ptr<cache::RingView> open_ring(const std::string& place) {
  if (place.empty()) {
    complain("cache.path is not set, so there is no ring: name its folder, or set it in the ini");
    return nullptr;
  }
  auto view = cache::RingView::open(cache::ring_path(place));
  if (!view) complain(view.error().message);
  return view ? *std::move(view) : nullptr;
}

// False when nobody listens any more (a pipe that was closed).
bool print(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size(); }

int end_of_output(int code) {
  if (std::fflush(stdout) == 0) return code;
  return complain(system_error("standard output").message);
}

// What Ctrl-C is while a ring is being made.
volatile std::sig_atomic_t interrupted = 0;

void watch_for_interruption() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESTART | SA_RESETHAND;  // the second time it ends us at once
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

std::string all_codings(const cache::Page& page) {
  std::string names;
  for (const cache::Coding coding : cache::kCodings)
    if (page.bodies.has(coding)) names += std::string(names.empty() ? "" : ", ") + std::string(name_of(coding));
  return names;
}

// The page as it reads, from whatever it is stored in.
std::optional<std::string> plain_body(const cache::Bodies& bodies) {
  for (const cache::Coding coding : cache::kCodings) {
    if (!bodies.has(coding)) continue;
    if (coding == cache::Coding::identity) return *bodies.in(coding);
    return decode(coding, *bodies.in(coding), bodies.identity_bytes());
  }
  return std::nullopt;
}

}  // namespace

int create_ring(const std::string& place, std::uint64_t bytes, bool erase_unasked, bool full) {
  const SystemClock clock;
  watch_for_interruption();
  drive::ThisMachine machine;
  const Status made = drive::make_new_ring({.path = place,
                                            .bytes = bytes,
                                            .erase_unasked = erase_unasked,
                                            .full = full,
                                            .progress = [&](std::string what, std::uint64_t total) -> Progress {
                                              return progress_on_stderr(std::move(what), total, clock);
                                            },
                                            .interrupted = [] { return interrupted != 0; }},
                                           machine, clock);
  return made ? 0 : complain(made.error().message);
}

int show_ring(const std::string& place, bool json) {
  const auto view = open_ring(place);
  if (!view) return 1;
  auto held = cache::count_ring(*view);
  if (!held) return complain(held.error().message);
  RingInfo info;
  info.path = view->path();
  info.holder = view->file().holder();
  info.superblock = view->superblock();
  info.held = *std::move(held);
  for (const cache::Sequence& sequence : view->segments())
    info.last_number = std::max(info.last_number, sequence.number);
  const auto bytes = view->file().bytes();
  if (!bytes) return complain(bytes.error().message);
  info.file_bytes = *bytes;
  print(json ? ring_json(info) : ring_text(info, SystemClock().wall()));
  return end_of_output(0);
}

int verify_ring(const std::string& place) {
  const auto view = open_ring(place);
  if (!view) return 1;
  const auto bytes = view->file().bytes();
  if (!bytes) return complain(bytes.error().message);
  const std::uint64_t total = std::min(*bytes, view->superblock().geometry.bytes());
  cache::RingCheck check;
  {
    const SystemClock clock;
    Progress progress = progress_on_stderr("reading", total, clock);
    check = cache::check_ring(*view, [&](std::uint64_t done) { progress.at(done); });
  }
  print(check_text(check));
  return end_of_output(check.good() ? 0 : 1);
}

int list_pages(const std::string& place, const std::string& prefix, bool json) {
  const auto view = open_ring(place);
  if (!view) return 1;
  const Millis wall = SystemClock().wall();
  if (!json) print(page_heading());
  const Status listed = view->for_each_page([&](const cache::RingView::Found& found) {
    if (!found.page->key.starts_with(prefix)) return true;
    const Millis until = view->fresh_until(found);
    return print(json ? page_json(found, until, wall) : page_line(found, until, wall));
  });
  return listed ? end_of_output(0) : complain(listed.error().message);
}

int print_page(const std::string& place, const PageWish& wish) {
  const auto key = key_of_url(wish.url, wish.ignored);
  if (!key) return complain(key.error().message);
  const auto view = open_ring(place);
  if (!view) return 1;
  const auto found = view->find(*key);
  if (!found) return complain(found.error().message);
  if (!*found) return complain(fmt::format("no page {} in {}", *key, view->path()));
  const cache::PagePtr& page = (*found)->page;
  if (!page) return complain(fmt::format("the page {} in segment {} is damaged", *key, (*found)->sequence.number));
  if (wish.coding && !page->bodies.has(*wish.coding))
    return complain(
        fmt::format("{} is not stored as {}; --coding: {}", *key, cache::name_of(*wish.coding), all_codings(*page)));
  const auto body = wish.coding ? *page->bodies.in(*wish.coding) : plain_body(page->bodies);
  if (!body) return complain(fmt::format("the page {} cannot be decoded from {}", *key, all_codings(*page)));
  if (wish.head) print(page_head(*page));
  print(*body);
  return end_of_output(0);
}

}  // namespace larder::server
