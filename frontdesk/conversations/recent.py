"""The end of a conversation, for whoever looks at what it is about now."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Message, Sender

LATEST_MESSAGES = 40


def recent(session: Session, conversation_id: uuid.UUID) -> Sequence[Message]:
    """What was said lately, oldest first, notices included."""
    latest = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.sender != Sender.ACTIVITY)
        .order_by(Message.sequence.desc())
        .limit(LATEST_MESSAGES)
    )
    return session.scalars(latest).all()[::-1]
