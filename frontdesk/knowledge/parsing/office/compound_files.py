"""The container around files of Office 97 to 2003: streams in an OLE compound file."""

from dataclasses import dataclass
from pathlib import Path

import olefile

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken, encrypted
from frontdesk.knowledge.parsing.office.damage import damage_refused


@dataclass(frozen=True, slots=True)
class CompoundType:
    """What tells an older Word file from an older Excel file: any one of these streams."""

    title: str
    suffix: str
    streams: tuple[str, ...]


OLDER_WORD = CompoundType("older Word document", ".doc", ("WordDocument",))
OLDER_EXCEL = CompoundType("older Excel workbook", ".xls", ("Workbook", "Book"))
OLDER_POWERPOINT = CompoundType("older PowerPoint presentation", ".ppt", ("PowerPoint Document",))
OUTLOOK = CompoundType("Outlook message", ".msg", ("__properties_version1.0",))


def check_compound_file(path: Path, expected: CompoundType) -> None:
    """Look at the container's directory only.

    Raises Invalid: file_wrong_type, file_broken or file_encrypted.
    """
    main_stream(path, expected)


def main_stream(path: Path, expected: CompoundType) -> str:
    """Name of the stream that holds the document itself. Raises Invalid as check_compound_file does."""
    with path.open("rb") as file:
        if file.read(len(olefile.MAGIC)) != olefile.MAGIC:
            raise _wrong_type(expected)
    with damage_refused(f"An {expected.title}"), olefile.OleFileIO(path) as container:
        if container.exists("EncryptedPackage"):
            raise encrypted()
        for name in expected.streams:
            if container.exists(name):
                return name
        if container.parsing_issues:
            raise broken()
    raise _wrong_type(expected)


def read_stream(path: Path, name: str) -> bytes:
    """All of one stream. Raises Invalid with file_broken when it is missing or cut short."""
    with damage_refused("An older Office file"), olefile.OleFileIO(path) as container:
        if not container.exists(name):
            raise broken()
        with container.openstream(name) as stream:
            content: bytes = stream.read()
        if len(content) < container.get_size(name):
            raise broken()
    return content


def _wrong_type(expected: CompoundType) -> Invalid:
    return Invalid(
        f"This is not an {expected.title}, although its name ends in {expected.suffix}. Open it in the "
        "program that made it and save it under the extension that this program proposes.",
        code="file_wrong_type",
    )
