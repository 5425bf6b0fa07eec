#include "server/router.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/field.h"

namespace larder::server {
namespace {

// Calls use(begin, end) for each segment of a path that begins with '/', until it says false.
template <class Use>
void each_segment(std::string_view path, Use use) {
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin && !use(begin, end)) return;
    begin = end + 1;
  }
}

bool is_hidden(std::string_view path) {
  bool hidden = false;
  each_segment(path, [&](std::size_t begin, std::size_t end) {
    const bool well_known = begin == 1 && path.substr(1, end - 1) == ".well-known";
    hidden = path[begin] == '.' && !well_known;
    return !hidden;
  });
  return hidden;
}

// "GIT~1" or "WP-CON~1.PHP": the short second name that FAT gives to ".git" and "wp-config.php~".
bool is_short_alias(std::string_view name) {
  const auto base = name.substr(0, name.find('.'));
  const auto extension = name.size() > base.size() ? name.substr(base.size() + 1) : std::string_view();
  const auto tilde = base.rfind('~');
  if (tilde == std::string_view::npos || tilde + 1 == base.size() || base.size() > 8) return false;
  return extension.size() <= 3 && extension.find('.') == std::string_view::npos &&
         base.find_first_not_of("0123456789", tilde + 1) == std::string_view::npos;
}

bool on_fat(const Entry& entry) {
  struct statfs status {};
  return ::fstatfs(entry.fd.get(), &status) == 0 && status.f_type == MSDOS_SUPER_MAGIC;
}

// A file reached by its short FAT name went around every rule about names. Where such names do not exist, "photo~1.jpg"
// is just a file.
bool reached_by_alias(std::string_view path, const Entry& entry) {
  bool alias = false;
  each_segment(path, [&](std::size_t begin, std::size_t end) {
    alias = is_short_alias(path.substr(begin, end - begin));
    return !alias;
  });
  return alias && on_fat(entry);
}

// The name as the most forgiving file system would read it: FAT, exFAT and NTFS ignore case and trailing dots and
// blanks, and NTFS begins a stream at ':' ("evil.php::$DATA").
std::string folded(std::string_view name) {
  name = name.substr(0, name.find(':'));
  const auto last = name.find_last_not_of(". ");
  std::string result(name.substr(0, last == std::string_view::npos ? 0 : last + 1));
  std::transform(result.begin(), result.end(), result.begin(), ascii_lower);
  return result;
}

// With a slash at both ends.
std::string folded_path(std::string_view path) {
  std::string result = "/";
  each_segment(path, [&](std::size_t begin, std::size_t end) {
    result += folded(path.substr(begin, end - begin)) + '/';
    return true;
  });
  return result;
}

bool is_denied(std::string_view script_name, const std::vector<std::string>& deny) {
  const std::string script = folded_path(script_name);
  return std::any_of(deny.begin(), deny.end(),
                     [&](const std::string& prefix) { return script.starts_with(folded_path(prefix)); });
}

constexpr bool is_missing(int code) { return code == ENOENT || code == ENOTDIR; }

// One routing decision; each step gives an answer or leaves the question to the next.
class Routing {
 public:
  Routing(const Target& target, const SiteRoot& root, const RouteRules& rules, Wait wait)
      : target_(target), path_(target.file_path), root_(root), rules_(rules), wait_(wait) {}

  Route decide() {
    if (target_.asterisk || path_.empty() || is_hidden(path_)) return RefusedRoute{404};
    if (!target_.ambiguous) {
      if (auto script = script_in_path()) return std::move(*script);
      if (auto file = file_or_directory()) return std::move(*file);
    }
    return front_controller();
  }

 private:
  Result<Entry> find(std::string_view path) const { return root_.find(path.substr(1), wait_); }

  // What a failed look-up means. "Leads out of the root" looks like "is not there"; a drive that fails does not, or its
  // pages would be remembered as missing.
  static Route failure(int code) {
    if (code == EAGAIN) return UncertainRoute{};
    if (code == EACCES || code == EPERM) return RefusedRoute{403};
    if (code == ELOOP || code == EXDEV) return RefusedRoute{404};
    return RefusedRoute{503};
  }

  Route script(std::string_view name, std::string_view path_info) const {
    if (is_denied(name, rules_.deny)) return RefusedRoute{403};
    return ScriptRoute{std::string(name), std::string(path_info)};
  }

  std::optional<Route> script_in_path() const {
    std::optional<Route> route;
    each_segment(path_, [&](std::size_t, std::size_t end) {
      const auto name = path_.substr(0, end);
      if (!name.ends_with(".php")) return true;
      const auto entry = find(name);
      if (entry.ok() && entry->is_directory()) return true;
      if (entry.ok())
        route = reached_by_alias(name, *entry) ? Route(RefusedRoute{404}) : script(name, path_.substr(end));
      else if (!is_missing(entry.error().code))
        route = failure(entry.error().code);
      return false;  // below what is missing nothing exists
    });
    return route;
  }

  std::optional<Route> file_or_directory() const {
    auto entry = find(path_);
    if (!entry.ok()) return is_missing(entry.error().code) ? std::nullopt : std::optional(failure(entry.error().code));
    if (reached_by_alias(path_, *entry)) return RefusedRoute{404};
    if (entry->is_directory()) return directory();
    if (path_.ends_with('/')) return std::nullopt;
    return file(std::move(*entry), path_);
  }

  static Route file(Entry entry, std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    if (looks_like_script(name)) return RefusedRoute{404};
    return StaticRoute{std::move(entry), std::string(name)};
  }

  std::optional<Route> directory() const {
    if (!path_.ends_with('/')) return RedirectRoute{std::string(target_.path) + "/"};
    for (const std::string& name : rules_.index) {
      const std::string index = std::string(path_) + name;
      auto entry = find(index);
      if (entry.ok() && entry->is_file())
        return index.ends_with(".php") ? script(index, "") : file(std::move(*entry), index);
      if (!entry.ok() && !is_missing(entry.error().code)) return failure(entry.error().code);
    }
    return std::nullopt;
  }

  Route front_controller() const {
    if (rules_.front_controller.empty()) return RefusedRoute{404};
    const auto entry = find(rules_.front_controller);
    if (entry.ok()) return entry->is_file() ? script(rules_.front_controller, "") : Route(RefusedRoute{404});
    return is_missing(entry.error().code) ? Route(RefusedRoute{404}) : failure(entry.error().code);
  }

  const Target& target_;
  std::string_view path_;
  const SiteRoot& root_;
  const RouteRules& rules_;
  Wait wait_;
};

}  // namespace

bool looks_like_script(std::string_view name) {
  // By the beginning of every part behind a dot, so that no list of the ways to say "backup" is needed:
  // "x.php~", "x.php.bak", "x.phpold", "#x.php#", "x.phtml", "x.php7", "x.php.jpg".
  constexpr std::array<std::string_view, 4> kProgram = {"php", "pht", "phar", "inc"};
  const std::string text = folded(name);
  for (auto dot = text.find('.'); dot != std::string::npos; dot = text.find('.', dot + 1)) {
    const auto part = std::string_view(text).substr(dot + 1);
    if (std::any_of(kProgram.begin(), kProgram.end(), [&](auto start) { return part.starts_with(start); })) return true;
  }
  return false;
}

Route route(const Target& target, const SiteRoot& root, const RouteRules& rules, Wait wait) {
  return Routing(target, root, rules, wait).decide();
}

}  // namespace larder::server
