"""Knowledge: agents read and search it, administrators change it."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile, status
from fastapi.responses import FileResponse

from frontdesk.knowledge.chunking import Measure
from frontdesk.knowledge.entries_text import EntryText, parse_entries
from frontdesk.knowledge.models import Document, Entry
from frontdesk.knowledge.tags import MOST_TAGS
from frontdesk.knowledge.versions import Authorship
from frontdesk.texts import require_text
from services.api import schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain
from services.api.uploads import uploaded

router = APIRouter(prefix="/v1", tags=["knowledge"])

LONGEST_QUERY = 1000

TagsQuery = Annotated[list[str] | None, Query(max_length=MOST_TAGS, description="Tags for what is new")]
AtOnce = Annotated[bool, Query(description="Not found any more from this moment on, or with the next version")]


@router.post("/knowledge-bases/{knowledge_base_id}/search")
def search(
    knowledge_base_id: uuid.UUID, body: schemas.Search, frontdesk: Domain, agent: CurrentAgent
) -> schemas.Considered:
    """What the assistant would do with a question: the same code that answers contacts."""
    query = require_text(body.query, LONGEST_QUERY, "The question")
    version = frontdesk.knowledge.base(knowledge_base_id).draft if body.draft else None
    considered = frontdesk.assistant.consider(knowledge_base_id, query, version, body.tags)
    return schemas.Considered(**considered.as_json())


@router.get("/knowledge-bases/{knowledge_base_id}/tags")
def list_tags(knowledge_base_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.TagList:
    """The tags that documents and entries have."""
    return schemas.TagList(tags=list(frontdesk.knowledge.tags(knowledge_base_id)))


@router.get("/knowledge-bases/{knowledge_base_id}/documents")
def list_documents(knowledge_base_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DocumentList:
    """The documents of a knowledge base, those that leave with the next version too."""
    found = frontdesk.knowledge.documents(knowledge_base_id)
    return schemas.DocumentList(documents=[schemas.Document.of(document) for document in found])


@router.post("/knowledge-bases/{knowledge_base_id}/documents", status_code=status.HTTP_202_ACCEPTED)
def upload_document(
    knowledge_base_id: uuid.UUID,
    file: UploadFile,
    frontdesk: Domain,
    admin: CurrentAdmin,
    tags: TagsQuery = None,
) -> schemas.DocumentAlone:
    """Upload a file; one of the same name is replaced once the new one can be searched."""
    with uploaded(file, frontdesk.settings.files_dir) as (path, name):
        document = frontdesk.knowledge.upload(knowledge_base_id, name, path, tags=tags)
    return schemas.DocumentAlone(document=schemas.Document.of(document))


@router.get("/documents/{document_id}")
def read_document(document_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DocumentAlone:
    """A document and how far its indexing is."""
    return schemas.DocumentAlone(document=schemas.Document.of(frontdesk.knowledge.document(document_id)))


@router.get("/documents/{document_id}/file", response_class=FileResponse)
def read_document_file(document_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> FileResponse:
    """The file as it was uploaded, to be saved and not shown: it may hold anything."""
    document = frontdesk.knowledge.document(document_id)
    return FileResponse(
        frontdesk.knowledge.file(document), filename=document.name, media_type="application/octet-stream"
    )


@router.post("/documents/{document_id}/pause", status_code=status.HTTP_202_ACCEPTED)
def pause_document(document_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.DocumentAlone:
    """Stop reading a document for now."""
    return schemas.DocumentAlone(document=schemas.Document.of(frontdesk.knowledge.pause(document_id)))


@router.post("/documents/{document_id}/retry", status_code=status.HTTP_202_ACCEPTED)
def retry_document(document_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.DocumentAlone:
    """Go on with a failed or paused document."""
    return schemas.DocumentAlone(document=schemas.Document.of(frontdesk.knowledge.retry(document_id)))


@router.patch("/documents/{document_id}")
def change_document(
    document_id: uuid.UUID, body: schemas.ChangeDocument, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.DocumentAlone:
    """Say until when a document is found, what tags it has, and how it is cut into passages."""
    measure = Measure(body.chunking.size, body.chunking.overlap) if body.chunking else None
    document = frontdesk.knowledge.document(document_id)
    if "expires_at" in body.model_fields_set:
        document = frontdesk.knowledge.set_expiry(Document, document_id, body.expires_at)
    if body.tags is not None:
        document = frontdesk.knowledge.set_tags(Document, document_id, body.tags)
    if "chunking" in body.model_fields_set:
        document = frontdesk.knowledge.cut(document_id, measure)
    return schemas.DocumentAlone(document=schemas.Document.of(document))


@router.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_document(document_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin, at_once: AtOnce = True) -> None:
    """Remove a document."""
    frontdesk.knowledge.delete_document(document_id, at_once, Authorship(admin.id))


@router.get("/passages/{chunk_id}")
def open_passage(chunk_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.PassageAlone:
    """A passage that was cited, with what stands around it; also one that is outdated or deleted by now."""
    return schemas.PassageAlone(passage=schemas.OpenedPassage.of(frontdesk.passages.open(chunk_id)))


@router.get("/knowledge-bases/{knowledge_base_id}/entries")
def list_entries(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    query: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.EntryList:
    """A page of entries, last changed first."""
    entries, total = frontdesk.knowledge.entries(knowledge_base_id, query, offset, limit)
    return schemas.EntryList(entries=[schemas.Entry.of(entry) for entry in entries], total=total)


@router.post("/knowledge-bases/{knowledge_base_id}/entries", status_code=status.HTTP_202_ACCEPTED)
def add_entry(
    knowledge_base_id: uuid.UUID, body: schemas.NewEntry, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.EntryAlone:
    """A new entry."""
    text = EntryText(tuple(body.questions), body.answer)
    (entry,) = frontdesk.knowledge.add_entries(knowledge_base_id, [text], body.tags, body.expires_at)
    return schemas.EntryAlone(entry=schemas.Entry.of(entry))


@router.post("/knowledge-bases/{knowledge_base_id}/entries/import", status_code=status.HTTP_202_ACCEPTED)
def import_entries(
    knowledge_base_id: uuid.UUID, body: schemas.ImportEntries, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.Entries:
    """Entries from pasted text."""
    texts = parse_entries(body.text)
    entries = frontdesk.knowledge.add_entries(knowledge_base_id, texts, body.tags, body.expires_at)
    return schemas.Entries(entries=[schemas.Entry.of(entry) for entry in entries])


@router.patch("/entries/{entry_id}")
def change_entry(
    entry_id: uuid.UUID, body: schemas.ChangeEntry, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.EntryAlone:
    """Other questions, another answer, other tags; or until when it is found."""
    entry = frontdesk.knowledge.entry(entry_id)
    if body.questions is not None or body.answer is not None:
        entry = frontdesk.knowledge.change_entry(entry_id, body.questions, body.answer)
    if body.tags is not None:
        entry = frontdesk.knowledge.set_tags(Entry, entry_id, body.tags)
    if "expires_at" in body.model_fields_set:
        entry = frontdesk.knowledge.set_expiry(Entry, entry_id, body.expires_at)
    return schemas.EntryAlone(entry=schemas.Entry.of(entry))


@router.delete("/entries/{entry_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_entry(entry_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin, at_once: AtOnce = True) -> None:
    """Remove an entry."""
    frontdesk.knowledge.delete_entry(entry_id, at_once, Authorship(admin.id))
