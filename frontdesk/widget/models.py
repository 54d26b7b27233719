"""What is kept about the widget of an inbox, and which contact is which user of the site."""

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base

LONGEST_USER_ID = 128
PLAIN_COLOUR = "#0f766e"


class Position(StrEnum):
    """The lower corner of the page in which the button stands."""

    LEFT = "left"
    RIGHT = "right"


class Widget(Base):
    """How an inbox shows itself on websites; one that was never configured has no row.

    `secret_salt` is what the identity secret is made from, together with the key of the installation: the secret
    itself is not stored. Without a salt nobody is known by name.
    """

    __tablename__ = "widgets"

    inbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("inboxes.id", ondelete="CASCADE"), primary_key=True)
    colour: Mapped[str] = mapped_column(String(7), default=PLAIN_COLOUR)
    position: Mapped[Position] = mapped_column(default=Position.RIGHT)
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    address: Mapped[str | None]  # under which browsers reach the api
    secret_salt: Mapped[str | None] = mapped_column(String(64))


class Identity(Base):
    """A user of the site, as the site calls them, is this contact."""

    __tablename__ = "identities"

    inbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("inboxes.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(LONGEST_USER_ID), primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), unique=True)
