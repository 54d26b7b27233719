"""Text recognition (OCR) by the program tesseract, where it is installed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken
from frontdesk.knowledge.parsing.blocks import Location, Piece
from frontdesk.knowledge.parsing.writing import begins_anew, join_words, join_wrapped

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 32_000
HOW_TO_INSTALL = (
    "To have the text in pictures and scans recognised, install tesseract where documents are read: "
    "apt-get install tesseract-ocr tesseract-ocr-chi-sim"
)
_LANGUAGES = ("chi_sim", "eng")
_ORIENTATION = "osd"
_MOST_SECONDS = 120
# What it makes of drawings and of letters upside down stays below; ordinary print is read with 85 and more.
_LEAST_CONFIDENCE = 50
_WORD = "5"
# All that it tells of a TIFF cut short: it goes on as if nothing were on the page.
_UNREADABLE = b"Error in pixRead"


class _Word(NamedTuple):
    """A row of tesseract's table: the numbers of paragraph and line, how sure it is, and the word."""

    paragraph: tuple[str, str]
    line: str
    confidence: float
    text: str


def is_installed() -> bool:
    """True when text can be recognised here."""
    return _program() is not None


def recognise(picture: Path, place: Location, *, page: int = 0) -> Iterator[Piece]:
    """The paragraphs in a picture, columns one after the other, whichever way up it is; `page` counts from 0.

    Raises Invalid: file_no_text where nothing to recognise text with is installed, file_broken for a picture that
    can not be read, file_too_large for one that takes too long.
    """
    program = _program()
    if program is None:
        raise Invalid(f"The text in this file is a picture. {HOW_TO_INSTALL}.", code="file_no_text")
    available = _run(program, "--list-langs").split()
    languages = [language for language in _LANGUAGES if language in available]
    layout = "1" if _ORIENTATION in available else "3"
    options = ["-l", "+".join(languages or _LANGUAGES), "--psm", layout, "-c", f"tessedit_page_number={page}"]
    words = _words(_run(program, str(picture), "stdout", *options, "tsv"))
    for _, paragraph in groupby(words, key=lambda word: word.paragraph):
        yield from (Piece(text, place=place) for text in _texts(list(paragraph)))


def _program() -> str | None:
    return shutil.which("tesseract")


def _run(program: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [program, *arguments],
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_MOST_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Invalid(
            "It takes too long to recognise the text in this picture. Cut it into parts and upload those.",
            code="file_too_large",
        ) from error
    except subprocess.CalledProcessError as error:
        raise broken() from error
    if _UNREADABLE in done.stderr:
        raise broken()
    return done.stdout.decode("utf-8", errors="replace")


def _words(table: str) -> Iterator[_Word]:
    for row in table.split("\n"):
        cells = row.split("\t")
        if cells[0] == _WORD and cells[-1].strip():
            _, _, block, paragraph, line, *_, confidence, text = cells
            yield _Word((block, paragraph), line, float(confidence), text.strip())


def _texts(words: list[_Word]) -> Iterator[str]:
    """The text of a paragraph; more than one for a list whose items stand close together."""
    letters = sum(len(word.text) for word in words)
    if sum(word.confidence * len(word.text) for word in words) < _LEAST_CONFIDENCE * letters:
        return
    text = ""
    for _, line in groupby(words, key=lambda word: word.line):
        joined = join_words(word.text for word in line)
        if text and begins_anew(joined):
            yield text
            text = ""
        text = join_wrapped(text, joined)
    yield text
