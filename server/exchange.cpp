#include "server/exchange.h"

#include <fmt/core.h>

#include <utility>

#include "server/intake.h"
#include "server/own_pages.h"

namespace larder::server {

// --- The request comes in -------------------------------------------------------------------------------------------

bool Exchange::on_head(const RequestHead& head) {
  head_ = &head;
  take_in(head, service_, in_);
  if (in_.refusal) {
    service_.counters.add(Counter::requests_refused);
    answer_error(in_.refusal->status, in_.refusal->reason);
    return false;
  }
  if (asks_too_often()) {
    service_.counters.add(Counter::rates_refused);
    Reply refusal = error_reply(429, "This address sends too many requests.");
    refusal.fields.push_back({"Retry-After", "2"});
    answer(std::move(refusal));
    return false;
  }
  if (in_.framing.has_body()) upload_ = std::make_shared<Upload>(service_.space, service_.spooler, service_.max_body);
  return true;
}

bool Exchange::asks_too_often() {
  return service_.requests_per_client > 0 && !any_contains(service_.unlimited, in_.view.client) &&
         !service_.rates.allow(in_.view.client, service_.requests_per_client, service_.clock.steady());
}

Take Exchange::on_body(std::string_view bytes, Suspender& suspender) { return upload_->append(bytes, suspender); }

bool Exchange::on_ready(Suspender& suspender) {
  now_ = service_.clock.wall();
  while (step_ != Step::done) {
    Next next{Step::done};
    switch (step_) {
      case Step::check_upload:
        next = check_upload(suspender);
        break;
      case Step::look_up:
        next = look_up(suspender);
        break;
      case Step::find_route:
        next = find_route(suspender);
        break;
      case Step::follow_route:
        next = follow_route();
        break;
      case Step::load_file:
        next = load_file(suspender);
        break;
      case Step::send_file:
        next = send_file();
        break;
      case Step::fetch:
        next = fetch(suspender);
        break;
      case Step::fetch_alone:
        next = fetch_alone(suspender);
        break;
      case Step::landed:
        next = landed();
        break;
      case Step::inflate:
        next = inflate(suspender);
        break;
      case Step::purged:
        next = purged();
        break;
      case Step::done:
        break;
    }
    step_ = next.step;
    if (next.suspended) return false;
  }
  return true;
}

Exchange::Next Exchange::check_upload(Suspender& suspender) {
  if (!upload_) return {Step::look_up};
  if (!upload_->settled(suspender)) return {Step::check_upload, true};
  switch (upload_->state()) {
    case Upload::State::good:
      return {Step::look_up};
    case Upload::State::too_large:
      return answer_error(413, "The request body is larger than this server takes.");
    case Upload::State::no_space:
      return answer_error(507, "There is no room to receive the request body now.");
  }
  return {Step::look_up};
}

// --- What Larder answers itself --------------------------------------------------------------------------------------

Exchange::Next Exchange::look_up(Suspender& suspender) {
  if (in_.target.asterisk) return refuse_method("GET, HEAD, POST, OPTIONS");
  if (head_->method == "PURGE" || in_.target.path == "/larder/purge") return purge(suspender);
  if (in_.target.path.starts_with("/larder/"))
    if (auto own = own_page(in_.target.path, head_->method, in_.view.client, service_)) return answer(std::move(*own));
  return in_.bypass.empty() ? look_in_memory() : Next{Step::find_route};
}

// --- The route: a file, a script, or nothing ------------------------------------------------------------------------

Exchange::Next Exchange::find_route(Suspender& suspender) {
  route_ = route(in_.target, in_.site->root, in_.site->rules, Wait::never);
  if (!std::holds_alternative<UncertainRoute>(route_)) return {Step::follow_route};
  Waker waker = suspender.suspend();  // the drive has to be asked: not on this thread
  const bool posted = service_.files.post([this, waker]() mutable {
    route_ = route(in_.target, in_.site->root, in_.site->rules, Wait::allowed);
    waker.wake();
  });
  if (!posted) waker.wake();  // the route stays uncertain
  return {Step::follow_route, true};
}

Exchange::Next Exchange::follow_route() {
  if (std::holds_alternative<ScriptRoute>(route_)) return {Step::fetch};
  if (const auto* refused = std::get_if<RefusedRoute>(&route_))
    return answer_error(refused->status,
                        refused->status == 404 ? "There is no such page here." : "This is not served.");
  if (const auto* redirect = std::get_if<RedirectRoute>(&route_)) {
    Reply reply = error_reply(is_get_or_head() ? 301 : 308, "This is a directory.");
    reply.fields.push_back({"Location", with_query(in_.target, redirect->path)});
    return answer(std::move(reply));
  }
  if (std::holds_alternative<StaticRoute>(route_))
    return is_get_or_head() ? Next{Step::load_file} : refuse_method("GET, HEAD, OPTIONS");
  // The drive has too much to do.
  return landing_.page && reuse_.verdict == cache::Reuse::Verdict::hit_and_refresh ? answer_stored() : answer_failure();
}

// --- A file ---------------------------------------------------------------------------------------------------------

Exchange::Next Exchange::load_file(Suspender& suspender) {
  const auto& found = std::get<StaticRoute>(route_);
  const FileForms forms =
      service_.render.compress ? service_.packed_files.find(found.name, found.entry, *head_) : FileForms();
  file_ = answer_file(found.name, found.entry.stat, forms, *head_);
  if (file_.packed || file_.ranges.empty() || head_->method == "HEAD") return {Step::send_file};
  const int fd = found.entry.fd.get();
  const ByteRange first = file_.ranges.front();
  const bool small = file_.parts.empty() && first.length <= kSmallFile;
  if (first.length == 0) return {Step::send_file};
  if (small) {
    if (auto bytes = read_cached(fd, first)) {
      small_file_ = std::move(*bytes);
      return {Step::send_file};
    }
  } else if (is_warm(fd, first)) {
    return {Step::send_file};
  }
  Waker waker = suspender.suspend();
  const bool posted = service_.files.post([this, fd, first, small, waker]() mutable {
    if (!small) {
      warm_up(fd, first);
    } else if (auto bytes = read_range(fd, first)) {
      small_file_ = std::move(*bytes);
    }
    waker.wake();
  });
  if (!posted) waker.wake();
  return {Step::send_file, true};
}

Exchange::Next Exchange::send_file() {
  auto& found = std::get<StaticRoute>(route_);
  Reply reply;
  reply.status = file_.status;
  reply.fields = std::move(file_.fields);
  reply.not_sent = file_.whole_size;
  service_.counters.add(file_.status == 304 ? Counter::not_modified : Counter::static_files);
  if (file_.packed) {
    sent_bytes_ = file_.packed->size();
    reply.body = std::move(file_.packed);
  } else if (!file_.parts.empty()) {
    reply.body = multipart_stream(std::move(found.entry.fd), std::move(file_.ranges), std::move(file_.parts));
  } else if (!small_file_.empty()) {
    sent_bytes_ = small_file_.size();
    reply.body = std::move(small_file_);
  } else if (!file_.ranges.empty() && file_.ranges.front().length > 0) {
    const ByteRange range = file_.ranges.front();
    sent_bytes_ = range.length;
    reply.body = FileBody{std::move(found.entry.fd), range.offset, range.length};
  }
  return answer(std::move(reply));
}

// --- The answer goes out --------------------------------------------------------------------------------------------

Exchange::Next Exchange::refuse_method(std::string_view allowed) {
  if (head_->method != "OPTIONS") {
    Reply reply = error_reply(405, "This cannot be done with a file.");
    reply.fields.push_back({"Allow", std::string(allowed)});
    return answer(std::move(reply));
  }
  Reply reply;
  reply.status = 204;
  reply.fields.push_back({"Allow", std::string(allowed)});
  return answer(std::move(reply));
}

Exchange::Next Exchange::answer_error(int status, std::string_view detail) {
  return answer(error_reply(status, detail));
}

Exchange::Next Exchange::answer(Reply reply) {
  const Fields& common = service_.common_fields;
  reply.fields.insert(reply.fields.end(), common.begin(), common.end());
  // After a chunked body nothing is read from this connection any more: libmicrohttpd's chunk parser takes more than
  // the RFC allows, and what another parser takes for a body it must not take for a request.
  reply.close = reply.close || in_.framing.chunked;
  if (const auto* text = std::get_if<std::string>(&reply.body); text != nullptr) sent_bytes_ = text->size();
  sent_status_ = reply.status;
  reply_ = std::move(reply);
  return {Step::done};
}

void Exchange::on_end(bool complete) {
  service_.counters.add(Counter::requests);
  if (!service_.access_log.enabled()) return;
  const bool no_body = head_->method == "HEAD" || sent_status_ == 304;
  AccessEntry entry;
  const std::string client = in_.view.client.text();
  entry.client = client;
  entry.method = head_->method;
  entry.target = head_->target;
  entry.version = head_->version;
  entry.host = in_.view.host;
  entry.referer = head_->field("Referer");
  entry.user_agent = head_->field("User-Agent");
  entry.cache = cache_word_;
  entry.status = complete ? sent_status_ : 499;
  entry.body_bytes = no_body ? 0 : sent_bytes_;
  entry.wall = service_.clock.wall();
  entry.duration_ms = static_cast<double>(service_.clock.steady() - began_);
  service_.access_log.write(entry);
}

}  // namespace larder::server
