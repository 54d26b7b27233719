"""Pictures: agents see all of them, contacts those of the passages that answered them."""

import uuid

from fastapi import APIRouter
from fastapi.responses import FileResponse

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.pictures.models import Picture
from services.api import schemas
from services.api.security import ContactId, CurrentAgent, Domain

router = APIRouter(prefix="/v1", tags=["pictures"])

_HEADERS = {
    # The same address never shows anything else; whoever may not see it must not find it in a shared cache.
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/pictures/{picture_id}", response_class=FileResponse)
def read_picture(picture_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> FileResponse:
    """A picture of a document, also of a deleted one as long as it is kept."""
    return _sent(frontdesk, frontdesk.pictures.find(picture_id))


@router.get("/conversations/{conversation_id}/pictures/{picture_id}", response_class=FileResponse)
def read_cited_picture(
    conversation_id: uuid.UUID, picture_id: uuid.UUID, frontdesk: Domain, contact_id: ContactId
) -> FileResponse:
    """A picture of a passage that was cited in one of the contact's own conversations."""
    frontdesk.conversations.get(conversation_id, contact_id)
    return _sent(frontdesk, frontdesk.pictures.cited(conversation_id, picture_id))


@router.get("/documents/{document_id}/pictures")
def list_pictures(document_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DocumentPictureList:
    """The pictures of a document, each with the first passage that it belongs to."""
    found = frontdesk.pictures.of_document(frontdesk.knowledge.document(document_id))
    return schemas.DocumentPictureList(pictures=[schemas.DocumentPicture.of(shown) for shown in found])


def _sent(frontdesk: Frontdesk, picture: Picture) -> FileResponse:
    return FileResponse(frontdesk.pictures.file(picture), media_type=picture.media_type, headers=_HEADERS)
