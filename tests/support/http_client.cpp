#include "tests/support/http_client.h"

#include <curl/curl.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace larder::testing {
namespace {

void initialise_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

// Hundreds of connections at once need more descriptors than the usual soft limit of 1024 leaves.
void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;

struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListCleanup>;

void append(List& list, const std::string& line) {
  curl_slist* head = curl_slist_append(list.get(), line.c_str());
  if (head == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(head);
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(ClientOptions given) : options(std::move(given)) {
    initialise_curl();
    easy.reset(curl_easy_init());
    // Any cookie switches cookies on, for good; CURLOPT_COOKIEFILE would leak its list at every curl_easy_reset().
    if (options.cookies)
      curl_easy_setopt(easy.get(), CURLOPT_COOKIELIST, "Set-Cookie: kept=yes; domain=nowhere.invalid");
  }
  ClientOptions options;
  Easy easy;  // keeps its connections and cookies from request to request
};

// One request on one curl handle, and what has come of it so far.
class Transfer {
 public:
  Transfer(const Request& request, CURL* easy, std::atomic<std::uint64_t>* received)
      : request_(request), options_(request.client_->impl_->options), easy_(easy), received_(received) {
    response_.request = request_.method_ + " " + request_.path_;
    set_target();
    set_limits();
    set_message();
    set_callbacks();
  }
  Transfer(const Transfer&) = delete;
  ~Transfer() { curl_mime_free(mime_); }

  Response finish(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (code != CURLE_OK) response_.failure = curl_easy_strerror(code);
    return std::move(response_);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(easy_, option, value); code != CURLE_OK)
      throw std::invalid_argument(curl_easy_strerror(code));
  }
  void set_target();
  void set_limits();
  void set_message();
  void set_callbacks();
  void set_parts();
  static std::size_t on_header(const char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(const char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);

  const Request request_;
  const ClientOptions& options_;
  CURL* easy_;
  std::atomic<std::uint64_t>* received_;
  List headers_, connect_to_;
  curl_mime* mime_ = nullptr;
  std::size_t sent_ = 0;
  Response response_;
};

void Transfer::set_target() {
  const std::string& authority = request_.authority_.empty() ? options_.authority : request_.authority_;
  set(CURLOPT_URL, ("http://" + authority + request_.path_).c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (!options_.unix_path.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, options_.unix_path.c_str());
    return;
  }
  if (!options_.from.empty()) set(CURLOPT_INTERFACE, ("host!" + options_.from).c_str());
  const bool ipv6 = options_.address.find(':') != std::string::npos;
  const std::string address = ipv6 ? "[" + options_.address + "]" : options_.address;
  append(connect_to_, "::" + address + ":" + std::to_string(options_.port));
  set(CURLOPT_CONNECT_TO, connect_to_.get());
}

void Transfer::set_limits() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.limit_));
  set(CURLOPT_MAX_RECV_SPEED_LARGE, static_cast<curl_off_t>(request_.rate_));
  if (request_.rate_ > 0) set(CURLOPT_BUFFERSIZE, 16384L);
  set(CURLOPT_FOLLOWLOCATION, request_.follow_ ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, 10L);
}

void Transfer::set_message() {
  if (request_.method_ == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (!request_.parts_.empty()) set_parts();
  if (request_.has_body_) {
    set(CURLOPT_POST, 1L);
    if (request_.chunked_) {
      append(headers_, "Transfer-Encoding: chunked");
      set(CURLOPT_READFUNCTION, &Transfer::on_read);
      set(CURLOPT_READDATA, this);
    } else {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body_.size()));
      set(CURLOPT_POSTFIELDS, request_.body_.data());
    }
  }
  // When a redirect is followed curl chooses the method; forced, a POST would stay one.
  if (!request_.follow_ && request_.method_ != "HEAD") set(CURLOPT_CUSTOMREQUEST, request_.method_.c_str());
  if (!request_.codings_.empty()) set(CURLOPT_ACCEPT_ENCODING, request_.codings_.c_str());
  for (const std::string& line : request_.headers_) append(headers_, line);
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void Transfer::set_parts() {
  mime_ = curl_mime_init(easy_);
  for (const FormPart& part : request_.parts_) {
    curl_mimepart* mime = curl_mime_addpart(mime_);
    curl_mime_name(mime, part.name.c_str());
    curl_mime_data(mime, part.value.data(), part.value.size());
    if (!part.file_name.empty()) curl_mime_filename(mime, part.file_name.c_str());
    if (!part.type.empty()) curl_mime_type(mime, part.type.c_str());
  }
  set(CURLOPT_MIMEPOST, mime_);
}

void Transfer::set_callbacks() {
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
}

std::size_t Transfer::on_header(const char* bytes, std::size_t size, std::size_t count, void* self) {
  Response& response = static_cast<Transfer*>(self)->response_;
  std::string_view line(bytes, size * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // an earlier one was "100 Continue" or a redirect
    response.fields.clear();
    response.body.clear();
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    response.fields.push_back({std::string(line.substr(0, colon)), std::string(value)});
  }
  return size * count;
}

std::size_t Transfer::on_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t length = size * count;
  transfer.response_.body_bytes += length;
  if (transfer.received_ != nullptr) *transfer.received_ += length;
  if (transfer.request_.keep_body_) transfer.response_.body.append(bytes, length);
  return length;
}

