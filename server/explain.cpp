#include "server/explain.h"

#include <fmt/core.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "cache/freshness.h"
#include "cache/response_control.h"
#include "cache/reuse.h"
#include "cache/validators.h"
#include "cache/variants.h"
#include "cache/vary.h"
#include "server/intake.h"

namespace larder::server {
namespace {

constexpr std::chrono::seconds kPatience{3};  // for the drive

// What a thread of the drive's gives, or `late` when that takes too long. The promise outlives whoever gave up.
template <class T, class Ask>
T wait_for(Ask ask, T late) {
  auto promise = std::make_shared<std::promise<T>>();
  auto future = promise->get_future();
  ask([promise](T value) { promise->set_value(std::move(value)); });
  return future.wait_for(kPatience) == std::future_status::ready ? future.get() : std::move(late);
}

// The request that the question speaks of. Its head points into it.
class Asked {
 public:
  static Result<std::unique_ptr<Asked>> from(const Question& question) {
    auto asked = std::unique_ptr<Asked>(new Asked(question));
    const std::string& url = asked->question_.url;
    const std::size_t colon = url.find("://");
    const std::string_view scheme = std::string_view(url).substr(0, std::min(colon, url.size()));
    if (colon == std::string::npos || (scheme != "http" && scheme != "https"))
      return Error{fmt::format("{} is no URL: it has to begin with http:// or https://", url)};
    const std::size_t host = colon + 3, path = std::min(url.find_first_of("/?", host), url.size());
    if (path == host) return Error{fmt::format("{} is no URL: it has no host", url)};
    asked->head_.tls = scheme == "https";
    asked->target_ = (path < url.size() && url[path] == '/' ? "" : "/") + url.substr(path);
    asked->head_.target = asked->target_;
    bool has_host = false;
    for (const std::string& line : asked->question_.fields) {
      const std::size_t end = line.find(':');
      if (end == std::string::npos || end == 0) return Error{fmt::format("\"{}\" is no field: \"Name: value\"", line)};
      std::string_view value = std::string_view(line).substr(end + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      asked->head_.fields.add({std::string_view(line).substr(0, end), value});
      has_host = has_host || equals_ignoring_case(line.substr(0, end), "Host");
    }
    if (!has_host) asked->head_.fields.add({"Host", std::string_view(url).substr(host, path - host)});
    return asked;
  }
  const RequestHead& head() const { return head_; }

 private:
  explicit Asked(const Question& question) : question_(question) {
    head_.method = question_.method;
    head_.version = "HTTP/1.1";
    head_.peer = *Endpoint::parse("127.0.0.1");
  }
  const Question question_;
  std::string target_;
  RequestHead head_;
};

// One question being answered, in the order in which a request is (exchange.cpp).
class Explainer {
 public:
  Explainer(const RequestHead& head, const Service& service) : head_(head), service_(service) {
    take_in(head, service, in_);
    out_.now = service.clock.wall();
  }

  Explanation run() && {
    if (in_.refusal) {
      say("refused", fmt::format("{}: {}", in_.refusal->status, in_.refusal->reason), {}, "the request");
    } else if (in_.target.asterisk || head_.method == "PURGE" || in_.target.path == "/larder/purge" || own_page()) {
      say("Larder's own", "Larder answers this itself; no page is looked up", {}, {});
    } else {
      if (in_.bypass.empty()) look_up();
      if (!out_.page || !out_.in_memory || !answer_stored()) follow_route();
    }
    return std::move(out_);
  }

 private:
  void say(std::string_view answer, std::string why, std::string rule, std::string origin) {
    out_.answer = answer;
    out_.why = std::move(why);
    out_.rule = std::move(rule);
    out_.origin = std::move(origin);
  }
  void say_by(std::string_view answer, std::string why, const std::string& setting) {
    say(answer, std::move(why), setting, origin(setting));
  }
  // Of a site's setting: that of the site without a name, or of the first that has one.
  std::string origin(const std::string& setting) const {
    const auto found = service_.origins.find(setting);
    return found == service_.origins.end() ? std::string() : found->second;
  }

