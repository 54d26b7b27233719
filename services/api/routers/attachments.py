"""Files that go with messages, both ways; each is read by the two sides of its conversation alone."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile, status
from fastapi.responses import FileResponse

from frontdesk.attachments.service import Upload
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.attachments import Attachment
from services.api import posting, schemas
from services.api.security import Address, ContactId, CurrentAgent, Domain, IdempotencyKey, Limits
from services.api.uploads import all_uploaded

router = APIRouter(prefix="/v1", tags=["files"])

Text = Annotated[str, Form(description="What is said with the files; may be empty")]

_HEADERS = {
    # The same address never gives anything else; whoever may not see it must not find it in a shared cache.
    "Cache-Control": "private, max-age=31536000, immutable",
    # Somebody we do not know made it: no browser may run it, or guess that it is something else.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@router.post("/conversations/{conversation_id}/files", status_code=status.HTTP_202_ACCEPTED)
def post_files(
    conversation_id: uuid.UUID,
    files: list[UploadFile],
    frontdesk: Domain,
    rates: Limits,
    address: Address,
    contact_id: ContactId,
    request: Request,
    response: Response,
    text: Text = "",
    idempotency_key: IdempotencyKey = None,
) -> schemas.Posted:
    """Send files, and a text if there is one, as one message; a person will look at them."""
    rates.hit("message", str(contact_id))
    rates.hit("message_address", address)
    rates.hit("files_address", address, uses=len(files))
    frontdesk.conversations.get(conversation_id, contact_id)
    with _taken_in(frontdesk, files) as taken:
        posted = frontdesk.conversations.receive(conversation_id, contact_id, text, idempotency_key, taken)
    return posting.to_contact(frontdesk, posted, request, response)


@router.get("/conversations/{conversation_id}/files/{attachment_id}", response_class=FileResponse)
def read_file(
    conversation_id: uuid.UUID, attachment_id: uuid.UUID, frontdesk: Domain, contact_id: ContactId
) -> FileResponse:
    """A file of one of the contact's own conversations."""
    frontdesk.conversations.get(conversation_id, contact_id)
    return _sent(frontdesk, conversation_id, attachment_id)


@router.post("/desk/conversations/{conversation_id}/files", status_code=status.HTTP_202_ACCEPTED)
def reply_with_files(
    conversation_id: uuid.UUID,
    files: list[UploadFile],
    frontdesk: Domain,
    agent: CurrentAgent,
    response: Response,
    text: Text = "",
    idempotency_key: IdempotencyKey = None,
) -> schemas.Posted:
    """Send files to the contact, and a text if there is one; only who claimed the conversation may."""
    frontdesk.conversations.get(conversation_id)
    with _taken_in(frontdesk, files) as taken:
        posted = frontdesk.desk.reply(conversation_id, agent.id, text, idempotency_key, taken)
    return posting.to_agent(frontdesk, posted, agent, response)


@router.get("/desk/conversations/{conversation_id}/files/{attachment_id}", response_class=FileResponse)
def read_file_at_desk(
    conversation_id: uuid.UUID, attachment_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent
) -> FileResponse:
    """A file of any conversation."""
    return _sent(frontdesk, conversation_id, attachment_id)


@contextmanager
def _taken_in(frontdesk: Frontdesk, files: Sequence[UploadFile]) -> Iterator[Sequence[Attachment]]:
    attachments = frontdesk.attachments
    with (
        all_uploaded(files, attachments.folder) as uploads,
        attachments.taken_in([Upload(path, name) for path, name in uploads]) as taken,
    ):
        yield taken


def _sent(frontdesk: Frontdesk, conversation_id: uuid.UUID, attachment_id: uuid.UUID) -> FileResponse:
    attachment, path = frontdesk.attachments.find(conversation_id, attachment_id)
    return FileResponse(path, media_type=attachment.media_type, filename=attachment.name, headers=_HEADERS)
