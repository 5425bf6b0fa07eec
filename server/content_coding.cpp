#include "server/content_coding.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace larder::server {
namespace {

using cache::Coding;

// brotli speaks of unsigned bytes.
const std::uint8_t* in(std::string_view text) {
  return static_cast<const std::uint8_t*>(static_cast<const void*>(text.data()));
}
std::uint8_t* out_of(std::string& text) { return static_cast<std::uint8_t*>(static_cast<void*>(text.data())); }

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};
using Compressor = std::unique_ptr<libdeflate_compressor, Release<libdeflate_free_compressor>>;
using Decompressor = std::unique_ptr<libdeflate_decompressor, Release<libdeflate_free_decompressor>>;
using BrotliDecoder = std::unique_ptr<BrotliDecoderState, Release<BrotliDecoderDestroyInstance>>;

std::optional<std::string> gzip(std::string_view text, Effort effort) {
  const Compressor compressor(libdeflate_alloc_compressor(effort == Effort::best ? 12 : 6));
  if (!compressor) return std::nullopt;
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  const std::size_t size = libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), out.data(), out.size());
  if (size == 0) return std::nullopt;
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

// A window no larger than the text: what it costs in memory, here and in the browser, follows it.
int window_bits(std::size_t size) {
  return std::clamp(static_cast<int>(std::bit_width(size)) + 1, BROTLI_MIN_WINDOW_BITS + 6, 22);
}

std::optional<std::string> brotli(std::string_view text, Effort effort) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  if (size == 0) return std::nullopt;
  std::string out(size, '\0');
  const int quality = effort == Effort::best ? BROTLI_MAX_QUALITY : 5;
  if (BrotliEncoderCompress(quality, window_bits(text.size()), BROTLI_MODE_TEXT, text.size(), in(text), &size,
                            out_of(out)) != BROTLI_TRUE)
    return std::nullopt;
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

// What gzip says of its own length, modulo 2^32; a first guess.
std::uint64_t gzip_length(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length |= std::uint64_t{static_cast<std::uint8_t>(bytes[bytes.size() - 4 + i])} << 8 * i;
  return length;
}

std::optional<std::string> gunzip(std::string_view bytes, std::uint64_t longest) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor || bytes.size() < 18 || gzip_length(bytes) > longest) return std::nullopt;
  std::string out(static_cast<std::size_t>(gzip_length(bytes)), '\0');
  std::size_t taken = 0, made = 0;
  const auto result = libdeflate_gzip_decompress_ex(decompressor.get(), bytes.data(), bytes.size(), out.data(),
                                                    out.size(), &taken, &made);
  if (result != LIBDEFLATE_SUCCESS || taken != bytes.size() || made != out.size()) return std::nullopt;
  return out;
}

std::optional<std::string> unbrotli(std::string_view bytes, std::uint64_t longest) {
  const BrotliDecoder decoder(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
  if (!decoder) return std::nullopt;
  std::size_t left = bytes.size(), room = 0;
  const std::uint8_t* next = in(bytes);
  std::string out;
  for (;;) {
    const auto result = BrotliDecoderDecompressStream(decoder.get(), &left, &next, &room, nullptr, nullptr);
    std::size_t made = 0;
    const std::uint8_t* piece = BrotliDecoderTakeOutput(decoder.get(), &made);
    if (made > longest - out.size()) return std::nullopt;
    out.append(piece, piece + made);
    if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && made > 0) continue;
    if (result != BROTLI_DECODER_RESULT_SUCCESS) return std::nullopt;
    if (BrotliDecoderHasMoreOutput(decoder.get()) == BROTLI_FALSE) break;
  }
  return left == 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

std::optional<std::string> encode(Coding coding, std::string_view text, Effort effort) {
  switch (coding) {
    case Coding::gzip:
      return gzip(text, effort);
    case Coding::brotli:
      return brotli(text, effort);
    case Coding::identity:
      break;
  }
  return std::string(text);
}

std::optional<std::string> decode(Coding coding, std::string_view bytes, std::uint64_t longest) {
  switch (coding) {
    case Coding::gzip:
      return gunzip(bytes, longest);
    case Coding::brotli:
      return unbrotli(bytes, longest);
    case Coding::identity:
      break;
  }
  return bytes.size() <= longest ? std::optional(std::string(bytes)) : std::nullopt;
}

}  // namespace larder::server
