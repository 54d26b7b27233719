"""Files that go with messages: rows here, bytes in files."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now

MOST_AT_ONCE = 5
"""So many files go with one message."""
MOST_OF_CONTACT = 50
"""So many files a contact may send in one conversation."""


class Attachment(Base):
    """A file of a message. Of a picture it is the drawing that was made of what was sent, which is not kept.

    `digest` is that of the bytes that were sent, by which a request that comes again is known.
    """

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("message_id", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    position: Mapped[int]  # within the message, from 0
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))  # as its content tells, whatever the sender claimed
    size: Mapped[int]  # in bytes, of what is kept
    digest: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]  # of a picture, in pixels
    height: Mapped[int | None]
    file: Mapped[str] = mapped_column(String(120), unique=True)  # the name below the files folder
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_picture(self) -> bool:
        """Whether it can be looked at where the message is read."""
        return self.width is not None


def digests(files: Sequence[Attachment]) -> list[str]:
    """By which a repeated request is told from another one."""
    return [file.digest for file in files]
