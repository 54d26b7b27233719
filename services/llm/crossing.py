"""The way of the pieces from the inference thread to the event loop.

Waking the loop costs more than what it does for a token, all the more as both threads want the interpreter. So a
model that writes faster than anybody can read wakes it only so often.
"""

import asyncio
import threading

from services.llm.generation import Job, Piece, Text

PAUSE_S = 0.008
"""How long text may wait for more when the last has just gone; beginnings and ends of replies do not wait."""


class Crossing:
    """Gives pieces to their jobs, in the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: list[tuple[Job, Piece]] = []
        self._will_look = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Pieces go to the event loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def send(self, pieces: list[tuple[Job, Piece]]) -> None:
        """To be called by the inference thread, once per step."""
        is_urgent = any(type(piece) is not Text for _, piece in pieces)
        with self._lock:
            self._pieces += pieces
            wakes = is_urgent or not self._will_look
            self._will_look = True
        if wakes and self._loop:
            self._loop.call_soon_threadsafe(self._give, self._loop)

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        is_busy = now - self._looked < 2 * PAUSE_S
        with self._lock:
            pieces, self._pieces = self._pieces, []
            self._will_look = bool(pieces) and is_busy
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if pieces:
            self._looked = now
            if is_busy:
                self._timer = loop.call_later(PAUSE_S, self._give, loop)
        for job, piece in pieces:
            job.listen(piece)
