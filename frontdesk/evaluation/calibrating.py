"""The worker's side of calibrations: which knowledge bases owe one, and making it.

The share of questions that nothing answers is seen in what contacts asked lately, once that is enough.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.confidence.built_in import built_in
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.fitting import Known, fit
from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.labels import MOST
from frontdesk.confidence.model import OUTSIDE
from frontdesk.confidence.models import Calibration, ErrorTarget, Share
from frontdesk.confidence.outcomes import LookedUp, Outcome
from frontdesk.confidence.outside import ENOUGH, outside_share
from frontdesk.confidence.rates import Outside
from frontdesk.confidence.targets import DOUBT, newest, target_of
from frontdesk.database import Sessions, alone, now
from frontdesk.evaluation.calibration_asking import Asked, CalibrationAsking
from frontdesk.evaluation.calibration_questions import asked_of, count_labelled, labelled, newest_asked, wordings
from frontdesk.evaluation.traffic import DRIFT, LATELY, traffic
from frontdesk.knowledge import versions
from frontdesk.knowledge.bases import RESERVED
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import KnowledgeBase

MOST_LABELLED = 2000
"""Questions of sets that are asked, the newest."""
ONE_AT_A_TIME = 0x46_44_43_41
"""The first key of the advisory lock in PostgreSQL that calibrating a knowledge base holds."""
GROWTH = 1.2
"""A knowledge base is calibrated anew with so many times as many sources or questions, or so much fewer."""


class Calibrating:
    """Calibrates."""

    def __init__(self, engine: Engine, sessions: Sessions, asking: CalibrationAsking) -> None:
        self._engine = engine
        self._sessions = sessions
        self._asking = asking

    def owing(self) -> Sequence[uuid.UUID]:
        """Knowledge bases that were never calibrated as they are searched and wished for now, or changed much."""
        ready = (
            select(KnowledgeBase)
            .outerjoin(Geometry, Geometry.knowledge_base_id == KnowledgeBase.id)
            .where(
                ~KnowledgeBase.incomplete,
                ~KnowledgeBase.name.startswith(RESERVED),
                KnowledgeBase.embedder.is_(None) | (Geometry.space == KnowledgeBase.embedder),
            )
        )
        with self._sessions() as session:
            return [base.id for base in session.scalars(ready) if owes(session, base)]

    def drifted(self) -> Sequence[uuid.UUID]:
        """Knowledge bases that were calibrated for another share of questions that nothing answers than comes."""
        with self._sessions() as session:
            bases = session.scalars(select(KnowledgeBase.id)).all()
            found = [one for base_id in bases if (one := newest(session, base_id))]
            return [one.knowledge_base_id for one in found if _has_drifted(session, one)]

    def calibrate(self, knowledge_base_id: uuid.UUID) -> Calibration | None:
        """Calibrate now; None where somebody else does. Raises NotFound, or Unavailable without the embedder."""
        with alone(self._engine, ONE_AT_A_TIME, knowledge_base_id.int % 2**31) as is_mine:
            return self._calibrate(knowledge_base_id) if is_mine else None

    def ask_held_out(self, knowledge_base_id: uuid.UUID) -> Mapping[str, Sequence[Outcome]]:
        """What comes of a knowledge base's own wordings, by basis. Raises as `calibrate`."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            entries = wordings(session, base, MOST)
        return self._asking.ask(base, entries).held

    def _calibrate(self, knowledge_base_id: uuid.UUID) -> Calibration:
        # Whatever is wished for while it is made is later than this, and owes another one.
        began = now()
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            target = target_of(session, base.id)
            before = newest(session, base.id)
            lately = newest_asked(session, base.id, LATELY)
            of_sets = count_labelled(session, base)
            questions = labelled(session, base, MOST_LABELLED)
            entries = wordings(session, base, MOST)
        asked = self._asking.ask(base, entries, questions, target.parts.keys())
        by_contacts, looked_up = self._asking.look_up(
            base, lately, before.made_at if before else None, target.parts.keys()
        )
        seen = _seen(by_contacts, asked, looked_up)
        outside, share = _outside(target.outside, seen, before)
        wish = Promise(target.error, DOUBT, outside)
        fittings = {
            by: fit(
                built_in(by),
                Known(
                    asked.held.get(by, ()),
                    asked.known.get(by, ()),
                    looked_up if by == by_contacts else (),
                ),
                wish,
                base.threshold,
                target.parts,
            )
            for by in asked.held.keys() | asked.known.keys() | {by_contacts, *self._asking.bases(base)}
        }
        made = Calibration(
            knowledge_base_id=base.id,
            made_at=began,
            version=base.published,
            embedder=base.embedder,
            sources=base.sources,
            error=target.error,
            outside=outside,
            share=share,
            held_out=max(map(len, asked.held.values()), default=0),
            labelled=max(map(len, asked.known.values()), default=0),
            labelled_outside=max(
                (sum(not one.answerable for one in known) for known in asked.known.values()), default=0
            ),
            of_sets=of_sets,
            fitted={by: fitting.fitted.as_json() for by, fitting in fittings.items()},
            curves={by: asdict(fitting.curves) for by, fitting in fittings.items()},
            asked_lately=len(looked_up),
            answered_lately=sum(one.answered for one in looked_up),
            answered_again=_answered(fittings[by_contacts].fitted, looked_up, base.threshold, target.error),
        )
        with self._sessions.begin() as session:
            versions.found(session, base.id)
            session.add(made)
        return made