  bool own_page() const {
    return in_.target.path == "/larder/health" ||
           (in_.target.path == "/larder/stats" && any_contains(service_.stats_allow, in_.view.client));
  }

  // --- The page ---

  void look_up() {
    out_.key = cache::make_key(in_.view.scheme, in_.view.host, in_.target.path, in_.target.query, in_.target.has_query,
                               service_.ignored_params);
    find();
    if (out_.page && cache::is_variant_list(*out_.page)) {
      const auto names = cache::varies_on(*out_.page);
      for (const std::string& name : names)
        out_.variant +=
            fmt::format("{}{}", out_.variant.empty() ? "" : "\n", cache::secondary_key({name}, head_.fields));
      out_.key = cache::variant_key(*out_.page, cache::secondary_key(names, head_.fields));
      find();
    }
    if (out_.page) explain_lifetime();
  }

  void find() {
    out_.page = service_.store.peek(out_.key);
    out_.in_memory = out_.page != nullptr;
    out_.in_ring = service_.store.may_be_on_flash(out_.key);
    if (out_.in_memory || !out_.in_ring) return;
    out_.page =
        wait_for<cache::PagePtr>([&](auto give) { service_.store.peek_on_flash(out_.key, std::move(give)); }, nullptr);
    out_.in_ring = out_.page != nullptr;
  }

  void explain_lifetime() {
    const auto control = cache::response_control(out_.page->fields);
    const auto& said = control.directives;
    const auto declared = cache::declared_lifetime(out_.page->fields, control, out_.page->created);
    out_.lifetime_origin = "the page";
    if (said.no_cache)
      out_.lifetime_rule = fmt::format("{}: no-cache", control.source);
    else if (declared && (said.s_maxage || said.max_age))
      out_.lifetime_rule = fmt::format("{}: {}", control.source, said.s_maxage ? "s-maxage" : "max-age");
    else if (declared)
      out_.lifetime_rule = "Expires";
    else
      set_default_lifetime();
    if (declared && !said.no_cache && out_.page->lifetime < *declared)
      out_.lifetime_rule += ", ended by a purge or a stop that was not in order";
  }
  void set_default_lifetime() {
    out_.lifetime_rule = "cache.default_ttl";
    out_.lifetime_origin = origin(out_.lifetime_rule);
  }

  cache::CacheControl wishes() const {
    return asks_something(head_, service_) ? wishes_of(head_) : cache::CacheControl();
  }

  // Whether the page may be sent without PHP; says so then.
  bool answer_stored() {
    using Verdict = cache::Reuse::Verdict;
    reuse_ = cache::judge_reuse(*out_.page, wishes(), service_.render.stale, out_.now);
    const std::string rule(reuse_.rule);
    if (reuse_.verdict == Verdict::hit) {
      say("hit", "the stored page is fresh", out_.lifetime_rule, out_.lifetime_origin);
      return true;
    }
    if (reuse_.verdict == Verdict::hit_and_refresh) {
      const bool by_client = reuse_.rule == "max-stale";
      const auto control = cache::response_control(out_.page->fields);
      const bool by_page = control.directives.stale_while_revalidate.has_value();
      const std::string why = "the stored page is stale, and is sent while one render makes it anew";
      if (by_client)
        say("stale", why, "Cache-Control: max-stale", "the request");
      else if (by_page)
        say("stale", why, fmt::format("{}: stale-while-revalidate", control.source), "the page");
      else
        say_by("stale", why, "cache.stale_while_revalidate");
      return true;
    }
    if (!reuse_.if_error || !service_.flights.has_failed(out_.key)) return false;
    say_by("stale", "PHP has just failed for this page, so the stored one is sent", "cache.stale_if_error");
    return true;
  }

  // --- Where else the answer comes from ---

