#include "cache/page_codec.h"

#include <algorithm>
#include <array>

#include "arm/crc32c.h"
#include "base/bytes.h"

namespace larder::cache {
namespace {

constexpr std::uint32_t kMagic = 0x6365524c;  // "LRec"
constexpr std::size_t kCrcAt = 4, kCheckedFrom = 8;
constexpr std::size_t kFieldPrefix = 8;  // two lengths

// Far beyond any real time, and far enough from the ends of 64 bits to be added and multiplied.
constexpr std::int64_t kLatestTime = std::int64_t{1} << 60;
constexpr std::int64_t kLongestLifetime = std::int64_t{1} << 40;

// Flags: which bodies there are, a bit each in the order of Coding, and above them the original's number.
constexpr std::uint32_t kBodyFlags = 0x07, kOriginalShift = 3, kKnownFlags = 0x1f;

struct Header {
  Sequence sequence;
  std::uint64_t key_hash = 0;
  std::uint32_t payload_crc = 0, flags = 0;
  std::uint32_t key_bytes = 0, tags_bytes = 0, head_bytes = 0;
  std::uint32_t status = 0;
  std::int64_t created = 0, lifetime = 0;
  std::array<std::uint32_t, kCodings.size()> body_bytes{};
  std::uint32_t identity_bytes = 0;

