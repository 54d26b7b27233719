"""What people have before them at this moment, as who looks after the desk sees it.

What it costs grows with what is open and with what came since the day began, not with what was before.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from frontdesk.agents import Agent
from frontdesk.conversations.models import Conversation, Message, Sender, Status
from frontdesk.database import Sessions, now
from frontdesk.errors import Invalid
from frontdesk.handoffs import listing
from frontdesk.handoffs.listing import DeskItem
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.teams.calendar import is_open
from frontdesk.teams.models import Team
from frontdesk.teams.targets import TargetState

HOUR = timedelta(hours=1)
LONGEST_DAY = timedelta(hours=26)
MOST_PRESSING = 30


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that people have; `agent_id` None: it waits in the queue.

    The contact waits since `waiting_since`: until an agent has answered since they were handed over, afterwards
    since the first message without an answer, None when all have one. Of `unread` messages the agent knows nothing.
    """

    conversation_id: uuid.UUID
    team_id: uuid.UUID | None
    agent_id: uuid.UUID | None
    waiting_since: datetime | None
    unread: int
    state: TargetState | None
    snoozed: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What a team or an agent has of it: how many, and who waits longest in the queue and for an agent's answer."""

    waiting: int
    open: int
    snoozed: int
    unread: int
    overdue: int
    due_soon: int
    longest_in_queue: Held | None
    longest_unanswered: Held | None


@dataclass(frozen=True, slots=True)
class Hour:
    """How many conversations came to people, were taken by an agent and were resolved in an hour."""

    starts_at: datetime
    came: int
    taken: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Load:
    """All of it. `there` are the teams whose business hours it is; `pressing` are those who wait, worst first."""

    teams: Sequence[tuple[Team | None, Share]]
    there: frozenset[uuid.UUID]
    agents: Sequence[tuple[Agent, Share]]
    pressing: Sequence[tuple[DeskItem, Held]]
    hours: Sequence[Hour]


class Supervision:
    """Reads the load."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def load(self, day_began: datetime | None = None) -> Load:
        """As it is now; `day_began` is when the day of who looks began, else that of UTC. Raises Invalid."""
        moment = now()
        since = day_began or moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if not moment - LONGEST_DAY <= since <= moment:
            raise Invalid("A day begins within the last 26 hours.", code="day_out_of_range")
        with self._sessions() as session:
            held = _held(session)
            teams: list[Team | None] = [*session.scalars(select(Team).order_by(Team.position, Team.name))]
            if any(one.team_id is None for one in held):
                teams.append(None)
            agents = session.scalars(select(Agent).where(Agent.active).order_by(func.lower(Agent.name), Agent.id))
            of_team, of_agent = _grouped(held, lambda one: one.team_id), _grouped(held, lambda one: one.agent_id)
            worst = pressing(held)[:MOST_PRESSING]
            items = {one.conversation.id: one for one in listing.named(session, [h.conversation_id for h in worst])}
            return Load(
                teams=[(team, share(of_team[team.id if team else None])) for team in teams],
                there=frozenset(team.id for team in teams if team and is_open(team.business_hours, moment)),
                agents=[(agent, share(of_agent[agent.id])) for agent in agents],
                pressing=[(items[one.conversation_id], one) for one in worst if one.conversation_id in items],
                hours=_hours(session, since, moment),
            )


def share(held: Iterable[Held]) -> Share:
    """What these are together."""
    mine = list(held)
    queue = [one for one in mine if one.agent_id is None]
    unanswered = [one for one in mine if one.agent_id is not None and one.waiting_since is not None]
    return Share(
        waiting=len(queue),
        open=sum(one.agent_id is not None and not one.snoozed for one in mine),
        snoozed=sum(one.snoozed for one in mine),
        unread=sum(one.unread for one in mine),
        overdue=sum(one.state is TargetState.BREACHED for one in mine),
        due_soon=sum(one.state is TargetState.DUE_SOON for one in mine),
        longest_in_queue=min(queue, key=_since, default=None),
        longest_unanswered=min(unanswered, key=_since, default=None),
    )


def pressing(held: Iterable[Held]) -> list[Held]:
    """Those whose contact waits or whose promise is broken: first what is overdue, then due soon, then who waits
    longest."""
    urgency = {TargetState.BREACHED: 0, TargetState.DUE_SOON: 1}
    wanted = [one for one in held if one.waiting_since or one.state is TargetState.BREACHED]
    return sorted(wanted, key=lambda one: (urgency.get(one.state, 2) if one.state else 2, _since(one)))


def _grouped(held: Iterable[Held], by: Callable[[Held], uuid.UUID | None]) -> Mapping[uuid.UUID | None, list[Held]]:
    groups = defaultdict(list)
    for one in held:
        groups[by(one)].append(one)
    return groups


def _since(held: Held) -> datetime:
    return held.waiting_since or now()


def _held(session: Session) -> list[Held]:
    said, answer = aliased(Message), aliased(Message)
    answered = (
        select(func.max(answer.sequence))
        .where(answer.conversation_id == Conversation.id, answer.sender == Sender.AGENT)
        .correlate(Conversation)
        .scalar_subquery()
    )
    of_contact = and_(said.conversation_id == Conversation.id, said.sender == Sender.CONTACT, Agent.id.is_not(None))

    def among(what: ColumnElement[Any], which: ColumnElement[bool]) -> ScalarSelect[Any]:
        found = select(what).select_from(said).where(of_contact, which)
        return found.correlate(Conversation, Agent).scalar_subquery()

    unanswered = among(func.min(said.created_at), said.sequence > answered)
    unread = among(func.count(), said.sequence > Conversation.read_to)
    rows = session.execute(
        select(Handoff, Conversation.team_id, Conversation.status, Agent.id, unanswered, unread)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .outerjoin(Agent, and_(Agent.id == Conversation.assignee_id, Agent.active))
        .where(Handoff.ended_at.is_(None))
    )
    return [
        Held(
            conversation_id=handoff.conversation_id,
            team_id=team_id,
            agent_id=agent_id,
            waiting_since=since if agent_id and handoff.first_response_at else handoff.requested_at,
            unread=count,
            state=handoff.resolution_state if handoff.first_response_at else _worse(handoff),
            snoozed=status == Status.SNOOZED,
        )
        for handoff, team_id, status, agent_id, since, count in rows
    ]


def _worse(handoff: Handoff) -> TargetState | None:
    states = [handoff.first_response_state, handoff.resolution_state]
    return next((state for state in (TargetState.BREACHED, TargetState.DUE_SOON) if state in states), states[0])


def _hours(session: Session, since: datetime, until: datetime) -> list[Hour]:
    came = _by_hour(session, Handoff.requested_at, since)
    taken = _by_hour(session, Handoff.claimed_at, since)
    resolved = _by_hour(session, Handoff.ended_at, since, Handoff.outcome == Outcome.RESOLVED)
    return [
        Hour(since + number * HOUR, came[number], taken[number], resolved[number])
        for number in range((until - since) // HOUR + 1)
    ]


def _by_hour(
    session: Session,
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    since: datetime,
    *which: ColumnElement[bool],
) -> Mapping[int, int]:
    number = func.floor(func.extract("epoch", moment - since) / HOUR.total_seconds())
    found = session.execute(select(number, func.count()).where(moment >= since, *which).group_by(number))
    return Counter({int(hour): count for hour, count in found})
