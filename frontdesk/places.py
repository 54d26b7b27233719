"""Places for what would take threads from everything else: a few at once, and nobody waits in line."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from frontdesk.errors import Unavailable


class Places:
    """So many at once; whoever comes when all are taken is told to come again."""

    def __init__(self, at_once: int, code: str) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._code = code

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place, until what it is for is done. Raises Unavailable, with the code, when all are taken."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("Many ask for this right now; please try again in a moment.", code=self._code)
        try:
            yield
        finally:
            self._free.release()
