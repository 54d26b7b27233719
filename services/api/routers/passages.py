"""What documents are cut into: agents read it, administrators try out other measures."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from frontdesk.knowledge.chunking import OVERLAPS, SIZES, Measure
from services.api.schemas import passages as schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain
from services.api.uploads import uploaded

router = APIRouter(prefix="/v1", tags=["knowledge"])

Size = Annotated[int, Query(ge=SIZES[0], le=SIZES[-1], description="The most estimated tokens of a passage")]
Overlap = Annotated[int, Query(ge=OVERLAPS[0], le=OVERLAPS[-1], description="The most tokens that one repeats")]

_STANDARD = Measure()


@router.get("/documents/{document_id}/passages")
def list_passages(
    document_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.StoredPassageList:
    """The passages of a document in the draft."""
    chunks, total = frontdesk.passages.of_document(document_id, offset, limit)
    return schemas.StoredPassageList(passages=[schemas.StoredPassage.of(chunk) for chunk in chunks], total=total)


@router.get("/documents/{document_id}/preview")
def preview_document(
    document_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    size: Size = _STANDARD.size,
    overlap: Overlap = _STANDARD.overlap,
) -> schemas.Cut:
    """What a document would be cut into; nothing changes."""
    document = frontdesk.knowledge.document(document_id)
    path = frontdesk.knowledge.file(document)
    return schemas.Cut.of(frontdesk.preview.cut(path, document.name, Measure(size, overlap)))


@router.post("/knowledge-bases/{knowledge_base_id}/preview")
def preview_file(
    knowledge_base_id: uuid.UUID,
    file: UploadFile,
    frontdesk: Domain,
    admin: CurrentAdmin,
    size: Size = _STANDARD.size,
    overlap: Overlap = _STANDARD.overlap,
) -> schemas.Cut:
    """What a file would be cut into; it is not kept."""
    frontdesk.knowledge.base(knowledge_base_id)
    with uploaded(file, frontdesk.settings.files_dir) as (path, name):
        return schemas.Cut.of(frontdesk.preview.cut(path, name, Measure(size, overlap)))
