#include "server/http_loop.h"

#include <fmt/core.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "server/body_pace.h"
#include "server/http_response.h"
#include "server/wire_layout.h"

namespace larder::server {

namespace {

constexpr Millis kNoDeadline = INT64_MAX;
constexpr Millis kGrace = 500;                  // of idle connections, when all are to end
constexpr std::size_t kStreamBlock = 32 << 10;  // bytes asked of a BodyStream at a time

// The target as it came, copied before libmicrohttpd changes it in place, and where it stood.
struct RequestLine {
  std::string target;
  const char* target_at = nullptr;
};

// One connection, and the one request on it that is being worked on.
struct Connection {
  int fd = -1;
  Endpoint peer;
  bool tls = false;
  ClientSeats::Seat seat;
  std::atomic<Millis> deadline{kNoDeadline};
  std::atomic<bool> idle{true};  // no request begun
  RequestLine line;
  RequestHead head;
  std::unique_ptr<Transaction> transaction;
  BodyPace pace;
};

// A request has come that the loop has not looked at yet.
bool has_spoken(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// When there is no request at hand: its context is the connection too.
Connection& connection_of(MHD_Connection* mhd) {
  const auto* info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<Connection*>(info->socket_context);
}

enum MHD_Result collect_field(void* cls, enum MHD_ValueKind, const char* name, std::size_t name_size, const char* value,
                              std::size_t value_size) {
  auto& fields = *static_cast<FieldList*>(cls);
  fields.add({{name, name_size}, {value != nullptr ? value : "", value_size}});
  return MHD_YES;
}

// libmicrohttpd 1.0 refuses by itself what the layout would tell, and no longer splits the head in place.
bool layout_is_clean(MHD_Connection* mhd, const Connection& connection) {
  if (MHD_VERSION >= 0x01000000) return true;
  const auto* size = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return size != nullptr && clean_layout(connection.head, connection.line.target_at, size->header_size);
}

}  // namespace

class HttpLoop::Impl final : public Wakeable {
 public:
  Impl(const HttpLoopOptions& options, TransactionFactory& factory, const Clock& clock, Counters& counters,
       Report report)
      : options_(options),
        factory_(factory),
        clock_(clock),
        now_(clock.steady()),
        counters_(counters),
        report_(std::move(report)) {}

  bool start();
  void add(Arrival arrival);
  void sweep();
  void drain() { draining_since_ = clock_.steady(); }
  bool draining() const { return draining_since_.load(std::memory_order_relaxed) != kNoDeadline; }
  void stop();

