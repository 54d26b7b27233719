"""A canned response as it is stored."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.language import Language

UNIQUE_NAME = "uq_canned_responses_name"


class CannedResponse(Base):
    """Found by its name, which is unique whatever its case. Without a team, all of the staff uses it."""

    __tablename__ = "canned_responses"
    __table_args__ = (Index(UNIQUE_NAME, text("lower(name)"), unique=True),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str]
    language: Mapped[Language | None]
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    revision: Mapped[int] = mapped_column(default=1)  # counts its changes, so that none is written over unseen
    changed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("agents.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
