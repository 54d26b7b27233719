"""How long contacts waited for people, one row for each handoff, beside what their team promises."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from frontdesk.conversations.models import Message, Sender
from frontdesk.database import now
from frontdesk.handoffs.models import Handoff
from frontdesk.teams.models import Team, TeamTopic

_MINUTE = timedelta(minutes=1)


def gather(session: Session, facts: Table, name: str) -> Table:
    """The waits in the conversations of the facts, in a temporary table of this name."""
    made = waits(facts, now()).into(name, temporary=True)
    session.execute(made)
    return made.table


def waits(facts: Table, moment: datetime) -> Select[*tuple[object, ...]]:
    """When each handoff was requested, how many seconds until an agent wrote and until it ended, what was kept.

    What is not over has no number; what is not decided yet is neither kept nor broken (null).
    """
    responded_at = (
        select(func.min(Message.created_at))
        .where(
            Message.conversation_id == Handoff.conversation_id,
            Message.sender == Sender.AGENT,
            Message.created_at >= Handoff.requested_at,
            or_(Handoff.ended_at.is_(None), Message.created_at <= Handoff.ended_at),
        )
        .scalar_subquery()
    )
    of_team = (
        select(
            Handoff.conversation_id,
            facts.c.contact_id,
            Handoff.requested_at,
            Handoff.ended_at,
            responded_at.label("responded_at"),
            _promised(Team.first_response_minutes, facts).label("response_minutes"),
            _promised(Team.resolution_minutes, facts).label("resolution_minutes"),
        )
        .join(facts, facts.c.id == Handoff.conversation_id)
        .subquery()
    )
    asked = of_team.c.requested_at
    response_due = asked + of_team.c.response_minutes * literal(_MINUTE)
    resolution_due = asked + of_team.c.resolution_minutes * literal(_MINUTE)
    # Who had ended it before anybody wrote has not broken a promise to write.
    first = func.coalesce(of_team.c.responded_at, of_team.c.ended_at)
    return select(
        of_team.c.conversation_id,
        of_team.c.contact_id,
        asked,
        func.extract("epoch", of_team.c.responded_at - asked).label("response_seconds"),
        func.extract("epoch", of_team.c.ended_at - asked).label("resolution_seconds"),
        _kept(first, response_due, moment).label("response_kept"),
        _kept(of_team.c.ended_at, resolution_due, moment).label("resolution_kept"),
    )


def _promised(minutes: InstrumentedAttribute[int | None], facts: Table) -> ColumnElement[int | None]:
    """What the team of a conversation's topic promises, else the first team."""
    looked_after = select(TeamTopic.team_id).where(TeamTopic.topic_id == facts.c.topic_id)
    of_topic = looked_after.correlate(facts).scalar_subquery()
    first = select(Team.id).order_by(Team.position, Team.created_at).limit(1).scalar_subquery()
    return select(minutes).where(Team.id == func.coalesce(of_topic, first)).correlate(facts).scalar_subquery()


def _kept(
    done: ColumnElement[datetime | None], due: ColumnElement[datetime], moment: datetime
) -> ColumnElement[bool | None]:
    """Whether it was done in time; null where nothing is due, or still may be done in time."""
    late = and_(done.is_(None), due < literal(moment))
    return func.coalesce(done <= due, func.nullif(~late, True))
