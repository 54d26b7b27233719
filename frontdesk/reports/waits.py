"""How long contacts waited for people, one row for each handoff, beside what their team had promised."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from frontdesk.database import now
from frontdesk.handoffs.models import Handoff

Moment = ColumnElement[datetime] | ColumnElement[datetime | None] | InstrumentedAttribute[datetime | None]


def gather(session: Session, facts: Table, name: str) -> Table:
    """The waits in the conversations of the facts, in a temporary table of this name."""
    made = waits(facts, now()).into(name, temporary=True)
    session.execute(made)
    return made.table


def waits(facts: Table, moment: datetime) -> Select[*tuple[object, ...]]:
    """When each handoff was requested, how many seconds until an agent wrote and until it ended, what was kept.

    What is not over has no number; what is not decided yet is neither kept nor broken (null).
    """
    # Who had ended it before anybody wrote has not broken a promise to write.
    first = func.coalesce(Handoff.first_response_at, Handoff.ended_at)
    return select(
        Handoff.conversation_id,
        facts.c.contact_id,
        Handoff.requested_at,
        func.extract("epoch", Handoff.first_response_at - Handoff.requested_at).label("response_seconds"),
        func.extract("epoch", Handoff.ended_at - Handoff.requested_at).label("resolution_seconds"),
        _kept(first, Handoff.first_response_due, moment).label("response_kept"),
        _kept(Handoff.ended_at, Handoff.resolution_due, moment).label("resolution_kept"),
    ).join(facts, facts.c.id == Handoff.conversation_id)


def _kept(done: Moment, due: Moment, moment: datetime) -> ColumnElement[bool | None]:
    """Whether it was done in time; null where nothing is due, or still may be done in time."""
    late = and_(done.is_(None), due < literal(moment))
    return func.coalesce(done <= due, func.nullif(~late, True))
