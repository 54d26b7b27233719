"""Pictures as they are stored: rows here, bytes in files."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, now

FOLDER = "pictures"
"""Below the files folder."""
KEY = "pictures"
"""Under which a chunk's location names the pictures that belong to it, by their ids."""


class Picture(Base):
    """A picture of a document. The chunks say which passages it belongs to; one that none names is cleared away."""

    __tablename__ = "pictures"
    __table_args__ = (Index("ix_pictures_document_id", "document_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # follows from the document and the digest
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(32))
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]  # in pixels
    height: Mapped[int]
    size: Mapped[int]  # in bytes
    file: Mapped[str] = mapped_column(String(120))  # the name below the files folder
    created_at: Mapped[datetime] = mapped_column(default=now)
