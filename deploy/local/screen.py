"""What the terminal is told: lines that stay, and below them one that changes while something gets ready."""

import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

CLEAR_LINE = "\r\x1b[K"


class Screen:
    """Lines on standard output; a terminal that is gone must not keep anything from being stopped."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        can_draw = (sys.stdout.encoding or "").lower().startswith("utf")
        signs = ("✓", "✗", "↻", "…") if can_draw else ("ok", "!!", "..", "..")
        self._tick, self._cross, self._turn, self._wait = signs
        self._can_redraw = sys.stdout.isatty()
        self._current = ""

    @property
    def age_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begin

    def line(self, text: str = "") -> None:
        """One line as it is."""
        self._print(f"{text}\n")

    def now(self, title: str, text: str) -> None:
        """What something is doing at this moment, in place of what it was doing; nothing when that is over.

        Only a terminal shows it: in a file, lines stay.
        """
        self._current = f"  {self._wait} {title:<24}{text}" if text else ""
        self._print("")

    def _print(self, text: str) -> None:
        if self._can_redraw:
            room = shutil.get_terminal_size().columns - 1
            text = f"{CLEAR_LINE}{text}{self._current[:room]}"
        with suppress(OSError):
            print(text, end="", flush=True)

    def done(self, title: str, seconds: float) -> None:
        """A part answers or a step has succeeded."""
        self.line(f"  {self._tick} {title:<24}{seconds:6.1f} s")

    def again(self, text: str) -> None:
        """A part is started again."""
        self.line(f"  {self._turn} {text}")

    def trouble(self, text: str, lines: Iterable[str] = ()) -> None:
        """Something is wrong, with the last lines that were printed about it."""
        self.line(f"  {self._cross} {text}")
        for line in lines:
            self.line(f"      {line}")

    def table(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names and values under each other."""
        for name, value in rows:
            self.line(f"  {name:<16}{value}")
