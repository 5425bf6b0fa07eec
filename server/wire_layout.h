// Wire layout: what a parser that splits a request head in place has swallowed, told from the gaps between the pieces.
//
// libmicrohttpd 0.9 leaves the pieces where they were received and ends each with a NUL; the CR LF of a line become
// two. A gap of any other form means that the head on the wire was not what the pieces say: a NUL within a line (the
// value is cut there), a folded line (which it appends to the name), a bare LF, blanks where the grammar has none, a
// line without a name. Each of them is a way to smuggle a request past a parser that reads it differently. RFC
// 9112 2.2, 5.
#pragma once

#include <cstddef>

#include "server/request.h"

namespace larder::server {

// `head`: views into the received bytes, the target excepted, which has been copied; `target_at` is where it stood.
// `size`: bytes of the whole head, from the method to the blank line, both included. Those bytes must still be there.
bool clean_layout(const RequestHead& head, const char* target_at, std::size_t size);

}  // namespace larder::server
