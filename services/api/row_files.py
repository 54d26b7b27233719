"""Files of rows: tables and JSON."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse

from frontdesk.knowledge.entry_files.writing import FileFormat

SkipBadRows = Annotated[bool, Query(description="Import the other rows although some can not be")]
WishedFormat = Annotated[FileFormat, Query(alias="format")]

MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSONL: "application/jsonl",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}
}
"""What a route that gives such a file says of its answers."""


def attachment(pieces: Iterable[bytes], name: str, file_format: FileFormat) -> StreamingResponse:
    """A file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{file_format}"'}
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)
