"""The confidence of one knowledge base: a model of its own, and the threshold that keeps what is wished. Pure.

What people labelled makes a promise. Where they labelled too little for that, it makes an expectation, and where
it is less still, the questions held out do (labels.py). Where these lead to no threshold for what is wished, the
nearest one has to do: that for a larger error, or for traffic with fewer questions that nothing answers, though no
fewer than usual. It promises nothing, and in most public sets came nearer to the wish than the caller's. Where that
fails as well, or few questions can be held out, nothing is known: the built-in model and the caller's threshold do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from frontdesk.confidence.guarantee import Certificate, Labelled, Promise, certify, fewest
from frontdesk.confidence.model import OUTSIDE, Model, UnknownModel
from frontdesk.confidence.outcomes import Outcome, examples, labelled
from frontdesk.confidence.rates import Rates, rates

LIKELY_DOUBT = 0.5
"""The doubt of an expectation, which promises nothing: it is as likely too strict as too loose."""
LENIENT = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""So many times the error is allowed where there is no threshold for it: questions held out are mostly harder than
what contacts ask. Beyond that, they say nothing of it."""
FEWER = (1.0, 0.75, 0.5, 0.25)
"""So many times as many questions that nothing answers are reckoned with then."""
FORMAT = 1
"""Of what is stored."""


class Ground(StrEnum):
    """What a threshold rests on."""

    PROMISED = "promised"  # questions that people labelled
    EXPECTED = "expected"  # fewer of these, or the knowledge base's own questions, held out
    NOTHING = "nothing"  # too few of either, or they are not told apart well enough


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with its threshold, None where nothing is known.

    `certificate` tells what to expect, or what is missing. `rates` are those of the questions that the threshold
    was found by, where it was found.
    """

    model: Model
    ground: Ground
    threshold: float | None
    certificate: Certificate
    rates: Rates | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"format": FORMAT, **_STORED.dump_python(self, mode="json")}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "Fitted":
        """What `as_json` made. Raises UnknownModel for anything else."""
        values = dict(stored)
        if values.pop("format", None) != FORMAT:
            raise UnknownModel(f"This is not of format {FORMAT}.")
        try:
            fitted = _STORED.validate_python(values)
        except ValidationError as error:
            raise UnknownModel(f"This is no model: {error}") from error
        fitted.model.check()
        return fitted


_STORED = TypeAdapter(Fitted)


def is_known(stored: Mapping[str, Any]) -> bool:
    """Whether it is something that `as_json` of this release could have made."""
    try:
        Fitted.of_json(stored)
    except UnknownModel:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Order:
    """The model that ranks questions by how sure one can be, before it is calibrated, and what it was chosen by.

    `held` are the questions held out in the eyes of a model that did not see them, `certificate` the threshold that
    these lead to.
    """

    model: Model
    held: Labelled
    certificate: Certificate


def order(start: Model, held: Sequence[Outcome], wish: Promise) -> Order:
    """By the questions `held` out, a pair for each.

    Where these do not even lead to a threshold, as with few wordings of each entry, they are too unlike what
    contacts ask, and the model is `start`.
    """
    likely = _likely(wish)
    crossed = cross_fitted(start, held, likely.outside or OUTSIDE)
    certificate = certify(crossed, likely)
    model = start if certificate.threshold is None else start.fitted(examples(held), likely.outside or OUTSIDE)
    return Order(model, crossed, certificate)


def fit(start: Model, held: Sequence[Outcome], known: Sequence[Outcome], wish: Promise) -> Fitted:
    """From the questions `held` out and those `known` by labels, in traffic as `wish` has it.

    Labels say from where on, and how likely; the order comes from the questions held out, so that what is promised
    by a label was not learned from it.
    """
    ordered = order(start, held, wish)
    of_known = labelled(ordered.model, known)
    promised = certify(of_known, wish)
    by_known = promised if promised.threshold is not None else certify(of_known, _likely(wish))
    if by_known.threshold is not None and len(known) >= fewest(wish):
        calibrated = ordered.model.recalibrated(examples(known), wish.outside)
        ground = Ground.EXPECTED if promised.threshold is None else Ground.PROMISED
        return _settled(ordered.model, calibrated, of_known, replace(by_known, missing=promised.missing), ground)
    if ordered.certificate.threshold is not None:
        calibrated = ordered.model.recalibrated(examples(held), _likely(wish).outside)
        told = replace(ordered.certificate, missing=promised.missing)
        return _settled(ordered.model, calibrated, ordered.held, told, Ground.EXPECTED)
    enough = sum(one.answerable for one in held) >= fewest(wish)
    for lenient in _more_lenient(wish) if enough else ():
        ordered = order(start, held, lenient)
        if ordered.certificate.threshold is not None:
            calibrated = ordered.model.recalibrated(examples(held), _likely(wish).outside)
            found = _settled(ordered.model, calibrated, ordered.held, ordered.certificate, Ground.NOTHING)
            return replace(found, certificate=promised)
    return Fitted(start, Ground.NOTHING, None, promised)


def _more_lenient(wish: Promise) -> Iterator[Promise]:
    """What can be wished for in its place, the nearest first."""
    outside = _likely(wish).outside or 0.0
    for share in dict.fromkeys(max(outside * fewer, min(outside, OUTSIDE)) for fewer in FEWER):
        for larger in LENIENT:
            yield Promise(wish.error * larger, wish.doubt, share)


def cross_fitted(start: Model, held: Sequence[Outcome], outside: float) -> Labelled:
    """The questions held out, each with the confidence of a model fitted to the other half of them."""
    halves = [[place for place in range(len(held)) if place // 2 % 2 == half] for half in (0, 1)]
    confidence = np.zeros(len(held))
    for own, others in (halves, halves[::-1]):
        model = start.fitted(examples([held[place] for place in others]), outside)
        confidence[own] = labelled(model, [held[place] for place in own]).confidence
    return replace(labelled(start, held), confidence=confidence)


def _likely(wish: Promise) -> Promise:
    """The same without certainty."""
    return Promise(wish.error, LIKELY_DOUBT, OUTSIDE if wish.outside is None else wish.outside)


def _settled(before: Model, model: Model, questions: Labelled, certificate: Certificate, ground: Ground) -> Fitted:
    """The threshold was found by the model `before` it was calibrated, which keeps the order."""
    found = certificate.threshold or 0.0
    threshold = float(model.calibrated(found)) if found > 0 else 0.0
    return Fitted(model, ground, threshold, certificate, rates(questions, found))