  void wake(void* connection) override {
    MHD_resume_connection(static_cast<MHD_Connection*>(connection));
    suspended_.fetch_sub(1);  // afterwards: stop() waits for 0 and then ends the daemon
  }
  bool client_left(void* connection) const override {
    auto* mhd = static_cast<MHD_Connection*>(connection);
    pollfd client{MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, POLLRDHUP, 0};
    return ::poll(&client, 1, 0) == 1 && (client.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
  }

  std::atomic<std::size_t> connections_{0}, active_{0}, suspended_{0};
  std::atomic<Millis> draining_since_{kNoDeadline};

 private:
  struct ConnectionSuspender final : Suspender {
    ConnectionSuspender(Impl& owner, MHD_Connection* mhd) : loop(owner), connection(mhd) {}
    Waker suspend() override {
      loop.suspended_.fetch_add(1);
      MHD_suspend_connection(connection);
      return {loop, connection};
    }
    Impl& loop;
    MHD_Connection* connection;
  };

  struct Stream {
    Impl& loop;
    MHD_Connection* connection;
    std::unique_ptr<BodyStream> body;
  };

  static void on_connection(void* cls, MHD_Connection* mhd, void** context, enum MHD_ConnectionNotificationCode code);
  static void* on_request_line(void* cls, const char* uri, MHD_Connection* mhd);
  static enum MHD_Result on_request(void* cls, MHD_Connection* mhd, const char* url, const char* method,
                                    const char* version, const char* upload, std::size_t* upload_size, void** context);
  static void on_completed(void* cls, MHD_Connection* mhd, void** context, enum MHD_RequestTerminationCode code);
  static ssize_t on_pull(void* cls, std::uint64_t position, char* into, std::size_t size);

  // The time of the last sweep: exact enough for deadlines, and no clock is read for each of them.
  Millis now() const { return now_.load(std::memory_order_relaxed); }
  enum MHD_Result begin(MHD_Connection* mhd, Connection& connection, const char* method, const char* version);
  Take receive(MHD_Connection* mhd, Connection& connection, std::string_view bytes);
  enum MHD_Result send(MHD_Connection* mhd, Connection& connection, Reply& reply);
  void expect_taken(Connection& connection, std::uint64_t bytes) const;
  MHD_Response* build(MHD_Connection* mhd, Reply& reply);

  HttpLoopOptions options_;
  TransactionFactory& factory_;
  const Clock& clock_;
  std::atomic<Millis> now_;
  Counters& counters_;
  Report report_;
  MHD_Daemon* daemon_ = nullptr;
  std::mutex registry_mutex_;
  std::unordered_set<Connection*> registry_;
  std::unordered_map<int, Arrival>
      arriving_;  // by socket: given to the library, not yet seen by it; without the socket
};

bool HttpLoop::Impl::start() {
  daemon_ = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO,
      0, nullptr, nullptr, &Impl::on_request, this,                                              //
      MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,                                  //
      MHD_OPTION_URI_LOG_CALLBACK, &Impl::on_request_line, this,                                 //
      MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this,                                    //
      MHD_OPTION_UNESCAPE_CALLBACK,                                                              //
      +[](void*, MHD_Connection*, char* text) { return std::strlen(text); }, nullptr,            //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, static_cast<std::size_t>(options_.connection_memory),  //
      MHD_OPTION_CONNECTION_LIMIT, static_cast<unsigned>(2 * HttpLoop::kMaxConnections),         // ours: the acceptor's
      MHD_OPTION_CONNECTION_TIMEOUT, 0U,                     // costs two locks a request; our deadlines do its work
      MHD_OPTION_NONCE_NC_SIZE, 0U,                          //
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,                  //
      MHD_OPTION_THREAD_STACK_SIZE, std::size_t{256} << 10,  //
      MHD_OPTION_END);
  return daemon_ != nullptr;
}

void HttpLoop::Impl::add(Arrival arrival) {
  connections_.fetch_add(1);  // here, not when the loop gets round to it: the acceptor's limit is exact
  int family = AF_INET;       // libmicrohttpd wants to know whether it may set options of TCP, and needs no more
  socklen_t size = sizeof family;
  const int fd = arrival.fd.release();
  ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  {
    std::lock_guard lock(registry_mutex_);
    arriving_[fd] = {UniqueFd(), arrival.peer, arrival.tls, std::move(arrival.seat)};
  }
  if (MHD_add_connection(daemon_, fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == MHD_YES) return;
  connections_.fetch_sub(1);
  {
    std::lock_guard lock(registry_mutex_);
    arriving_.erase(fd);
  }
  report_(Level::warning, fmt::format("a connection could not be added to its loop: {}", std::strerror(errno)));
}

void HttpLoop::Impl::sweep() {
  const Millis now = clock_.steady();
  now_.store(now, std::memory_order_relaxed);
  const bool draining = this->draining(), ends_idle = draining && now - draining_since_ >= kGrace;
  std::lock_guard lock(registry_mutex_);
  for (Connection* connection : registry_) {
    const bool late = now > connection->deadline.load(std::memory_order_relaxed);
    if (!late && !(ends_idle && connection->idle && !has_spoken(connection->fd))) continue;
    if (late && !draining) counters_.add(Counter::connections_expired);
    connection->deadline = kNoDeadline;
    ::shutdown(connection->fd, SHUT_RDWR);  // the loop sees the end of the stream and closes
  }
}

void HttpLoop::Impl::stop() {
  if (daemon_ != nullptr) MHD_stop_daemon(std::exchange(daemon_, nullptr));
}

void HttpLoop::Impl::on_connection(void* cls, MHD_Connection* mhd, void** context,
                                   enum MHD_ConnectionNotificationCode code) {
  auto& self = *static_cast<Impl*>(cls);
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    auto* connection = static_cast<Connection*>(*context);
    {
      std::lock_guard lock(self.registry_mutex_);
      self.registry_.erase(connection);
    }
    delete connection;
    self.connections_.fetch_sub(1);
    return;
  }
  auto* connection = new Connection;
  connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  connection->deadline = self.now() + self.options_.header_timeout;
  *context = connection;
  std::lock_guard lock(self.registry_mutex_);
  if (auto arrival = self.arriving_.extract(connection->fd)) {
    connection->peer = arrival.mapped().peer;
    connection->tls = arrival.mapped().tls;
    connection->seat = std::move(arrival.mapped().seat);
  }
  self.registry_.insert(connection);
}

// The connection is the context of its requests from here on.
void* HttpLoop::Impl::on_request_line(void*, const char* uri, MHD_Connection* mhd) {
  Connection& connection = connection_of(mhd);
  connection.idle.store(false, std::memory_order_relaxed);
  connection.line.target.clear();
  connection.line.target_at = uri;
  if (uri == nullptr) return &connection;
  connection.line.target = uri;
  // The library takes the query apart next, which nobody asks it for: every parameter would cost time and room for
  // fields. Of what was copied above it is left an empty query.
  const auto question = connection.line.target.find('?');
  if (question != std::string::npos) const_cast<char*>(uri)[question + 1] = '\0';
  return &connection;
}

enum MHD_Result HttpLoop::Impl::on_request(void* cls, MHD_Connection* mhd, const char*, const char* method,
                                           const char* version, const char* upload, std::size_t* upload_size,
                                           void** context) {
  auto& self = *static_cast<Impl*>(cls);
  auto& connection = *static_cast<Connection*>(*context);
  if (!connection.transaction) return self.begin(mhd, connection, method, version);
  if (*upload_size > 0) {
    const Take take = self.receive(mhd, connection, {upload, *upload_size});
    if (take == Take::taken) *upload_size = 0;
    return take == Take::cut ? MHD_NO : MHD_YES;
  }
  connection.deadline.store(kNoDeadline, std::memory_order_relaxed);
  ConnectionSuspender suspender(self, mhd);
  if (!connection.transaction->on_ready(suspender)) return MHD_YES;
  return self.send(mhd, connection, connection.transaction->reply());
}

enum MHD_Result HttpLoop::Impl::begin(MHD_Connection* mhd, Connection& connection, const char* method,
                                      const char* version) {
  active_.fetch_add(1);
  RequestHead& head = connection.head;
  head.fields.clear();
  MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, &collect_field, &head.fields);
  head.method = method;
  head.target = connection.line.target;
  head.version = version;
  head.peer = connection.peer;
  head.tls = connection.tls;
  head.clean_layout = layout_is_clean(mhd, connection);
  connection.pace = BodyPace(options_.body_grace, HttpLoopOptions::kMinRate, now());
  connection.deadline.store(connection.pace.deadline(), std::memory_order_relaxed);
  connection.transaction = factory_.begin();
  if (connection.transaction->on_head(head)) return MHD_YES;
  connection.deadline.store(kNoDeadline, std::memory_order_relaxed);
  Reply& reply = connection.transaction->reply();
  reply.close = true;
  return send(mhd, connection, reply);
}

Take HttpLoop::Impl::receive(MHD_Connection* mhd, Connection& connection, std::string_view bytes) {
  connection.pace.go_on(now());
  ConnectionSuspender suspender(*this, mhd);
  const Take take = connection.transaction->on_body(bytes, suspender);
  if (take == Take::later) {
    connection.pace.hold(now());
    connection.deadline.store(kNoDeadline, std::memory_order_relaxed);
    return take;
  }
  connection.pace.took(bytes.size());
  connection.deadline.store(connection.pace.deadline(), std::memory_order_relaxed);
  return take;
}

MHD_Response* HttpLoop::Impl::build(MHD_Connection* mhd, Reply& reply) {
  if (reply.prepared) return reply.prepared->make_another();
  auto* stream = std::get_if<std::unique_ptr<BodyStream>>(&reply.body);
  if (stream == nullptr || reply.status == MHD_HTTP_NOT_MODIFIED) return make_response(reply);
  const std::uint64_t size = (*stream)->length().value_or(MHD_SIZE_UNKNOWN);
  MHD_Response* response =
      MHD_create_response_from_callback(size, kStreamBlock, &Impl::on_pull, new Stream{*this, mhd, std::move(*stream)},
                                        [](void* cls) { delete static_cast<Stream*>(cls); });
  add_fields(response, reply.fields);
  return response;
}

enum MHD_Result HttpLoop::Impl::send(MHD_Connection* mhd, Connection& connection, Reply& reply) {
  expect_taken(connection, size_in_hand(reply));
  const bool close = reply.close || draining();
  const unsigned status = reply.prepared ? reply.prepared->status() : static_cast<unsigned>(reply.status);
  if (reply.prepared && !close) return MHD_queue_response(mhd, status, reply.prepared->response());
  MHD_Response* response = build(mhd, reply);
  if (close) MHD_add_response_header(response, "Connection", "close");
  const auto result = MHD_queue_response(mhd, status, response);
  MHD_destroy_response(response);
  return result;
}

// From now on the client has so many bytes to take.
void HttpLoop::Impl::expect_taken(Connection& connection, std::uint64_t bytes) const {
  const auto earned = static_cast<Millis>(bytes / HttpLoopOptions::kMinRate) * 1000;
  connection.deadline.store(now() + options_.send_timeout + earned, std::memory_order_relaxed);
}

ssize_t HttpLoop::Impl::on_pull(void* cls, std::uint64_t, char* into, std::size_t size) {
  auto& stream = *static_cast<Stream*>(cls);
  ConnectionSuspender suspender(stream.loop, stream.connection);
  const auto pulled = stream.body->pull({into, size}, suspender);
  switch (pulled.state) {
    case BodyStream::State::bytes:
      stream.loop.expect_taken(connection_of(stream.connection), pulled.count);
      return static_cast<ssize_t>(pulled.count);
    case BodyStream::State::waiting:
      connection_of(stream.connection).deadline.store(kNoDeadline, std::memory_order_relaxed);
      return 0;
    case BodyStream::State::end:
      return MHD_CONTENT_READER_END_OF_STREAM;
    case BodyStream::State::failed:
      return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

void HttpLoop::Impl::on_completed(void* cls, MHD_Connection*, void** context, enum MHD_RequestTerminationCode code) {
  auto& self = *static_cast<Impl*>(cls);
  auto& connection = *static_cast<Connection*>(*context);
  connection.deadline.store(self.now() + self.options_.keepalive_timeout, std::memory_order_relaxed);
  connection.idle.store(true, std::memory_order_relaxed);
  if (!connection.transaction) return;  // libmicrohttpd refused the head by itself
  connection.transaction->on_end(code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  connection.transaction.reset();
  self.active_.fetch_sub(1);
}

HttpLoop::HttpLoop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpLoop::~HttpLoop() { stop(); }

Result<std::unique_ptr<HttpLoop>> HttpLoop::start(const HttpLoopOptions& options, TransactionFactory& factory,
                                                  const Clock& clock, Counters& counters, Report report) {
  auto impl = std::make_unique<Impl>(options, factory, clock, counters, std::move(report));
  if (!impl->start()) return system_error("start an HTTP loop");
  return std::unique_ptr<HttpLoop>(new HttpLoop(std::move(impl)));
}

void HttpLoop::add(Arrival arrival) { impl_->add(std::move(arrival)); }
std::size_t HttpLoop::connections() const { return impl_->connections_; }
std::size_t HttpLoop::active() const { return impl_->active_; }
std::size_t HttpLoop::suspended() const { return impl_->suspended_; }
void HttpLoop::sweep() { impl_->sweep(); }
void HttpLoop::drain() { impl_->drain(); }
void HttpLoop::stop() { impl_->stop(); }

std::string http_library_version() { return MHD_get_version(); }

}  // namespace larder::server
