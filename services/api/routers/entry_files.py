"""Entries as files, for administrators."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile, status
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from frontdesk.knowledge.entry_files.writing import FileFormat
from services.api import schemas
from services.api.routers.knowledge import TagsQuery
from services.api.row_files import RESPONSES, SkipBadRows, WishedFormat, attachment
from services.api.security import CurrentAdmin, Domain
from services.api.uploads import uploaded

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}/entries", tags=["knowledge"])


@router.post("/import-file", status_code=status.HTTP_202_ACCEPTED)
def import_entry_file(
    knowledge_base_id: uuid.UUID,
    file: UploadFile,
    frontdesk: Domain,
    admin: CurrentAdmin,
    skip_bad_rows: SkipBadRows = False,
    tags: TagsQuery = None,
    expires_at: Annotated[AwareDatetime | None, Query(description="New entries are not found from then on")] = None,
) -> schemas.EntryImport:
    """Entries from a CSV, TSV, Excel, JSON or JSON lines file; rows with the id of an entry change that entry."""
    with uploaded(file, frontdesk.settings.files_dir) as (path, name):
        report = frontdesk.entry_files.take(
            knowledge_base_id, path, name, skip_bad_rows=skip_bad_rows, tags=tags or (), expires_at=expires_at
        )
    return schemas.EntryImport.of(report)


@router.get("/export", response_class=StreamingResponse, responses=RESPONSES)
def export_entries(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    file_format: WishedFormat = FileFormat.CSV,
) -> StreamingResponse:
    """All entries as a file, which can be edited and imported again."""
    return attachment(frontdesk.entry_files.give(knowledge_base_id, file_format), "entries", file_format)