  // Found out by the thread that waits for the drive; what it needs is its own, since it may be late.
  struct Way {
    std::string_view answer;  // empty: a script
    std::string why;
  };
  static Way way_of(const Route& route) {
    if (std::holds_alternative<ScriptRoute>(route)) return {{}, std::get<ScriptRoute>(route).script_name};
    if (std::holds_alternative<StaticRoute>(route)) return {"file", "a file of the site has this name"};
    if (std::holds_alternative<RedirectRoute>(route))
      return {"redirect", "this is a directory, and the slash is missing"};
    if (const auto* refused = std::get_if<RefusedRoute>(&route))
      return {"refused", fmt::format("{}: there is nothing of this name that is served", refused->status)};
    return {"refused", "503: the drive does not say what has this name"};
  }
  Way find_way() const {
    return wait_for<Way>(
        [&](auto give) {
          const bool posted = service_.files.post([give, site = in_.site, raw = std::string(head_.target)] {
            const ParsedTarget parsed = parse_target(raw, "GET");
            give(way_of(route(parsed.target, site->root, site->rules, Wait::allowed)));
          });
          if (!posted) give(way_of(UncertainRoute{}));
        },
        way_of(UncertainRoute{}));
  }

  void follow_route() {
    const Way way = find_way();
    if (!way.answer.empty()) return say(way.answer, way.why, {}, {});
    if (!in_.bypass.empty()) return explain_bypass(way.why);
    if (out_.page && (out_.in_memory || !answer_stored())) return explain_question();
    if (out_.page) return;
    explain_miss();
  }

  void explain_bypass(const std::string& script) {
    const std::string_view name = bypassing_name(in_.bypass, service_.cache_rules, head_, in_.target);
    const std::string why = fmt::format("{} is asked and its answer is not kept", script);
    if (in_.bypass == "cookie")
      return say_by("asks PHP", fmt::format("{}: cookie {}", why, name), "cache.bypass_cookies");
    if (in_.bypass == "path") return say_by("asks PHP", fmt::format("{}: path {}", why, name), "cache.bypass_paths");
    if (in_.bypass == "query")
      return say_by("asks PHP", fmt::format("{}: parameter {}", why, name), "cache.bypass_params");
    if (in_.bypass == "unknown-host")
      return say_by("asks PHP", fmt::format("{}: no site has the host {}", why, in_.view.host), "site.hosts");
    if (in_.bypass == "method")
      return say("asks PHP", fmt::format("{}: {} is neither GET nor HEAD", why, name), "method", "the request");
    const std::string_view field = in_.bypass == "authorization" ? "Authorization"
                                   : in_.bypass == "nonce"       ? "X-WP-Nonce"
                                                                 : "a body";
    say("asks PHP", fmt::format("{}: the request has {}", why, field), std::string(field), "the request");
  }

  // There is a page, and it is not good enough.
  void explain_question() {
    const bool validates = cache::can_be_validated(out_.page->fields);
    const std::string why = validates ? "PHP is asked whether the stored page is still right"
                                      : "the stored page is not good enough, and PHP renders another";
    const auto control = cache::response_control(out_.page->fields);
    if (wishes().only_if_cached) return explain_nothing_stored();
    if (reuse_.why == "request")
      return say("asks PHP", why, fmt::format("Cache-Control: {}", reuse_.rule), "the request");
    if (reuse_.rule == "expired") return say("asks PHP", why, out_.lifetime_rule, out_.lifetime_origin);
    say("asks PHP", why, fmt::format("{}: {}", control.source, reuse_.rule), "the page");
  }
  void explain_nothing_stored() {
    say("nothing stored", "504: the request wants a stored page only", "Cache-Control: only-if-cached", "the request");
  }

  void explain_miss() {
    if (wishes().only_if_cached) return explain_nothing_stored();
    if (wishes().no_store)
      return say("asks PHP", "nothing is stored, and the request wants it so", "Cache-Control: no-store",
                 "the request");
    const std::string_view last = service_.flights.why_separate(out_.key);
    if (last.empty()) return say("asks PHP", "nothing is stored under this key", {}, {});
    say("asks PHP", fmt::format("nothing is stored: PHP's last answer was not one for all ({})", last),
        std::string(last), "PHP's last answer");
  }

  const RequestHead& head_;
  const Service& service_;
  Intake in_;
  cache::Reuse reuse_;
  Explanation out_;
};

}  // namespace

Result<Explanation> explain(const Question& question, const Service& service) {
  const auto asked = Asked::from(question);
  if (!asked) return asked.error();
  return Explainer((*asked)->head(), service).run();
}

}  // namespace larder::server
