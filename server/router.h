// Router: which file, script or refusal answers a path. What the design calls "route".
//
// Rules, in order: hidden names (a segment that begins with '.', except /.well-known/) are not found; a path with an
// existing .php file in it runs that script, the rest being PATH_INFO, unless it lies below php.deny (403); an existing
// file is served, but never the source of a script, whatever the letter case, trailing dots or blanks of its name; a
// directory gets its slash, then its index file; everything else goes to the front controller, or is 404. Links that
// lead out of the root, short FAT names and program text are 404, unreadable files and devices 403. A drive that fails
// is 503, never "not found". Threads: pure but for the look-ups in the root.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/site_root.h"
#include "server/target.h"

namespace larder::server {

struct RouteRules {
  std::vector<std::string> index;  // file names, in order
  std::string front_controller;    // "/index.php", or empty for none
  std::vector<std::string> deny;   // path prefixes below which no PHP runs, each with slashes at both ends
};

struct StaticRoute {
  Entry entry;
  std::string name;
};  // name: last segment, for the media type
struct ScriptRoute {
  std::string script_name;  // "/blog/index.php"
  std::string path_info;    // "/more", or empty
};
struct RedirectRoute {
  std::string path;
};  // normal-form path with the slash added, query not included
struct RefusedRoute {
  int status;
};                         // 403, 404, 503
struct UncertainRoute {};  // Wait::never was asked for and the drive would have to be read

using Route = std::variant<StaticRoute, ScriptRoute, RedirectRoute, RefusedRoute, UncertainRoute>;

Route route(const Target&, const SiteRoot&, const RouteRules&, Wait wait);

// True for names that may be program text: *.php, *.PHP, "x.php." (FAT drops trailing dots), *.phtml, *.phar, *.php7,
// *.inc, and whatever an editor or a careful admin made of them: "x.php~", "x.php.bak", "#x.php#" ...
bool looks_like_script(std::string_view name);

}  // namespace larder::server