  bool has_body(std::size_t coding) const { return (flags >> coding & 1U) != 0; }
  std::uint32_t original() const { return flags >> kOriginalShift; }
  std::uint64_t payload_bytes() const {
    return std::uint64_t{key_bytes} + tags_bytes + head_bytes + body_bytes[0] + body_bytes[1] + body_bytes[2];
  }
};

std::uint64_t head_bytes(const Fields& fields) {
  std::uint64_t bytes = 0;
  for (const Field& field : fields) bytes += kFieldPrefix + field.name.size() + field.value.size();
  return bytes;
}

std::uint8_t* append(std::uint8_t* to, std::string_view text) { return std::copy(text.begin(), text.end(), to); }

std::uint8_t* append_length(std::uint8_t* to, std::size_t length) {
  put_le(to, static_cast<std::uint32_t>(length));
  return to + 4;
}

void encode_header(const Header& header, std::uint32_t salt, std::uint8_t* to) {
  put_le(to, kMagic);
  put_le(to + 8, header.sequence.number);
  put_le(to + 12, header.sequence.run);
  put_le(to + 16, header.key_hash);
  put_le(to + 24, header.payload_crc);
  put_le(to + 28, header.flags);
  put_le(to + 32, header.key_bytes);
  put_le(to + 36, header.tags_bytes);
  put_le(to + 40, header.head_bytes);
  put_le(to + 44, header.status);
  put_le(to + 48, header.created);
  put_le(to + 56, header.lifetime);
  for (std::size_t i = 0; i < kCodings.size(); ++i) put_le(to + 64 + 4 * i, header.body_bytes[i]);
  put_le(to + 76, header.identity_bytes);
  put_le(to + kCrcAt, arm::crc32c(to + kCheckedFrom, kRecordHeaderBytes - kCheckedFrom, salt));
}

bool has_sane_bodies(const Header& header) {
  if ((header.flags & ~kKnownFlags) != 0 || (header.flags & kBodyFlags) == 0) return false;
  if (header.original() >= kCodings.size()) return false;
  for (std::size_t i = 0; i < kCodings.size(); ++i)
    if (!header.has_body(i) && header.body_bytes[i] != 0) return false;
  return !header.has_body(0) || header.body_bytes[0] == header.identity_bytes;
}

bool is_sane(const Header& header) {
  return has_sane_bodies(header) && header.status >= 100 && header.status <= 999 && header.created >= -kLatestTime &&
         header.created <= kLatestTime && header.lifetime >= 0 && header.lifetime <= kLongestLifetime;
}

std::optional<Header> decode_header(std::span<const std::uint8_t> bytes, std::uint32_t salt) {
  if (bytes.size() < kRecordHeaderBytes || get_le<std::uint32_t>(bytes.data()) != kMagic) return std::nullopt;
  const std::uint32_t crc = arm::crc32c(&bytes[kCheckedFrom], kRecordHeaderBytes - kCheckedFrom, salt);
  if (get_le<std::uint32_t>(&bytes[kCrcAt]) != crc) return std::nullopt;
  Header header;
  header.sequence.number = get_le<std::uint32_t>(&bytes[8]);
  header.sequence.run = get_le<std::uint32_t>(&bytes[12]);
  header.key_hash = get_le<std::uint64_t>(&bytes[16]);
  header.payload_crc = get_le<std::uint32_t>(&bytes[24]);
  header.flags = get_le<std::uint32_t>(&bytes[28]);
  header.key_bytes = get_le<std::uint32_t>(&bytes[32]);
  header.tags_bytes = get_le<std::uint32_t>(&bytes[36]);
  header.head_bytes = get_le<std::uint32_t>(&bytes[40]);
  header.status = get_le<std::uint32_t>(&bytes[44]);
  header.created = get_le<std::int64_t>(&bytes[48]);
  header.lifetime = get_le<std::int64_t>(&bytes[56]);
  for (std::size_t i = 0; i < kCodings.size(); ++i) header.body_bytes[i] = get_le<std::uint32_t>(&bytes[64 + 4 * i]);
  header.identity_bytes = get_le<std::uint32_t>(&bytes[76]);
  return is_sane(header) ? std::optional(header) : std::nullopt;
}

// The header of a record whose payload is here and right.
std::optional<Header> checked_header(std::span<const std::uint8_t> bytes, std::uint32_t salt, Sequence sequence) {
  const auto header = decode_header(bytes, salt);
  if (!header || header->sequence != sequence) return std::nullopt;
  if (header->payload_bytes() > bytes.size() - kRecordHeaderBytes) return std::nullopt;
  const auto payload = bytes.subspan(kRecordHeaderBytes, static_cast<std::size_t>(header->payload_bytes()));
  if (arm::crc32c(payload.data(), payload.size()) != header->payload_crc) return std::nullopt;
  return header;
}

using Bytes = std::span<const std::uint8_t>;

Bytes take(Bytes& rest, std::size_t size) {
  const Bytes taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

std::string to_text(Bytes bytes) { return std::string(bytes.begin(), bytes.end()); }

std::optional<Fields> decode_fields(Bytes head) {
  Fields fields;
  while (!head.empty()) {
    if (head.size() < kFieldPrefix) return std::nullopt;
    const Bytes lengths = take(head, kFieldPrefix);
    const auto name = get_le<std::uint32_t>(lengths.data()), value = get_le<std::uint32_t>(&lengths[4]);
    if (std::uint64_t{name} + value > head.size()) return std::nullopt;
    Field& field = fields.emplace_back();
    field.name = to_text(take(head, name));
    field.value = to_text(take(head, value));
  }
  return fields;
}

bool is_key(Bytes bytes, std::string_view key) {
  return std::equal(bytes.begin(), bytes.end(), key.begin(), key.end(),
                    [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); });
}

Bodies decode_bodies(const Header& header, Bytes rest) {
  Bodies bodies(kCodings[header.original()], header.identity_bytes);
  for (std::size_t i = 0; i < kCodings.size(); ++i)
    if (header.has_body(i))
      bodies.set(kCodings[i], std::make_shared<const std::string>(to_text(take(rest, header.body_bytes[i]))));
  return bodies;
}

Header header_of(const Page& page, const RecordStamp& stamp) {
  Header header;
  header.sequence = stamp.sequence;
  header.key_hash = stamp.key_hash;
  header.key_bytes = static_cast<std::uint32_t>(page.key.size());
  header.tags_bytes = static_cast<std::uint32_t>(page.tags.size());
  header.head_bytes = static_cast<std::uint32_t>(head_bytes(page.fields));
  header.status = static_cast<std::uint32_t>(page.status);
  header.created = page.created;
  header.lifetime = page.lifetime;
  header.flags = static_cast<std::uint32_t>(page.bodies.original()) << kOriginalShift;
  for (std::size_t i = 0; i < kCodings.size(); ++i) {
    const Body& body = page.bodies.in(kCodings[i]);
    if (!body) continue;
    header.flags |= 1U << i;
    header.body_bytes[i] = static_cast<std::uint32_t>(body->size());
  }
  header.identity_bytes = static_cast<std::uint32_t>(page.bodies.identity_bytes());
  return header;
}

}  // namespace

std::uint64_t record_bytes(const Page& page) {
  return kRecordHeaderBytes + std::uint64_t{page.key.size()} + page.tags.size() + head_bytes(page.fields) +
         page.bodies.bytes();
}

void encode_record(const Page& page, const RecordStamp& stamp, std::span<std::uint8_t> to) {
  std::uint8_t* const payload = to.data() + kRecordHeaderBytes;
  std::uint8_t* end = append(append(payload, page.key), page.tags);
  for (const Field& field : page.fields) {
    end = append_length(end, field.name.size());
    end = append_length(end, field.value.size());
    end = append(append(end, field.name), field.value);
  }
  for (const Coding coding : kCodings)
    if (const Body& body = page.bodies.in(coding)) end = append(end, *body);
  Header header = header_of(page, stamp);
  header.payload_crc = arm::crc32c(payload, static_cast<std::size_t>(end - payload));
  encode_header(header, stamp.salt, to.data());
}

std::optional<RecordSummary> check_record(std::span<const std::uint8_t> bytes, std::uint32_t salt, Sequence sequence) {
  const auto header = checked_header(bytes, salt, sequence);
  if (!header) return std::nullopt;
  return RecordSummary{header->key_hash, static_cast<std::uint32_t>(kRecordHeaderBytes + header->payload_bytes())};
}

std::string record_key(std::span<const std::uint8_t> bytes) {
  return to_text(bytes.subspan(kRecordHeaderBytes, get_le<std::uint32_t>(&bytes[32])));
}

std::shared_ptr<Page> decode_record(std::span<const std::uint8_t> bytes, const RecordStamp& stamp,
                                    std::string_view key) {
  const auto header = checked_header(bytes, stamp.salt, stamp.sequence);
  if (!header || header->key_hash != stamp.key_hash) return nullptr;
  if (header->payload_bytes() != bytes.size() - kRecordHeaderBytes) return nullptr;
  Bytes rest = bytes.subspan(kRecordHeaderBytes);
  if (!is_key(take(rest, header->key_bytes), key)) return nullptr;
  std::string tags = to_text(take(rest, header->tags_bytes));
  auto fields = decode_fields(take(rest, header->head_bytes));
  if (!fields) return nullptr;
  auto page = std::make_shared<Page>();
  page->key = key;
  page->tags = std::move(tags);
  page->status = static_cast<int>(header->status);
  page->fields = *std::move(fields);
  page->bodies = decode_bodies(*header, rest);
  page->created = header->created;
  page->lifetime = header->lifetime;
  return page;
}

}  // namespace larder::cache