def owes(session: Session, base: KnowledgeBase) -> bool:
    """Whether a knowledge base was never calibrated as it is searched and wished for now, or has changed much."""
    if not (base.sources and base.published):
        return False
    made = newest(session, base.id)
    if made is None or made.embedder != base.embedder:
        return True
    target = session.get(ErrorTarget, base.id)
    if target is not None and target.changed_at > made.made_at:
        return True
    return _differ(made.sources, base.sources) or _differ(made.of_sets, count_labelled(session, base))


def _seen(by: str, asked: Asked, looked_up: Sequence[LookedUp]) -> Outside | None:
    """What contacts' questions say of the share that nothing answers; None while there are too few to tell."""
    return outside_share(built_in(by), asked.held.get(by, ()), asked.known.get(by, ()), looked_up)


def _answered(fitted: Fitted, asked: Sequence[LookedUp], fallback: float, error: float) -> int:
    """How many of contacts' questions would be answered from now on."""
    whole = fallback if fitted.threshold is None else fitted.threshold
    answered = 0
    for one in asked:
        cell = fitted.cell(one.parts, whole)
        confidence = fitted.confidence(one.again, cell.error if cell else error)
        answered += confidence >= (cell.threshold if cell else whole)
    return answered


def _outside(given: float | None, seen: Outside | None, before: Calibration | None) -> tuple[float, Share]:
    """The share of questions that nothing answers, and how it is known.

    Whoever gives it is believed until contacts ask such questions more often.
    """
    if seen is not None and (given is None or seen.low > given + DRIFT):
        return seen.share, Share.SEEN
    if given is not None:
        return given, Share.GIVEN
    if before is not None and before.share is Share.SEEN:
        return before.outside, Share.SEEN
    return OUTSIDE, Share.ASSUMED


def _has_drifted(session: Session, made: Calibration) -> bool:
    """Whether contacts complain too much, or the share of a calibration is another one now, or can be told where it
    was assumed.

    Whoever gave a share that is too large keeps it.
    """
    seen = traffic(session, made)
    return (
        seen.complains_too_much_for(made.error)
        or seen.has_drifted_from(made.outside)
        or (made.share is Share.SEEN and seen.has_eased_from(made.outside))
        or (made.share is Share.ASSUMED and _can_tell(session, made))
    )


def _can_tell(session: Session, made: Calibration) -> bool:
    """Whether enough was asked since a calibration that knows how often either kind of question is answered."""
    if not (made.held_out or made.labelled):
        return False
    since = (*asked_of(made.knowledge_base_id), Decision.created_at >= made.made_at)
    some = select(Decision.id).where(*since).limit(ENOUGH).subquery()
    return session.scalars(select(func.count()).select_from(some)).one() == ENOUGH


def _differ(before: int, now: int) -> bool:
    return now > GROWTH * before or before > GROWTH * now
