#include "server/ring_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/byte_text.h"
#include "base/http_date.h"
#include "cache/encoding.h"

namespace larder::server {
namespace {

using Json = nlohmann::ordered_json;

// What was written for each byte of the records that it holds; 0 when it holds none.
double amplification(const cache::RingCheck& held) {
  return held.record_bytes == 0 ? 0 : static_cast<double>(held.written_bytes) / static_cast<double>(held.record_bytes);
}

// Segments are numbered from 1, and each was written once.
std::uint64_t written_ever(const RingInfo& info) {
  return std::uint64_t{info.last_number} * info.superblock.geometry.segment_bytes;
}

double laps(const RingInfo& info) {
  return static_cast<double>(info.last_number) / info.superblock.geometry.segment_count;
}

std::string last_run(const RingInfo& info, Millis wall) {
  const cache::Superblock& superblock = info.superblock;
  if (superblock.run == 0) return "none has written yet";
  std::string text = fmt::format("{}, ", superblock.run);
  text += info.holder != 0 ? "under way" : superblock.clean ? "stopped in order" : "did not stop in order";
  if (superblock.capped_run == 0 || superblock.capped_until <= wall) return text;
  return text + fmt::format("; pages of run {} and before are fresh until {} at most", superblock.capped_run,
                            format_http_date(superblock.capped_until / 1000));
}

std::string uuid_text(const cache::Superblock& superblock) {
  std::string text;
  for (std::size_t i = 0; i < superblock.uuid.size(); ++i)
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", superblock.uuid[i]);
  return text;
}

// "95s", "12m", "5h", "3d": two digits or so are enough.
std::string short_time(std::int64_t seconds) {
  if (seconds < 0) return "-" + short_time(-seconds);
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 120 * 60) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86'400);
}

std::string sizes(const cache::Bodies& bodies) {
  std::string text;
  for (const cache::Coding coding : cache::kCodings)
    if (bodies.has(coding))
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", name_of(coding), bodies.in(coding)->size());
  return text;
}

// Keys come from requests: a terminal is to see no control characters of theirs.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr const char* kColumns = "{:>6} {:>5} {:>5} {:>8}  {:<28} {}\n";

}  // namespace

std::string ring_text(const RingInfo& info, Millis wall) {
  const cache::Geometry& geometry = info.superblock.geometry;
  const cache::RingCheck& held = info.held;
  std::string text =
      fmt::format("{}: {}\n", info.path, info.holder != 0 ? fmt::format("in use by process {}", info.holder) : "free");
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14} {}\n", name, value);
  };
  line("uuid", uuid_text(info.superblock));
  line("version", std::to_string(cache::kRingVersion));
  line("geometry", fmt::format("{} segments of {}: {}", geometry.segment_count, format_bytes(geometry.segment_bytes),
                               format_bytes(geometry.bytes())));
  line("on the drive", format_bytes(info.file_bytes));
  line("last run", last_run(info, wall));
  line("pages", fmt::format("{} in {}", held.pages, format_bytes(held.page_bytes)));
  line("records",
       fmt::format("{} in {}, in {} segments", held.records, format_bytes(held.record_bytes), held.segments));
  line("written ever", fmt::format("{}, {:.2f} laps", format_bytes(written_ever(info)), laps(info)));
  line("amplification", held.records == 0
                            ? "no record yet"
                            : fmt::format("{:.3f} bytes written for each byte of the records", amplification(held)));
  return text;
}

std::string ring_json(const RingInfo& info) {
  const cache::Superblock& superblock = info.superblock;
  return dump({{"path", info.path},
               {"in_use_by", info.holder == 0 ? Json() : Json(info.holder)},
               {"uuid", uuid_text(superblock)},
               {"version", cache::kRingVersion},
               {"segment_bytes", superblock.geometry.segment_bytes},
               {"segment_count", superblock.geometry.segment_count},
               {"bytes", superblock.geometry.bytes()},
               {"file_bytes", info.file_bytes},
               {"run", superblock.run},
               {"clean", superblock.clean},
               {"capped_run", superblock.capped_run},
               {"capped_until_ms", superblock.capped_until},
               {"pages", info.held.pages},
               {"page_bytes", info.held.page_bytes},
               {"records", info.held.records},
               {"record_bytes", info.held.record_bytes},
               {"segments", info.held.segments},
               {"segment_bytes_written", info.held.written_bytes},
               {"bytes_written_ever", written_ever(info)},
               {"laps", laps(info)},
               {"amplification", info.held.records == 0 ? Json() : Json(amplification(info.held))}},
              2);
}

std::string check_text(const cache::RingCheck& check) {
  std::string text;
  for (const std::string& complaint : check.complaints) text += complaint + "\n";
  if (check.complaints.size() == cache::RingCheck::kMostComplaints) text += "... and perhaps more\n";
  text += fmt::format("{} pages in {}; {} records in {}, in {} segments\n", check.pages, format_bytes(check.page_bytes),
                      check.records, format_bytes(check.record_bytes), check.segments);
  if (check.overwritten > 0)
    text += fmt::format("{} segments were overwritten while they were read\n", check.overwritten);
  if (check.good()) return text + "nothing is damaged\n";
  return text + fmt::format("damaged: {} records, {} beginnings or ends of segments; {} segments cannot be read\n",
                            check.damaged_records, check.damaged_segments, check.unreadable);
}

std::string page_heading() { return fmt::format(kColumns, "STATUS", "AGE", "FRESH", "SEGMENT", "BYTES", "KEY"); }

std::string page_line(const cache::RingView::Found& found, Millis fresh_until, Millis wall) {
  const cache::Page& page = *found.page;
  const std::int64_t left = (fresh_until - wall) / 1000;
  return fmt::format(kColumns, page.status, short_time(page.age_at(wall)), left > 0 ? short_time(left) : "stale",
                     found.sequence.number, sizes(page.bodies), printable(page.key));
}

std::string page_json(const cache::RingView::Found& found, Millis fresh_until, Millis wall) {
  const cache::Page& page = *found.page;
  Json bytes = Json::object();
  for (const cache::Coding coding : cache::kCodings)
    if (page.bodies.has(coding)) bytes[std::string(name_of(coding))] = page.bodies.in(coding)->size();
  return dump({{"key", page.key},
               {"status", page.status},
               {"bytes", bytes},
               {"record_bytes", found.line.length},
               {"age", page.age_at(wall)},
               {"fresh_for", (fresh_until - wall) / 1000},
               {"run", found.sequence.run},
               {"segment", found.sequence.number},
               {"offset", found.line.offset}});
}

std::string page_head(const cache::Page& page) {
  std::string text = fmt::format("HTTP/1.1 {}\r\n", page.status);
  for (const Field& field : page.fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
  return text + "\r\n";
}

}  // namespace larder::server
