"""What the terminal is told."""

import sys
import time
from collections.abc import Iterable
from contextlib import suppress


class Screen:
    """Lines on standard output; a terminal that is gone must not keep anything from being stopped."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        can_draw = (sys.stdout.encoding or "").lower().startswith("utf")
        self._tick, self._cross, self._turn = ("✓", "✗", "↻") if can_draw else ("ok", "!!", "..")

    @property
    def age_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._begin

    def line(self, text: str = "") -> None:
        """One line as it is."""
        with suppress(OSError):
            print(text, flush=True)

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
