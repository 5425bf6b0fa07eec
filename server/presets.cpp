#include "server/presets.h"

#include <algorithm>
#include <array>

#include "server/setting_value.h"

namespace larder::server {
namespace {

constexpr std::array<Preset, 5> kPresets = {{
    kWordPress,
    // The pages of a shop that belong to one customer, also where they are asked for by a parameter.
    {.name = "woocommerce",
     .bypass_cookies =
         "wordpress_logged_in_* wp-postpass_* comment_author_* woocommerce_* wp_woocommerce_session_* PHPSESSID",
     .bypass_paths = "/wp-admin/ /wp-login.php /xmlrpc.php /wp-cron.php /cart/ /checkout/ /my-account/ /wc-api/ "
                     "/wp-json/wc/",
     .bypass_params = "preview preview_id preview_nonce unapproved moderation-hash _wpnonce add-to-cart remove_item "
                      "undo_item removed_item wc-ajax wc-api order order-received pay_for_order key",
     .deny = "/wp-content/uploads/"},
    // It says of each answer itself who may keep it ($wgUseCdn); the rules only spare it being asked.
    {.name = "mediawiki",
     .bypass_cookies = "*UserID *UserName *Token *_session *LoggedOut PHPSESSID",
     .bypass_paths = "/mw-config/ /api.php /rest.php /w/mw-config/ /w/api.php /w/rest.php",
     .bypass_params = "veaction wpEditToken returnto returntoquery centralauthtoken",
     .deny = "/images/ /cache/ /w/images/ /w/cache/"},
    {.name = "dokuwiki",
     .bypass_cookies = "DW* DokuWiki DOKU_PREFS PHPSESSID",
     .bypass_paths = "/install.php /lib/exe/ajax.php /lib/exe/xmlrpc.php /lib/exe/jsonrpc.php /lib/exe/taskrunner.php",
     .bypass_params = "do rev rev2* sectok preview purge",
     .deny = "/data/ /conf/"},
    // The other presets know whom they must not give the page of somebody else; this one knows sessions of PHP only.
    {.name = "none", .bypass_cookies = "PHPSESSID", .bypass_paths = "", .bypass_params = "", .deny = ""},
}};

std::string_view value_of(const Preset& preset, std::string_view setting) {
  if (setting == "bypass_cookies") return preset.bypass_cookies;
  if (setting == "bypass_paths") return preset.bypass_paths;
  if (setting == "bypass_params") return preset.bypass_params;
  return preset.deny;
}

bool is_given(std::string_view section, std::string_view setting) {
  return section == "cache" ? setting.starts_with("bypass_") : section == "php" && setting == "deny";
}

}  // namespace

std::string preset_names() {
  std::string names;
  for (const Preset& preset : kPresets) names.append(names.empty() ? "" : " ").append(preset.name);
  return names;
}

std::optional<std::string> preset_value(std::string_view section, std::string_view setting,
                                        const std::vector<std::string>& presets) {
  if (!is_given(section, setting)) return std::nullopt;
  std::vector<std::string> words;
  for (const Preset& preset : kPresets) {
    if (std::find(presets.begin(), presets.end(), preset.name) == presets.end()) continue;
    for (std::string& word : split_words(value_of(preset, setting)))
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  std::string value;
  for (const std::string& word : words) value.append(value.empty() ? "" : " ").append(word);
  return value;
}

}  // namespace larder::server
