"""What could not be answered, as staff sees it: the gaps of a knowledge base with what is asked of each."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.database import Sessions, now
from frontdesk.errors import NotFound
from frontdesk.growth.models import Gap, GapQuestion, GapState, Sign
from frontdesk.knowledge import versions
from frontdesk.privacy import without_personal

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ToldGap:
    """A gap with how often it was asked: in all, in the last seven days, and in the seven before.

    `example` is the newest question, without personal data; `signs` counts what showed the gap.
    """

    gap: Gap
    size: int
    this_week: int
    week_before: int
    last_asked_at: datetime
    example: str
    signs: Mapping[Sign, int]


@dataclass(frozen=True, slots=True)
class GapPage:
    """Some gaps, and the number of all."""

    gaps: Sequence[ToldGap]
    total: int


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question of a gap, without personal data."""

    question: GapQuestion
    text: str


class Gaps:
    """The verbs."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def page(
        self,
        knowledge_base_id: uuid.UUID,
        state: GapState = GapState.OPEN,
        assignee_id: uuid.UUID | None = None,
        offset: int = 0,
        limit: int = 20,
    ) -> GapPage:
        """Gaps of one state, with an assignee only theirs; what is asked most this week comes first. NotFound."""
        wanted = [Gap.knowledge_base_id == knowledge_base_id, Gap.state == state]
        if assignee_id is not None:
            wanted.append(Gap.assignee_id == assignee_id)
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            total = session.scalars(select(func.count()).select_from(Gap).where(*wanted)).one()
            size, this_week = func.count(), func.count().filter(GapQuestion.asked_at > now() - WEEK)
            ids = session.scalars(
                select(Gap.id)
                .join(GapQuestion, GapQuestion.gap_id == Gap.id)
                .where(*wanted)
                .group_by(Gap.id)
                .order_by(this_week.desc(), size.desc(), func.max(GapQuestion.asked_at).desc(), Gap.id)
                .offset(offset)
                .limit(limit)
            ).all()
            told = _told(session, ids)
        return GapPage([told[gap_id] for gap_id in ids], total)

    def get(self, gap_id: uuid.UUID) -> ToldGap:
        """One gap; raises NotFound."""
        with self._sessions() as session:
            told = _told(session, [gap_id])
        if gap_id not in told:
            raise _not_found()
        return told[gap_id]

    def questions(self, gap_id: uuid.UUID, offset: int = 0, limit: int = 50) -> Sequence[ShownQuestion]:
        """The questions of a gap, newest first."""
        newest = select(GapQuestion).where(GapQuestion.gap_id == gap_id).order_by(GapQuestion.asked_at.desc())
        with self._sessions() as session:
            found = session.scalars(newest.offset(offset).limit(limit)).all()
        return [ShownQuestion(one, without_personal(one.text or "")) for one in found]

    def assign(self, gap_id: uuid.UUID, agent_id: uuid.UUID | None) -> None:
        """Have somebody look after a gap, or nobody. Raises NotFound, for an unknown agent, too."""
        try:
            with self._sessions.begin() as session:
                _there(session, gap_id).assignee_id = agent_id
        except IntegrityError as error:
            raise NotFound("There is no such agent.", code="agent_not_found") from error

    def turn(self, gap_id: uuid.UUID, state: GapState) -> None:
        """Close a gap as something, or open it again. Raises NotFound."""
        with self._sessions.begin() as session:
            _there(session, gap_id).turn(state)


def _told(session: Session, gap_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, ToldGap]:
    """Those of the gaps that have questions, by id."""
    moment = now()
    asked_at = GapQuestion.asked_at
    counts = session.execute(
        select(
            GapQuestion.gap_id,
            func.count(),
            func.count().filter(asked_at > moment - WEEK),
            func.count().filter(asked_at > moment - 2 * WEEK, asked_at <= moment - WEEK),
            func.max(asked_at),
        )
        .where(GapQuestion.gap_id.in_(gap_ids))
        .group_by(GapQuestion.gap_id)
    ).all()
    signs: dict[uuid.UUID | None, dict[Sign, int]] = defaultdict(dict)
    for gap_id, sign, count in session.execute(
        select(GapQuestion.gap_id, GapQuestion.sign, func.count())
        .where(GapQuestion.gap_id.in_(gap_ids))
        .group_by(GapQuestion.gap_id, GapQuestion.sign)
    ):
        signs[gap_id][sign] = count
    newest = (
        select(GapQuestion.gap_id, GapQuestion.text)
        .where(GapQuestion.gap_id.in_(gap_ids))
        .ext(distinct_on(GapQuestion.gap_id))
        .order_by(GapQuestion.gap_id, asked_at.desc())
    )
    examples = dict(session.execute(newest).all())
    gaps = {gap.id: gap for gap in session.scalars(select(Gap).where(Gap.id.in_(gap_ids)))}
    return {
        gap_id: ToldGap(
            gaps[gap_id], size, this_week, before, last, without_personal(examples[gap_id] or ""), signs[gap_id]
        )
        for gap_id, size, this_week, before, last in counts
        if gap_id in gaps
    }


def _there(session: Session, gap_id: uuid.UUID) -> Gap:
    gap = session.get(Gap, gap_id, with_for_update=True)
    if gap is None:
        raise _not_found()
    return gap


def _not_found() -> NotFound:
    return NotFound("There is no such gap.", code="gap_not_found")
