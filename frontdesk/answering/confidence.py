"""How sure we are that the best passage answers the question, and whether that is sure enough."""

import uuid
from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from frontdesk.answering.choices import best
from frontdesk.answering.parts import parts_of
from frontdesk.confidence.built_in import basis_of, built_in, in_same_words, is_by_meaning
from frontdesk.confidence.features import Features
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.model import Model, UnknownModel
from frontdesk.confidence.models import Calibration
from frontdesk.database import Sessions
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.models import KnowledgeBase

_NEWEST = (
    select(Calibration, KnowledgeBase.embedder)
    .join(KnowledgeBase, KnowledgeBase.id == Calibration.knowledge_base_id)
    .where(Calibration.knowledge_base_id == bindparam("id"))
    .order_by(Calibration.made_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Judged:
    """The probability that the first passage answers, 0 without passages; from the threshold on it is sure enough.

    `likely` is the probability that one of the best few answers, which a contact could choose from. All of it comes
    from `calibration_id`; None where the knowledge base has none that holds for what was found. `parts` are the
    question's that have a threshold of their own.
    """

    confidence: float
    threshold: float
    likely: float
    basis: str
    calibration_id: uuid.UUID | None = None
    parts: Set[str] = frozenset()


class Judge:
    """Judges what was found, as the knowledge base of the best passage was calibrated."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def judge(self, retrieved: Retrieved, query: str) -> Judged:
        """By the calibration that holds now."""
        with self._sessions() as session:
            row = session.execute(_NEWEST, {"id": retrieved.deciding.id}).one_or_none()
            if row is None:
                return _uncalibrated(retrieved)
            calibration, embedder = row
            fitted = _fitted(retrieved, calibration, embedder)
            if fitted is None:
                return _uncalibrated(retrieved)
            parts = parts_of(session, fitted.parts, query, retrieved) if fitted.cells else frozenset()
        return _judged(retrieved, calibration, fitted, parts)

    def judge_again(
        self, retrieved: Retrieved, calibration_id: uuid.UUID | None, parts: Set[str] = frozenset()
    ) -> Judged:
        """By the calibration of then, None where there was none, as of the parts of then."""
        if calibration_id is None:
            return _uncalibrated(retrieved)
        with self._sessions() as session:
            calibration = session.get(Calibration, calibration_id)
        fitted = _fitted(retrieved, calibration, calibration.embedder) if calibration else None
        if calibration is None or fitted is None:
            return _uncalibrated(retrieved)
        return _judged(retrieved, calibration, fitted, parts)


def _fitted(retrieved: Retrieved, calibration: Calibration, embedder: str | None) -> Fitted | None:
    """What holds for what was found; None where nothing does."""
    by = basis_of(retrieved)
    if is_by_meaning(by) and calibration.embedder != embedder:
        return None
    try:
        fitted = Fitted.of_json(calibration.fitted.get(by, {}))
    except UnknownModel:
        return None
    return fitted if fitted.threshold is not None or fitted.cells else None


def _judged(retrieved: Retrieved, calibration: Calibration, fitted: Fitted, parts: Set[str]) -> Judged:
    whole = retrieved.threshold if fitted.threshold is None else fitted.threshold
    cell = fitted.cell(parts, whole)
    features = Features.of(retrieved)
    confidence = fitted.confidence(features, cell.error if cell else calibration.error)
    threshold = cell.threshold if cell else whole
    likely = _likely(fitted.model, features, retrieved)
    return Judged(confidence, threshold, likely, basis_of(retrieved), calibration.id, parts)


def _uncalibrated(retrieved: Retrieved) -> Judged:
    by, features = basis_of(retrieved), Features.of(retrieved)
    model = built_in(by)
    confidence = in_same_words(model.confidence(features), features)
    return Judged(confidence, retrieved.threshold, _likely(model, features, retrieved), by)


def _likely(model: Model, features: Features | None, retrieved: Retrieved) -> float:
    """No less than that the first one does, whatever the model makes of a larger lead."""
    of_several = Features.of(retrieved, best(retrieved.passages))
    return max(model.confidence(features), model.confidence(of_several))
