"""Which encoding a text file is in; a file whose encoding stays in doubt is refused rather than misread."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from charset_normalizer import from_bytes

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.scripts import plausibility

SAMPLE_BYTES = 64 * 1024
_BLOCK_BYTES = 1024 * 1024
_LEAST_PLAUSIBILITY = 0.7
_CLEAR_LEAD = 0.05

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "cp950", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1252", "cp1251")
_TWO_BIG5 = {"cp950", "big5hkscs"}
# Pages and exports name the older, smaller sets; these read everything those hold and what people put into them.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
}
# These switch between sets of characters by control characters, which no other text holds.
_SWITCHING = "iso2022"
# Codecs of Python's that are no encoding of documents.
_NO_ENCODINGS = frozenset(("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"))
# It reads nearly any bytes, so that it can is no sign that it was meant.
_READS_ANYTHING = "cp1252"
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_DECLARED_WITHIN = 4096
_TWO_HIGH_BYTES = re.compile(rb"[\x80-\xff]{2}")
_UTF16_TEXT = re.compile("[\t\n\r\x20-\x7e\u00a0-\u024f\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]")


def detect_encoding(path: Path, declared: str | None = None) -> str:
    """Name of the codec that reads the whole file, preferring what the file itself declares.

    Raises Invalid: file_wrong_type when the bytes are not text or their encoding can not be told,
    file_broken when they are UTF-8 with damage in it.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return _read_throughout(path, encoding)
    if b"\x00" in sample:
        return _read_throughout(path, _unmarked_utf16(sample))
    known = _known(declared) if declared else None
    if known and known.startswith(_SWITCHING):
        return _read_throughout(path, known)
    if len(_NOT_TEXT.findall(sample.decode("latin-1"))) > len(sample) / 200:
        raise _not_text()
    if known and _first_bad_byte(path, known) is not None:
        known = None
    if known and not _is_misread(path, known):
        return known
    bad = _first_bad_byte(path, "utf-8")
    if bad is None:
        return "utf-8"
    telling = _sample_at(path, bad)
    _refuse_damaged_utf8(path, telling)
    try:
        return _legacy(path, telling)
    except Invalid:
        if known:
            return known
        raise


def decode(content: bytes, declared: str | None = None) -> str:
    """The same for text that is part of a larger file; what it declares counts unless the bytes contradict it.

    Raises Invalid as `detect_encoding` does.
    """
    with NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        path = Path(file.name)
        return path.read_text(encoding=detect_encoding(path, declared))


def page_encoding(path: Path) -> str:
    """The same for a web page, which may name its encoding in its first lines."""
    with path.open("rb") as file:
        return detect_encoding(path, _declared(file.read(_DECLARED_WITHIN)))


def decode_page(content: bytes, declared: str | None = None) -> str:
    """`decode` for a web page in a larger file; what stands around the page counts more than what it says."""
    return decode(content, declared or _declared(content[:_DECLARED_WITHIN]))


def _declared(beginning: bytes) -> str | None:
    found = _DECLARED.search(beginning)
    return found.group(1).decode("ascii") if found else None


def _read_throughout(path: Path, encoding: str) -> str:
    bad = _first_bad_byte(path, encoding)
    if bad is not None:
        raise Invalid(
            f"This text is damaged around line {_line_at(path, bad)}. Open it in an editor, mend it, save it as "
            "UTF-8 and upload it again.",
            code="file_broken",
        )
    return encoding


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    """Offset in bytes of the first one that the codec refuses, or None when it reads the whole file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    for block in _blocks(path):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return offset + error.start
        offset += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return offset
    return None


def _line_at(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        return file.read(offset).count(b"\n") + 1


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _sample_at(path: Path, offset: int) -> bytes:
    """A sample that begins with a line, not far before the offset: a long English beginning tells nothing."""
    with path.open("rb") as file:
        file.seek(max(offset - SAMPLE_BYTES // 16, 0))
        before, after = file.read(min(offset, SAMPLE_BYTES // 16)), file.read(SAMPLE_BYTES)
    return before[before.rfind(b"\n") + 1 :] + after


def _known(declared: str) -> str | None:
    try:
        name = codecs.lookup(declared.strip().lower()).name
        "".encode(name)  # refuses codecs that do not make text, such as hex
    except (LookupError, ValueError):
        return None
    return None if name in _NO_ENCODINGS else _WIDER.get(name, name)


def _is_misread(path: Path, encoding: str) -> bool:
    if encoding != _READS_ANYTHING:
        return False
    foreign = _first_bad_byte(path, "ascii")
    return foreign is not None and _score(_sample_at(path, foreign), encoding) < _LEAST_PLAUSIBILITY


def _unmarked_utf16(sample: bytes) -> str:
    """Which UTF-16 it is. Zero bytes occur in no other text, so if neither reads well, this is not text."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample[: len(sample) // 2 * 2].decode(encoding, errors="replace")
        if "\x00" not in text and len(_UTF16_TEXT.findall(text)) > 0.9 * len(text):
            return encoding
    raise _not_text()


def _refuse_damaged_utf8(path: Path, sample: bytes) -> None:
    text = sample.decode("utf-8", errors="replace")
    foreign = [character for character in text if ord(character) > 127]
    if len(foreign) > 20 and foreign.count("\ufffd") < len(foreign) / 20:
        _read_throughout(path, "utf-8")


def _legacy(path: Path, sample: bytes) -> str:
    """The older encoding in which the text reads as its language usually does."""
    scores = {encoding: _score(sample, encoding) for encoding in _LEGACY}
    if not _TWO_HIGH_BYTES.search(sample):
        # Lone accents and signs in plain text; a double-byte reading would swallow the letter after each.
        scores["cp1252"] *= 1.7
    readable = [
        encoding
        for encoding in sorted(_LEGACY, key=lambda name: -scores[name])
        if scores[encoding] >= _LEAST_PLAUSIBILITY and _first_bad_byte(path, encoding) is None
    ]
    if readable:
        best = readable[0]
        rivals = (
            name for name in readable[1:] if {best, name} != _TWO_BIG5 and scores[name] > scores[best] - _CLEAR_LEAD
        )
        if any(_decode(sample, name) != _decode(sample, best) for name in rivals):
            raise _unknown_encoding()
        return best
    guess = from_bytes(sample).best()
    if guess is not None and guess.coherence > 0.5 and _first_bad_byte(path, guess.encoding) is None:
        return guess.encoding
    raise _unknown_encoding()


def _decode(sample: bytes, encoding: str) -> str:
    """The sample as text; its end may lie in the middle of a character."""
    return codecs.getincrementaldecoder(encoding)().decode(sample)


def _score(sample: bytes, encoding: str) -> float:
    try:
        return plausibility(_decode(sample, encoding), encoding)
    except UnicodeDecodeError:
        return 0.0


def _unknown_encoding() -> Invalid:
    return Invalid(
        "It can not be told which character encoding this text is in. "
        "Open it in an editor, save it as UTF-8 and upload it again.",
        code="file_wrong_type",
    )


def _not_text() -> Invalid:
    return Invalid(
        "This file does not hold text. Check that it has the right extension and upload it again.",
        code="file_wrong_type",
    )
