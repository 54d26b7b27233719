"""Contacts: the people who ask. On the web inbox they are anonymous and carry a signed token."""

import uuid
from datetime import datetime

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.errors import Unauthenticated


class Contact(Base):
    """Somebody who writes to us."""

    __tablename__ = "contacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)


def label(contact_id: uuid.UUID) -> str:
    """What agents see for an anonymous contact: short, stable, says nothing about the person."""
    return f"#{contact_id.hex[:6].upper()}"


class ContactTokens:
    """Makes and reads the signed token that lets an anonymous contact come back to their conversations."""

    def __init__(self, secret_key: str, days: int) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="frontdesk.contact")
        self._max_age = days * 24 * 3600

    def issue(self, contact_id: uuid.UUID) -> str:
        """A token for this contact."""
        return self._serializer.dumps(contact_id.hex)

    def read(self, token: str) -> uuid.UUID:
        """The contact that the token was issued to; raises Unauthenticated for any other text."""
        try:
            return uuid.UUID(self._serializer.loads(token, max_age=self._max_age))
        except SignatureExpired as error:
            raise Unauthenticated(
                "This visit has expired; open a new conversation.", code="token_expired"
            ) from error
        except (BadSignature, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated("The contact token is not valid.", code="token_invalid") from error
