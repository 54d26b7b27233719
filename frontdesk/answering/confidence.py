"""How sure we are that the best passage answers the question, and whether that is sure enough."""

import uuid
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from frontdesk.confidence.built_in import SAME_WORDS, basis_of, built_in, in_same_words, is_by_meaning
from frontdesk.confidence.features import Features
from frontdesk.confidence.fitting import Fitted
from frontdesk.confidence.model import UnknownModel
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

    `calibration_id` is what both come from; None where the knowledge base has none that holds for what was found.
    """

    confidence: float
    threshold: float
    basis: str
    calibration_id: uuid.UUID | None = None


class Judge:
    """Judges what was found, as the knowledge base of the best passage was calibrated."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def judge(self, retrieved: Retrieved) -> Judged:
        """By the calibration that holds now."""
        with self._sessions() as session:
            row = session.execute(_NEWEST, {"id": retrieved.deciding.id}).one_or_none()
        return _judged(retrieved, *row) if row else _uncalibrated(retrieved)

    def judge_again(self, retrieved: Retrieved, calibration_id: uuid.UUID | None) -> Judged:
        """By the calibration of then, None where there was none."""
        if calibration_id is None:
            return _uncalibrated(retrieved)
        with self._sessions() as session:
            calibration = session.get(Calibration, calibration_id)
        return _judged(retrieved, calibration, calibration.embedder) if calibration else _uncalibrated(retrieved)


def _judged(retrieved: Retrieved, calibration: Calibration, embedder: str | None) -> Judged:
    by = basis_of(retrieved)
    if is_by_meaning(by) and calibration.embedder != embedder:
        return _uncalibrated(retrieved)
    try:
        fitted = Fitted.of_json(calibration.fitted.get(by, {}))
    except UnknownModel:
        return _uncalibrated(retrieved)
    if fitted.threshold is None:
        return _uncalibrated(retrieved)
    features = Features.of(retrieved)
    confidence = fitted.model.confidence(features)
    if calibration.error >= 1 - SAME_WORDS:
        confidence = in_same_words(confidence, features)
    return Judged(confidence, fitted.threshold, by, calibration.id)


def _uncalibrated(retrieved: Retrieved) -> Judged:
    by, features = basis_of(retrieved), Features.of(retrieved)
    confidence = in_same_words(built_in(by).confidence(features), features)
    return Judged(confidence, retrieved.threshold, by)
