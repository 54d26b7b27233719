"""Where somebody stands in the queue, and how long it will take them, honestly."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Conversation, Status
from frontdesk.handoffs.models import Handoff

RECENT = timedelta(hours=4)
MOST_WAITS = 20
FEWEST_WAITS = 5


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody waited for an agent who came to the queue at a place, 1 being the next."""

    seconds: float
    place: int


def expected_seconds(waits: Sequence[Wait], place: int, waited: float) -> int | None:
    """How long somebody at a place still waits, as three of four recent ones have it; None: not to be told.

    `waited` are the seconds that the longest waiting one up to there has waited. Nothing is told when too few
    waited lately, nor where that is far longer than is expected: the queue does not move as it did.
    """
    if len(waits) < FEWEST_WAITS:
        return None
    each = sorted(wait.seconds / wait.place for wait in waits)
    expected = each[math.ceil(0.75 * len(each)) - 1] * place
    return None if waited > 2 * max(expected, 60) else round(expected)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands who waits, 1 being the next, and since when somebody waits up to there."""

    number: int
    waiting_since: datetime


def place_in_queue(session: Session, conversation: Conversation, handoff: Handoff) -> Place:
    """The place of somebody who waits, among those who wait for the same team."""
    before = or_(
        Handoff.priority < handoff.priority,
        and_(Handoff.priority == handoff.priority, Handoff.requested_at < handoff.requested_at),
    )
    ahead, longest = session.execute(
        select(func.count(), func.min(Handoff.requested_at))
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(
            Handoff.ended_at.is_(None),
            Conversation.status == Status.OPEN,
            Conversation.assignee_id.is_(None),
            _of_team(conversation.team_id),
            before,
        )
    ).one()
    return Place(ahead + 1, min(longest or handoff.requested_at, handoff.requested_at))


def recent_waits(session: Session, team_id: uuid.UUID | None, moment: datetime) -> list[Wait]:
    """Of those whom agents of a team took lately, how long they had waited."""
    found = session.execute(
        select(Handoff.requested_at, Handoff.claimed_at, Handoff.place)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(Handoff.claimed_at > moment - RECENT, _of_team(team_id))
        .order_by(Handoff.claimed_at.desc())
        .limit(MOST_WAITS)
    )
    return [Wait((claimed - requested).total_seconds(), place) for requested, claimed, place in found if claimed]


def _of_team(team_id: uuid.UUID | None) -> ColumnElement[bool]:
    return Conversation.team_id.is_not_distinct_from(team_id)
