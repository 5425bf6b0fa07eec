// Presets: what sites of one kind need of the rules for the cache, ready-made ([site] preset). They are the defaults of
// the settings below; what the ini says of one of these takes the place of all that the presets say of it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::server {

struct Preset {
  std::string_view name;
  std::string_view bypass_cookies, bypass_paths, bypass_params, deny;  // as in the ini
};

// The default.
inline constexpr Preset kWordPress = {
    .name = "wordpress",
    .bypass_cookies =
        "wordpress_logged_in_* wp-postpass_* comment_author_* woocommerce_items_in_cart woocommerce_cart_hash "
        "wp_woocommerce_session_* edd_items_in_cart PHPSESSID",
    .bypass_paths = "/wp-admin/ /wp-login.php /xmlrpc.php /wp-cron.php /cart/ /checkout/ /my-account/",
    .bypass_params = "preview preview_id preview_nonce unapproved moderation-hash _wpnonce",
    .deny = "/wp-content/uploads/",
};

std::string preset_names();  // with blanks between them

// What these presets together give a setting: every word of each, once. Nothing for a setting that no preset is about.
std::optional<std::string> preset_value(std::string_view section, std::string_view setting,
                                        const std::vector<std::string>& presets);

}  // namespace larder::server
