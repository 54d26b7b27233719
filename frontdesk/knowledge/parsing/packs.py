"""Several documents in one zip archive."""

import logging
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import open_archive
from frontdesk.knowledge.parsing.blocks import LONGEST_HEADING, BlockKind, Location, Piece
from frontdesk.knowledge.parsing.decoding import decode
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.progress import Progress, Reading

log = logging.getLogger(__name__)

_NAME_LEVEL = 0.01
_MOST_FILES = 1000
_NAMED_IN_UTF8 = 0x800
_FURNITURE = frozenset(("__MACOSX", "Thumbs.db", "desktop.ini"))


def read(path: Path, read_file: Callable[[Path, str], Reading]) -> Reading:
    """The pieces of every file, under the file's name with its folders; `read_file` reads one of them by its name.

    A file that can not be read is left out and the log tells of it; archives inside the archive are such files.
    Raises Invalid: file_too_large for more files than may be read, file_broken when the archive can not be read,
    and when there is no text at all, what the first file was refused with.
    """
    refused: Invalid | None = None
    empty = True
    with open_archive(path) as archive:
        documents = _documents(archive)
        before, total = 0, sum(member.file_size for member, _ in documents)
        for member, name in documents:
            yield Progress(before, total)
            try:
                if name.lower().endswith(".zip"):
                    raise Invalid("Unpack the archive inside this archive first.", code="file_type_unsupported")
                with _copy(archive, member) as copy:
                    for found in _under(name, read_file(copy, name)):
                        if isinstance(found, Progress):
                            yield found.within(before, member.file_size, total)
                        else:
                            empty = False
                            yield found
            except Invalid as error:
                log.warning("A file in an archive is left out: %s (%s)", error.message, error.code)
                refused = refused or Invalid(f"{name}: {error.message}", code=error.code, details=error.details)
            before += member.file_size
    if empty and refused:
        raise refused


def _documents(archive: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files that people put there, with their names; not what their systems add."""
    named = [
        (member, name)
        for member, name in zip(archive.infolist(), _names(archive), strict=True)
        if not member.is_dir()
        and not any(part.startswith(".") or part in _FURNITURE for part in PurePosixPath(name).parts)
    ]
    if len(named) > _MOST_FILES:
        raise Invalid(
            f"An archive may hold up to {_MOST_FILES} files. Split it and upload the parts.", code="file_too_large"
        )
    return named


def _names(archive: zipfile.ZipFile) -> list[str]:
    """The names as they were meant: systems in Chinese write them in their own encoding and do not say so."""
    members = archive.infolist()
    names = [member.filename for member in members]
    foreign = [
        at
        for at, member in enumerate(members)
        if not member.flag_bits & _NAMED_IN_UTF8 and not member.filename.isascii()
    ]
    try:
        meant = decode(b"\n".join(names[at].encode("cp437") for at in foreign)).split("\n")
    except (Invalid, UnicodeEncodeError):
        return names
    if len(meant) == len(foreign):
        for at, name in zip(foreign, meant, strict=True):
            names[at] = name
    return names


@contextmanager
def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Path]:
    """The file by itself, for as long as it is read."""
    with NamedTemporaryFile() as file:
        with damage_refused("A file in an archive"), archive.open(member) as packed:
            shutil.copyfileobj(packed, file)
        file.flush()
        yield Path(file.name)


def _under(name: str, reading: Reading) -> Reading:
    """The pieces under the name of their file, told anew for each sheet, since sheets close all headings."""
    title = name if len(name) <= LONGEST_HEADING else f"…{name[1 - LONGEST_HEADING :]}"
    before: Location | None = None
    first: list[Piece] = []  # pictures above all text; a file of nothing else is as good as empty
    for piece in reading:
        if isinstance(piece, Progress):
            yield piece
            continue
        if before is None and piece.picture is not None:
            first.append(piece)
            continue
        if before is None or piece.place.sheet != before.sheet:
            yield Piece(title, BlockKind.HEADING, _NAME_LEVEL, place=replace(piece.place, row=None))
            yield from first
            first = []
        before = piece.place
        yield piece
