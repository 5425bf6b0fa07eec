"""Waiting for the board. The bounds are generous: they only end what would never come."""
import time

BOOT = 600  # seconds; an idle machine needs 40
CHANGE = 240  # for a service to start, a mount to come


def until(seconds, condition, *arguments):
    """What the condition returned when it was true, or False. That the board does not answer yet counts as not true."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := condition(*arguments):
                return found
        except OSError:
            pass
        except Exception as error:  # http.client has exceptions of its own for half an answer
            if type(error).__module__ not in ("http.client", "machine"):
                raise
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
