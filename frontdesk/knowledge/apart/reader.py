"""The side that asks: what is in a file, from a process of its own, or Invalid with what to do about the file."""

import base64
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from frontdesk.errors import Invalid
from frontdesk.knowledge.apart.confinement import TOO_MUCH
from frontdesk.knowledge.chunking import ChunkText, Measure
from frontdesk.knowledge.entry_files.rows import FileRow
from frontdesk.knowledge.parsing import Location, Picture
from frontdesk.knowledge.parsing.progress import Listener, unheard
from frontdesk.knowledge.parsing.raw_rows import RawRow
from frontdesk.knowledge.parsing.redrawing import Drawing

SILENT_SECONDS = 300.0
"""How long one file may keep everybody waiting for its next chunk or page."""
LONGEST_LINE = 16 * 1024 * 1024
ENDING_SECONDS = 5.0
KNOWN = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX")
"""What of the environment is passed on; addresses and passwords of the stores are not."""
STANDARD = Measure()
OVERRUN = {TOO_MUCH, -signal.SIGXCPU}
CRASH = {-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGILL, -signal.SIGFPE}


class ReadingFailed(Exception):
    """The process that reads has ended, and not through the file as far as can be told; another try may succeed."""


class Reader:
    """Has files read. A process that has read one is kept for the next."""

    def __init__(self, silent_s: float = SILENT_SECONDS) -> None:
        self._silent_s = silent_s
        self._idle: list[_Server] = []

    def chunks(self, path: Path, name: str, measure: Measure = STANDARD) -> Generator[ChunkText]:
        """The chunks of a file, as they are read; `name` tells by its extension how.

        Raises Invalid as `parse` does; with file_too_large for a file that takes too much memory or time, and with
        file_broken for one that crashes what reads it. Raises ReadingFailed.
        """
        for found in self._found(path, name, "chunks", asdict(measure)):
            yield _chunk(*found)

    def chunks_and_pictures(
        self, path: Path, name: str, measure: Measure = STANDARD, progress: Listener = unheard
    ) -> Generator[ChunkText | Picture]:
        """The same, and behind them the pictures that they name by their digests; one that they name and that does
        not come turned out to stand everywhere. `progress` is told how far it is, about every second. Raises as
        `chunks` does.
        """
        for found in self._found(path, name, "chunks_and_pictures", asdict(measure), progress):
            if isinstance(found, dict):
                yield Picture(**{**found, "content": base64.b64decode(found["content"])})
            else:
                yield _chunk(*found)

    def entries(self, path: Path, name: str) -> Iterator[FileRow]:
        """The rows of a file of entries, as they are read.

        Raises Invalid as `read_rows` does, and as `chunks` does for a file that is too much. Raises ReadingFailed.
        """
        for number, id_, questions, answer, unreadable in self._found(path, name, "entries"):
            yield FileRow(number, id_, tuple(questions), answer, unreadable)

    def raw_rows(self, path: Path, name: str) -> Iterator[RawRow]:
        """The rows of a table or of JSON, as they are read.

        Raises Invalid as `read_raw_rows` does, and as `chunks` does for a file that is too much; ReadingFailed.
        """
        for number, cells, named, unreadable in self._found(path, name, "raw_rows"):
            yield RawRow(number, tuple(cells), named and tuple((key, value) for key, value in named), unreadable)

    def drawing(self, path: Path) -> Drawing:
        """A picture that somebody sent, drawn anew.

        Raises Invalid as `redraw_sent` does, and as `chunks` does for one that is too much; ReadingFailed.
        """
        (found,) = self._found(path, path.name, "drawing")
        return Drawing(**{**found, "content": base64.b64decode(found["content"])})

    def _found(
        self,
        path: Path,
        name: str,
        wanted: str,
        options: Mapping[str, int] | None = None,
        progress: Listener = unheard,
    ) -> Iterator[Any]:
        server = self._idle.pop() if self._idle else _Server()
        is_done = False
        try:
            server.ask(path, name, wanted, options or {})
            while not is_done:
                message = server.answer(self._silent_s)
                if found := message.get("found"):
                    yield found
                elif read := message.get("read"):
                    progress(*read)
                else:
                    is_done = True
        finally:
            if is_done:
                self._idle.append(server)
            else:  # nobody wants the rest, or there is none
                server.stop()
        _check(message)

    def close(self) -> None:
        """End the processes that are kept."""
        while self._idle:
            self._idle.pop().stop()


class _Server:
    """A process that reads."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "frontdesk.knowledge.apart.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={variable: os.environ[variable] for variable in KNOWN if variable in os.environ},
            start_new_session=True,  # Ctrl-C is the parent's business
        )
        self._requests, self._answers = cast(Any, self._process.stdin), cast(Any, self._process.stdout)
        self._read = b""

    def ask(self, path: Path, name: str, wanted: str, options: Mapping[str, int]) -> None:
        """Have it read a file; raises ReadingFailed."""
        request = json.dumps([str(path.absolute()), name, wanted, dict(options)]) + "\n"
        try:
            self._requests.write(request.encode())
        except OSError as error:
            raise ReadingFailed("The process that reads files has ended.") from error

    def answer(self, silent_s: float) -> dict[str, Any]:
        """The next line that it says; raises ReadingFailed, and Invalid when it says none for so long."""
        while b"\n" not in self._read:
            if not select.select([self._answers], [], [], silent_s)[0] or len(self._read) > LONGEST_LINE:
                raise _overrun()
            more = self._answers.read(65536)
            if not more:
                raise ReadingFailed("The process that reads files has ended.")
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def stop(self) -> None:
        """End it and whatever it is reading."""
        self._requests.close()
        self._answers.close()
        try:
            self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _chunk(text: str, heading: str | None, location: dict[str, Any], pictures: Iterable[str]) -> ChunkText:
    return ChunkText(text, heading, Location(**location), tuple(pictures))


def _check(message: dict[str, Any]) -> None:
    """Raise what the last message says."""
    if refused := message.get("refused"):
        text, code, details = refused
        raise Invalid(text, code=code, details=details)
    status = message.get("died", 0)
    if status in OVERRUN:
        raise _overrun()
    if status in CRASH:
        raise Invalid(
            "This file is damaged in a way that stops what reads it. Open it in the program that made it, save it "
            "and upload it again.",
            code="file_broken",
        )
    if status:
        raise ReadingFailed(f"The process that read the file ended with {status}.")


def _overrun() -> Invalid:
    return Invalid(
        "Reading this file takes more time or memory than one file may have. Split it and upload the parts.",
        code="file_too_large",
    )
