#include "server/failure.h"

namespace larder::server {

Failure failure_of(fastcgi::Outcome outcome) {
  using fastcgi::Outcome;
  switch (outcome) {
    case Outcome::queue_full:
      return {503, true, "queue-full", "Too many pages are being made now. Please try again."};
    case Outcome::queue_expired:
      return {503, true, "queue-wait", "Making this page would take too long now. Please try again."};
    case Outcome::stopping:
      return {503, true, "stopping", "This server is being stopped. Please try again."};
    case Outcome::no_worker:
      return {503, true, "no-worker", "PHP is not running now. Please try again."};
    case Outcome::timed_out:
      return {504, false, "timeout", "Making this page took too long."};
    case Outcome::died_before_head:
    case Outcome::died_midway:
      return {502, true, "died", "PHP ended before the page was complete."};
    case Outcome::malformed:
      return {502, true, "malformed", "PHP gave an answer that is no page."};
    case Outcome::body_failed:
      return {500, false, "body-lost", "The request body could not be read back."};
    case Outcome::complete:
    case Outcome::abandoned:
      break;
  }
  return {500, false, "internal", "This should not happen."};
}

}  // namespace larder::server
