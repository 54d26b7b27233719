"""`python -m frontdesk.knowledge.apart.server`: reads one file after the other, each in a confined child.

A request is a line of JSON on standard input: the file's path, its name, what is wanted of it, `chunks`,
`chunks_and_pictures`, `entries`, `raw_rows` or a `drawing`, and how: the `size` and `overlap` of chunks. The answer
is lines of JSON on standard output: `{"found": ...}` for each of those (pictures come last), between them
`{"read": [done, total]}` at most once a second, then `{"end": 0}`, `{"refused": ...}` or, with how the child ended,
`{"died": ...}`. Forking from here costs milliseconds, since all that reads is loaded already; and here are no
threads, no connections and no secrets of which a child would get a copy.
"""

import base64
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple
from functools import partial
from pathlib import Path
from typing import IO

from frontdesk.errors import Invalid
from frontdesk.knowledge.apart.confinement import TOO_MUCH, confine
from frontdesk.knowledge.chunking import ChunkText, chunk
from frontdesk.knowledge.entry_files.reading import read_rows
from frontdesk.knowledge.parsing import Album, parse
from frontdesk.knowledge.parsing.progress import Listener
from frontdesk.knowledge.parsing.raw_rows import read_raw_rows
from frontdesk.knowledge.parsing.redrawing import redraw_sent

TELL_SECONDS = 1.0


def main() -> None:
    """Answer requests until nobody asks any more."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    for line in sys.stdin.buffer:
        path, name, wanted, options = json.loads(line)
        child = os.fork()
        if child == 0:
            read = partial(_READERS[wanted], Path(path), name, _Telling(answers), **options)
            os._exit(_be_child(answers, read))
        if status := _wait(child):
            _tell(answers, died=status)


def _wait(child: int) -> int:
    """How the child ended: its exit code, or the negative of a signal. When nobody asks any more, both end."""
    ending = os.pidfd_open(child)
    watched = select.poll()
    watched.register(ending, select.POLLIN)
    watched.register(sys.stdin, 0)  # tells when its other end is closed
    if ending not in dict(watched.poll()):
        os.killpg(child, signal.SIGKILL)
        os._exit(0)
    os.close(ending)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be_child(answers: IO[str], read: Callable[[], Iterator[object]]) -> int:
    """Read the file and tell what is in it; the exit code."""
    try:
        os.setpgid(0, 0)
        confine()
        _read(answers, read)
    except MemoryError:
        return TOO_MUCH
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _read(answers: IO[str], read: Callable[[], Iterator[object]]) -> None:
    try:
        for found in read():
            _tell(answers, found=found)
    except Invalid as error:
        if isinstance(error.__cause__, MemoryError):  # which is not what a library makes of it
            raise error.__cause__ from error
        _tell(answers, refused=[error.message, error.code, error.details])
    else:
        _tell(answers, end=0)


class _Telling:
    """Says how far the reading is, at once and then at most once a second."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._next = 0.0

    def __call__(self, done: int, total: int) -> None:
        moment = time.monotonic()
        if moment >= self._next:
            _tell(self._answers, read=[done, total])
            self._next = moment + TELL_SECONDS


def _chunks(path: Path, name: str, progress: Listener, size: int, overlap: int) -> Iterator[object]:
    return map(_told, chunk(parse(path, name, progress=progress), size=size, overlap=overlap))


def _chunks_and_pictures(path: Path, name: str, progress: Listener, size: int, overlap: int) -> Iterator[object]:
    album = Album()
    yield from map(_told, chunk(parse(path, name, album, progress), size=size, overlap=overlap))
    for picture in album.pictures():
        yield {**asdict(picture), "content": base64.b64encode(picture.content).decode("ascii")}


def _told(found: ChunkText) -> object:
    return found.text, found.heading, found.location.as_json(), found.pictures


def _entries(path: Path, name: str, progress: Listener) -> Iterator[object]:
    return map(astuple, read_rows(path, name))


def _raw_rows(path: Path, name: str, progress: Listener) -> Iterator[object]:
    return map(astuple, read_raw_rows(path, name))


def _drawing(path: Path, name: str, progress: Listener) -> Iterator[object]:
    drawing = redraw_sent(path.read_bytes())
    yield {**asdict(drawing), "content": base64.b64encode(drawing.content).decode("ascii")}


_READERS: dict[str, Callable[..., Iterator[object]]] = {
    "chunks": _chunks,
    "chunks_and_pictures": _chunks_and_pictures,
    "entries": _entries,
    "raw_rows": _raw_rows,
    "drawing": _drawing,
}


def _tell(answers: IO[str], **message: object) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
