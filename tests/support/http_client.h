// HttpClient: a well-behaved HTTP client for tests, on libcurl (the only file that includes it).
//
// The authority in the URL ("larder.test") is not where it connects to, so a page keeps its address when the daemon
// comes back on another port. Redirects are not followed, paths are sent as they are, nothing waits for ever.
// Threads: a client belongs to one thread; a Batch does its work on a thread of its own. A client outlives its
// requests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/support/http_response.h"
#include "tests/support/patience.h"

namespace larder::testing {

class HttpClient;

struct FormPart {
  std::string name, value, file_name, type;  // file_name set: an uploaded file
};

class Request {
 public:
  Request(HttpClient& client, std::string method, std::string path)
      : client_(&client), method_(std::move(method)), path_(std::move(path)) {}

  Request& header(std::string line);     // "Name: value"; "Name:" leaves out what curl would send
  Request& host(std::string authority);  // of the URL, instead of the client's
  Request& body(std::string bytes, const std::string& type = "application/octet-stream");
  Request& chunked();                            // the body without a Content-Length
  Request& part(FormPart part);                  // multipart/form-data
  Request& rate(std::int64_t bytes_per_second);  // reads no faster
  Request& discard_body();                       // only counts it
  Request& follow();                             // redirects
  Request& limit(Millis limit);
  Request& decoded(std::string codings);  // asks for one of these codings; the response's body is decoded
  Response send();

 private:
  friend class Transfer;
  HttpClient* client_;
  std::string method_, path_, authority_, body_, codings_;
  std::vector<std::string> headers_;
  std::vector<FormPart> parts_;
  std::int64_t rate_ = 0;
  Millis limit_ = patience(60'000);
  bool has_body_ = false, chunked_ = false, keep_body_ = true, follow_ = false;
};

// Many requests at once, each on a connection of its own. Cancelled when it goes out of scope.
class Batch {
 public:
  explicit Batch(std::vector<Request> requests);
  Batch(Batch&&) noexcept;
  ~Batch();

  std::size_t finished() const;  // requests that have ended, well or not
  std::size_t finished_with(int status) const;
  std::uint64_t received() const;     // bytes of bodies so far
  std::vector<Response> responses();  // waits for all; in the order of the requests
  void cancel();                      // closes the connections; returns when they are closed

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct ClientOptions {
  std::string address = "127.0.0.1";  // numeric
  std::uint16_t port = 0;
  std::string unix_path;  // set: a Unix socket instead
  std::string from;       // numeric address to come from; empty: the kernel's choice
  std::string authority = "larder.test";
  bool cookies = false;  // keep them, as a browser does
};

class HttpClient {
 public:
  explicit HttpClient(ClientOptions options);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  Request get(std::string path) { return {*this, "GET", std::move(path)}; }
  Request head(std::string path) { return {*this, "HEAD", std::move(path)}; }
  Request post(std::string path, std::string body);  // a form, already encoded
  Request request(std::string method, std::string path) { return {*this, std::move(method), std::move(path)}; }

  static std::string encode(const std::vector<std::pair<std::string, std::string>>& form);

 private:
  friend class Request;
  friend class Transfer;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::testing
