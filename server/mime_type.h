// MimeType: the media type of a file by the extension of its name. Pure.
#pragma once

#include <string_view>

namespace larder::server {

// With "; charset=utf-8" for text; "application/octet-stream" for names without a known extension. A static text.
std::string_view mime_type(std::string_view name);

}  // namespace larder::server
