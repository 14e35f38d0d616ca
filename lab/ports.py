"""Free TCP ports on loopback."""

import random
import socket
import threading

LOOPBACK = "127.0.0.1"
# Below the ephemeral ranges of Linux (32768) and macOS (49152): no outgoing connection takes a port that was just
# found free and whose server has not started yet.
_RANGE = range(22_000, 30_000)
_handed_out: set[int] = set()
_lock = threading.Lock()


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens and that this process has not handed out before.

    Raises:
        RuntimeError: if a thousand tries found none.

    """
    choose = random.SystemRandom()
    for _ in range(1_000):
        port = choose.choice(_RANGE)
        with _lock:
            if port in _handed_out or not _is_free(port):
                continue
            _handed_out.add(port)
            return port
    raise RuntimeError(f"no free TCP port on {LOOPBACK} between {_RANGE.start} and {_RANGE.stop}")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
