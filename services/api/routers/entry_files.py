"""Entries as files, for administrators."""

import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile, status
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from frontdesk.errors import Invalid
from frontdesk.knowledge.entry_files.writing import FileFormat
from services.api import schemas
from services.api.routers.knowledge import TagsQuery
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}/entries", tags=["knowledge"])

MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.JSONL: "application/jsonl",
}


@router.post("/import-file", status_code=status.HTTP_202_ACCEPTED)
def import_entry_file(
    knowledge_base_id: uuid.UUID,
    file: UploadFile,
    frontdesk: Domain,
    admin: CurrentAdmin,
    skip_bad_rows: Annotated[bool, Query(description="Import the other rows although some can not be")] = False,
    tags: TagsQuery = None,
    expires_at: Annotated[AwareDatetime | None, Query(description="New entries are not found from then on")] = None,
) -> schemas.EntryImport:
    """Entries from a CSV, TSV, Excel, JSON or JSON lines file; rows with the id of an entry change that entry."""
    if not file.filename:
        raise Invalid("The file has no name.", code="text_empty")
    with tempfile.TemporaryDirectory(dir=frontdesk.settings.files_dir, prefix=".import-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            shutil.copyfileobj(file.file, copy)
        report = frontdesk.entry_files.take(
            knowledge_base_id,
            path,
            file.filename,
            skip_bad_rows=skip_bad_rows,
            tags=tags or (),
            expires_at=expires_at,
        )
    return schemas.EntryImport.of(report)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
def export_entries(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    file_format: Annotated[FileFormat, Query(alias="format")] = FileFormat.CSV,
) -> StreamingResponse:
    """All entries as a file, which can be edited and imported again."""
    pieces = frontdesk.entry_files.give(knowledge_base_id, file_format)
    headers = {"Content-Disposition": f'attachment; filename="entries.{file_format}"'}
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[file_format], headers=headers)
