"""What a contact who waits may know and do: their place in the queue, and leaving word how to be called back."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from frontdesk.conversations.models import Status
from frontdesk.conversations.service import find, lock
from frontdesk.database import Sessions, now
from frontdesk.errors import Invalid, NotFound
from frontdesk.events import Events
from frontdesk.handoffs.handing import running
from frontdesk.handoffs.models import Callback
from frontdesk.handoffs.waiting import expected_seconds, place_in_queue, recent_waits
from frontdesk.teams.calendar import is_open, next_opening
from frontdesk.teams.models import Team
from frontdesk.texts import require_text

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: `position` 1 is the next, None for who does not wait; `wait_seconds` None: unknown.

    While the team is not there (`open`), `opens_at` is when it is next; None: nobody knows. `has_left_word` says
    that they can be reached once they have gone.
    """

    position: int | None
    wait_seconds: int | None
    open: bool
    opens_at: datetime | None
    has_left_word: bool


class Reaching:
    """The verbs of a contact who waits for a person."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def standing(self, conversation_id: uuid.UUID, contact_id: uuid.UUID) -> Standing:
        """Where they stand in the queue; raises NotFound."""
        moment = now()
        with self._sessions() as session:
            conversation = find(session, conversation_id, contact_id)
            team = session.get(Team, conversation.team_id) if conversation.team_id else None
            is_there = team is None or is_open(team.business_hours, moment)
            opens_at = None if team is None or is_there else next_opening(team.business_hours, moment)
            if conversation.status != Status.OPEN or conversation.assignee_id is not None:
                return Standing(None, None, is_there, opens_at, has_left_word=False)
            handoff = running(session, conversation_id)
            place = place_in_queue(session, conversation, handoff)
            waits = recent_waits(session, conversation.team_id, moment) if is_there else []
            has_left_word = session.get(Callback, handoff.id) is not None
        expected = expected_seconds(waits, place.number, (moment - place.waiting_since).total_seconds())
        return Standing(place.number, expected, is_there, opens_at, has_left_word)

    def leave_word(
        self,
        conversation_id: uuid.UUID,
        contact_id: uuid.UUID,
        *,
        name: str = "",
        email: str = "",
        phone: str = "",
        wish: str = "",
    ) -> Callback:
        """Keep how the contact can be reached, instead of what they left before.

        Raises NotFound, Conflict when nobody was asked to take over, or Invalid when they could not be reached.
        """
        name, wish = _clean(name, 80, "The name"), _clean(wish, 1000, "The wish")
        email, phone = _clean(email, 254, "The e-mail address"), _clean(phone, 40, "The telephone number")
        if email and not _EMAIL.fullmatch(email):
            raise Invalid("This is not an e-mail address.", code="email_invalid")
        if phone and not _PHONE.fullmatch(phone):
            raise Invalid("This is not a telephone number.", code="phone_invalid")
        if not email and not phone:
            raise Invalid("Leave an e-mail address or a telephone number.", code="callback_unreachable")
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id, contact_id)
            left = Callback(
                handoff_id=running(session, conversation_id).id,
                name=name,
                email=email,
                phone=phone,
                wish=wish,
                created_at=now(),
                done_at=None,
                done_by=None,
            )
            callback = session.merge(left)
            conversation.updated_at = now()
        self._events.wake(conversation_id)
        return callback

    def tick_off(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, done: bool) -> None:
        """The staff has called back, or has not after all; raises NotFound or Conflict."""
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            callback = _callback(session, conversation_id)
            callback.done_at, callback.done_by = (now(), agent_id) if done else (None, None)
            conversation.updated_at = now()
        self._events.wake(conversation_id)


def _callback(session: Session, conversation_id: uuid.UUID) -> Callback:
    callback = session.get(Callback, running(session, conversation_id).id)
    if callback is None:
        raise NotFound("The contact has not asked to be called back.", code="callback_not_found")
    return callback


def _clean(text: str, longest: int, what: str) -> str:
    return require_text(text, longest, what) if text.strip() else ""
