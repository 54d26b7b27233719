"""Finding pictures for those who may see them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from frontdesk.conversations.models import Message
from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.knowledge.models import Chunk, Document
from frontdesk.knowledge.passages import Passages
from frontdesk.knowledge.pictures.models import KEY, Picture


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of a document with the first passage that it belongs to."""

    picture: Picture
    chunk: Chunk


class Pictures:
    """Finds them for those who may see them."""

    def __init__(self, sessions: Sessions, files_dir: Path, passages: Passages) -> None:
        self._sessions = sessions
        self._files_dir = files_dir
        self._passages = passages

    def find(self, picture_id: uuid.UUID) -> Picture:
        """A picture as the staff sees it; raises NotFound."""
        with self._sessions() as session:
            picture = session.get(Picture, picture_id)
        if picture is None:
            raise _not_found()
        return picture

    def cited(self, conversation_id: uuid.UUID, picture_id: uuid.UUID) -> Picture:
        """A picture of a passage that was cited in this conversation.

        Raises NotFound for any other, and for one whose document was deleted or has expired since.
        """
        citing = Message.citations.contains([{"location": {KEY: [str(picture_id)]}}])
        of_conversation = Message.conversation_id == conversation_id
        with self._sessions() as session:
            is_cited = session.scalar(select(Message.id).where(of_conversation, citing).limit(1)) is not None
        if not is_cited:
            raise _not_found()
        picture = self.find(picture_id)
        if self._passages.gone([picture.document_id]):
            raise _not_found()
        return picture

    def file(self, picture: Picture) -> Path:
        """Where it lies; raises NotFound when it was cleared away a moment ago."""
        path = self._files_dir / picture.file
        if not path.is_file():
            raise _not_found()
        return path

    def of_document(self, document: Document) -> Sequence[ShownPicture]:
        """The pictures of what was read of a document last, in the order of reading."""
        of_revision = (Chunk.document_id == document.id, Chunk.revision == document.chunked_revision)
        with self._sessions() as session:
            chunks = session.scalars(
                select(Chunk).where(*of_revision, Chunk.location.has_key(KEY)).order_by(Chunk.ordinal)
            ).all()
            pictures = {
                str(one.id): one
                for one in session.scalars(select(Picture).where(Picture.document_id == document.id))
            }
        first: dict[str, Chunk] = {}
        for chunk in chunks:
            for picture_id in chunk.location[KEY]:
                first.setdefault(picture_id, chunk)
        return [ShownPicture(pictures[one], chunk) for one, chunk in first.items() if one in pictures]


def _not_found() -> NotFound:
    return NotFound("There is no such picture.", code="picture_not_found")
