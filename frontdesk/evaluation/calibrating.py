"""The worker's side of calibrations: which knowledge bases owe one, and making it.

A knowledge base is asked, in its published version, its own questions held out, and those of its question sets.
Both are asked once by meaning and once by words alone, which have to do while the embedder is away.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from frontdesk.confidence.built_in import basis, basis_of, built_in, is_reranked
from frontdesk.confidence.features import Features
from frontdesk.confidence.fitting import fit
from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.labels import MOST, HeldOut, Wordings, held_out
from frontdesk.confidence.model import OUTSIDE
from frontdesk.confidence.models import Calibration, ErrorTarget, Share
from frontdesk.confidence.outcomes import Outcome
from frontdesk.confidence.targets import DOUBT, newest, target_of
from frontdesk.database import Sessions, alone, now
from frontdesk.errors import Unavailable
from frontdesk.evaluation.calibration_questions import LabelledQuestion, count_labelled, labelled, wordings
from frontdesk.evaluation.traffic import traffic
from frontdesk.knowledge import versions
from frontdesk.knowledge.bases import RESERVED
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.retrieval import Retrieval, Without
from frontdesk.knowledge.rows import rows_of_entry

MOST_RERANKED = 100
"""Questions held out where a reranker reads the passages of each."""
MOST_LABELLED = 2000
"""Questions of sets that are asked, the newest."""
ONE_AT_A_TIME = 0x46_44_43_41
"""The first key of the advisory lock in PostgreSQL that calibrating a knowledge base holds."""
GROWTH = 1.2
"""A knowledge base is calibrated anew with so many times as many sources or questions, or so much fewer."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of questions, by basis: of those held out, in pairs, and of those known by labels."""

    held: dict[str, list[Outcome]]
    known: dict[str, list[Outcome]]


class Calibrating:
    """Calibrates."""

    def __init__(self, engine: Engine, sessions: Sessions, embeddings: Embeddings, retrieval: Retrieval) -> None:
        self._engine = engine
        self._sessions = sessions
        self._embeddings = embeddings
        self._retrieval = retrieval

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
        """Knowledge bases that are asked what nothing in them answers more often than they were calibrated for."""
        with self._sessions() as session:
            bases = session.scalars(select(KnowledgeBase.id)).all()
            found = [one for base_id in bases if (one := newest(session, base_id))]
            return [one.knowledge_base_id for one in found if traffic(session, one).has_drifted_from(one.outside)]

    def calibrate(self, knowledge_base_id: uuid.UUID) -> Calibration | None:
        """Calibrate now; None where somebody else does. Raises NotFound, or Unavailable without the embedder."""
        with alone(self._engine, ONE_AT_A_TIME, knowledge_base_id.int % 2**31) as is_mine:
            return self._calibrate(knowledge_base_id) if is_mine else None

    def ask_held_out(self, knowledge_base_id: uuid.UUID) -> Mapping[str, Sequence[Outcome]]:
        """What comes of a knowledge base's own wordings, by basis. Raises as `calibrate`."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            entries = wordings(session, base, MOST)
        return self._ask(base, entries, []).held

    def _calibrate(self, knowledge_base_id: uuid.UUID) -> Calibration:
        # Whatever is wished for while it is made is later than this, and owes another one.
        began = now()
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            target = target_of(session, base.id)
            outside, share = _outside(session, base.id, target.outside)
            of_sets = count_labelled(session, base)
            questions = labelled(session, base, MOST_LABELLED)
            entries = wordings(session, base, MOST)
        asked = self._ask(base, entries, questions)
        wish = Promise(target.error, DOUBT, outside)
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
            fitted={
                by: fit(built_in(by), asked.held[by], asked.known[by], wish).as_json()
                for by in asked.held.keys() | asked.known.keys() | {basis(None)}
            },
        )
        with self._sessions.begin() as session:
            versions.found(session, base.id)
            session.add(made)
        return made

    def _ask(
        self, base: KnowledgeBase, entries: Sequence[Wordings], questions: Sequence[LabelledQuestion]
    ) -> _Asked:
        asked = _Asked(defaultdict(list), defaultdict(list))
        for by_words in (False, True) if base.embedder else (True,):
            for number, one in enumerate(held_out(entries)):
                found = self._found(base, one.text, self._without(base, one, by_words))
                by = basis_of(found)
                if number >= 2 * MOST_RERANKED and is_reranked(by):
                    break
                right = one.instead is not None and _is_from(found, one.instead)
                asked.held[by].append(Outcome(Features.of(found), right, one.instead is not None))
            for known in questions:
                found = self._found(base, known.text, Without(frozenset(), by_words=by_words))
                asked.known[basis_of(found)].append(known.outcome(found))
        return asked

    def _found(self, base: KnowledgeBase, text: str, without: Without) -> Retrieved:
        found = self._retrieval.retrieve_without(base.id, text, without)
        if not without.by_words and "dense" not in found.legs:
            raise Unavailable("Nothing can be calibrated while the embedder is away.", code="embedder_unavailable")
        return found

    def _without(self, base: KnowledgeBase, held: HeldOut, by_words: bool) -> Without:
        if held.instead is None:
            return Without(held.without, by_words=by_words)
        entry, space = held.instead, base.embedder

        def vectors_of(chunks: Sequence[Chunk]) -> Mapping[bytes, Vector]:
            return self._embeddings.known(space, [chunk.digest for chunk in chunks]) if space else {}

        rows = rows_of_entry(entry.entry_id, entry.questions, entry.answer, vectors_of)
        return Without(held.without, rows, by_words)


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


def _outside(session: Session, knowledge_base_id: uuid.UUID, given: float | None) -> tuple[float, Share]:
    """The share of questions that nothing answers, and how it is known.

    Whoever gives it is believed until contacts ask such questions more often.
    """
    made = newest(session, knowledge_base_id)
    seen = traffic(session, made) if made else None
    if made and seen and seen.outside and (given is None or seen.has_drifted_from(given)):
        return seen.outside.share, Share.SEEN
    if given is not None:
        return given, Share.GIVEN
    if made and made.share is Share.SEEN:
        return made.outside, Share.SEEN
    return OUTSIDE, Share.ASSUMED


def _differ(before: int, now: int) -> bool:
    return now > GROWTH * before or before > GROWTH * now


def _is_from(found: Retrieved, entry: Wordings) -> bool:
    return bool(found.passages) and found.passages[0].entry_id == entry.entry_id
