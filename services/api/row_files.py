"""Files of rows that come in and go out: tables and JSON."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, UploadFile
from fastapi.responses import StreamingResponse

from frontdesk.errors import Invalid
from frontdesk.knowledge.entry_files.writing import FileFormat

SkipBadRows = Annotated[bool, Query(description="Import the other rows although some can not be")]
WishedFormat = Annotated[FileFormat, Query(alias="format")]

_MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSONL: "application/jsonl",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in _MEDIA_TYPES.values()}}
}
"""What a route that gives such a file says of its answers."""


@contextmanager
def uploaded(file: UploadFile, folder: Path) -> Iterator[tuple[Path, str]]:
    """Where an uploaded file lies meanwhile, below a folder, and its name; raises Invalid for one without."""
    if not file.filename:
        raise Invalid("The file has no name.", code="text_empty")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".import-") as own:
        path = Path(own) / "file"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        yield path, file.filename


def attachment(pieces: Iterable[bytes], name: str, file_format: FileFormat) -> StreamingResponse:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"'}
    return StreamingResponse(pieces, media_type=_MEDIA_TYPES[file_format], headers=headers)