std::size_t Transfer::on_read(char* into, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t length = transfer.request_.body_.copy(into, size * count, transfer.sent_);
  transfer.sent_ += length;
  return length;
}

Request& Request::header(std::string line) { return headers_.push_back(std::move(line)), *this; }
Request& Request::host(std::string authority) { return authority_ = std::move(authority), *this; }
Request& Request::chunked() { return chunked_ = true, *this; }
Request& Request::part(FormPart part) { return parts_.push_back(std::move(part)), *this; }
Request& Request::rate(std::int64_t bytes_per_second) { return rate_ = bytes_per_second, *this; }
Request& Request::discard_body() { return keep_body_ = false, *this; }
Request& Request::follow() { return follow_ = true, *this; }
Request& Request::limit(Millis limit) { return limit_ = limit, *this; }
Request& Request::decoded(std::string codings) { return codings_ = std::move(codings), *this; }

Request& Request::body(std::string bytes, const std::string& type) {
  body_ = std::move(bytes);
  has_body_ = true;
  return header("Content-Type: " + type);
}

Response Request::send() {
  CURL* easy = client_->impl_->easy.get();
  curl_easy_reset(easy);
  Transfer transfer(*this, easy, nullptr);
  return transfer.finish(curl_easy_perform(easy));
}

class Batch::Impl {
 public:
  explicit Impl(std::vector<Request> requests) : responses_(requests.size()) {
    initialise_curl();
    raise_descriptor_limit();
    multi_ = curl_multi_init();
    for (const Request& request : requests) {
      handles_.emplace_back(curl_easy_init());
      transfers_.push_back(std::make_unique<Transfer>(request, handles_.back().get(), &received_));
      curl_easy_setopt(handles_.back().get(), CURLOPT_FRESH_CONNECT, 1L);
      curl_easy_setopt(handles_.back().get(), CURLOPT_FORBID_REUSE, 1L);
      curl_multi_add_handle(multi_, handles_.back().get());
    }
    thread_ = std::thread([this] { drive(); });
  }
  ~Impl() {
    cancel();
    for (const Easy& easy : handles_) curl_multi_remove_handle(multi_, easy.get());
    transfers_.clear();
    handles_.clear();
    curl_multi_cleanup(multi_);
  }

  std::size_t finished(const std::function<bool(const Response&)>& counts) const {
    const std::lock_guard lock(mutex_);
    std::size_t number = 0;
    for (std::size_t i = 0; i < ended_.size(); ++i) number += counts(responses_[ended_[i]]) ? 1 : 0;
    return number;
  }
  std::uint64_t received() const { return received_; }
  std::vector<Response> take() {
    if (thread_.joinable()) thread_.join();
    return std::move(responses_);
  }
  void cancel() {
    cancelled_ = true;
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void drive() {
    int running = 1;
    while (running > 0 && !cancelled_) {
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left))
        if (message->msg == CURLMSG_DONE) end(message->easy_handle, message->data.result);
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    // The connections close with their handles; a cancelled test wants that now, not when the batch goes.
    if (cancelled_)
      for (const Easy& easy : handles_) curl_multi_remove_handle(multi_, easy.get());
  }
  void end(const CURL* easy, CURLcode code) {
    const auto same = [easy](const Easy& handle) { return handle.get() == easy; };
    const auto found = std::find_if(handles_.begin(), handles_.end(), same);
    const auto index = static_cast<std::size_t>(found - handles_.begin());
    const std::lock_guard lock(mutex_);
    responses_[index] = transfers_[index]->finish(code);
    ended_.push_back(index);
  }

  CURLM* multi_ = nullptr;
  std::vector<Easy> handles_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<bool> cancelled_{false};
  mutable std::mutex mutex_;
  std::vector<Response> responses_;
  std::vector<std::size_t> ended_;
  std::thread thread_;
};

Batch::Batch(std::vector<Request> requests) : impl_(std::make_unique<Impl>(std::move(requests))) {}
Batch::Batch(Batch&&) noexcept = default;
Batch::~Batch() = default;
std::size_t Batch::finished() const {
  return impl_->finished([](const Response&) { return true; });
}
std::size_t Batch::finished_with(int status) const {
  return impl_->finished([status](const Response& response) { return response.status == status; });
}
std::uint64_t Batch::received() const { return impl_->received(); }
std::vector<Response> Batch::responses() { return impl_->take(); }
void Batch::cancel() { impl_->cancel(); }

HttpClient::HttpClient(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Request HttpClient::post(std::string path, std::string body) {
  Request request(*this, "POST", std::move(path));
  request.body(std::move(body), "application/x-www-form-urlencoded");
  return request;
}

std::string HttpClient::encode(const std::vector<std::pair<std::string, std::string>>& form) {
  initialise_curl();
  const auto escaped = [](const std::string& text) {
    const std::unique_ptr<char, void (*)(void*)> escape(
        curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
    return std::string(escape.get());
  };
  std::string text;
  for (const auto& [name, value] : form) text += (text.empty() ? "" : "&") + escaped(name) + "=" + escaped(value);
  return text;
}

}  // namespace larder::testing
