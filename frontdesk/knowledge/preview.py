"""What a file would be cut into: a look before it is uploaded, or before a document is cut otherwise."""

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from frontdesk.errors import Invalid, Unavailable
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.knowledge.chunking import ChunkText, Measure
from frontdesk.knowledge.parsing import check_upload

SECONDS = 20.0
MOST_COUNTED = 2000
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Cut:
    """The first passages, and how many there are; not complete when there are more than were counted in time."""

    passages: Sequence[ChunkText]
    count: int
    is_complete: bool


class Preview:
    """Reads one file at a time, for at most `seconds`. Nothing is kept."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._reader = Reader(silent_s=seconds)
        self._reading = threading.Lock()

    def close(self) -> None:
        """End the process that reads files."""
        self._reader.close()

    def cut(self, path: Path, name: str, measure: Measure) -> Cut:
        """What the file would be cut into; `name` tells by its extension how to read it.

        Raises Invalid as `parse` does, and with preview_slow when nothing was read in time; Unavailable while other
        files keep this one waiting.
        """
        check_upload(path, name)
        if not self._reading.acquire(timeout=self._seconds):
            raise Unavailable("Other files are being looked at; please try again in a moment.", code="preview_busy")
        try:
            return self._cut(path, name, measure)
        except ReadingFailed as error:
            raise Unavailable(
                "The file could not be read just now; please try again.", code="reading_failed"
            ) from error
        finally:
            self._reading.release()

    def _cut(self, path: Path, name: str, measure: Measure) -> Cut:
        due = time.monotonic() + self._seconds
        shown: list[ChunkText] = []
        count = 0
        with closing(self._reader.chunks(path, name, measure)) as chunks:
            try:
                for found in chunks:
                    if count == MOST_COUNTED or time.monotonic() > due:
                        return Cut(shown, count, is_complete=False)
                    count += 1
                    if len(shown) < MOST_SHOWN:
                        shown.append(found)
            except Invalid as error:
                if error.code != "file_too_large" or time.monotonic() < due:
                    raise
                if not shown:
                    raise Invalid(
                        "Reading this file takes too long for a look beforehand.", code="preview_slow"
                    ) from error
                return Cut(shown, count, is_complete=False)
        return Cut(shown, count, is_complete=True)
