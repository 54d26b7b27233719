"""The confidence of one knowledge base: a model of its own, and the threshold that keeps what is wished. Pure.

What people labelled makes a promise. Where they labelled too little for that, it makes an expectation, and where
it is less still, the questions held out do (labels.py). Where these lead to no threshold for what is wished, the
nearest one has to do: that for a larger error, or for traffic with fewer questions that nothing answers, though no
fewer than usual. It promises nothing, and in most public sets came nearer to the wish than the caller's. Where that
fails as well, or few questions can be held out, nothing is known: the built-in model and the caller's threshold do.
Whatever it is, it is higher where contacts complain of too many answers (complaints.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from frontdesk.confidence.complaints import bearable
from frontdesk.confidence.grounds import Ground, likely, likely_of_held_out, share_of_held_out
from frontdesk.confidence.guarantee import Certificate, Labelled, Promise, certify, expected_at, fewest
from frontdesk.confidence.model import OUTSIDE, Model, UnknownModel
from frontdesk.confidence.outcomes import AskedLately, Outcome, examples, labelled
from frontdesk.confidence.parts import Part, Whole, part_of
from frontdesk.confidence.rates import Rates, rates

LENIENT = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""So many times the error is allowed where there is no threshold for it: questions held out are mostly harder than
what contacts ask. Beyond that, they say nothing of it."""
FEWER = (1.0, 0.75, 0.5, 0.25)
"""So many times as many questions that nothing answers are reckoned with then."""
FORMAT = 1
"""Of what is stored."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with its threshold, None where nothing is known.

    `certificate` tells what to expect, or what is missing. `rates` are those of the questions that the threshold
    was found by, where it was found. It is `raised` where contacts complained of what a lower one answered. `parts`
    have thresholds of their own, by their names.
    """

    model: Model
    ground: Ground
    threshold: float | None
    certificate: Certificate
    rates: Rates | None = None
    raised: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of questions: those `held` out, a pair for each, those with `labels` of people, and what
    contacts `asked` lately."""

    held: Sequence[Outcome] = ()
    labels: Sequence[Outcome] = ()
    asked: AskedLately = field(default_factory=AskedLately)


def order(start: Model, held: Sequence[Outcome], wish: Promise) -> Order:
    """By the questions `held` out.

    Where these do not even lead to a threshold, as with few wordings of each entry, they are too unlike what
    contacts ask, and the model is `start`.
    """
    hoped = likely_of_held_out(wish)
    crossed = cross_fitted(start, held, hoped.outside or OUTSIDE)
    certificate = certify(crossed, hoped).among(share_of_held_out(wish))
    model = start if certificate.threshold is None else start.fitted(examples(held), hoped.outside or OUTSIDE)
    return Order(model, crossed, certificate)


def fit(
    start: Model,
    known: Known,
    wish: Promise,
    fallback: float = 1.0,
    errors: Mapping[str, float] = MappingProxyType({}),
) -> Fitted:
    """From what is `known`, in traffic as `wish` has it; `errors` are those wished of parts, by their names.

    Labels say from where on, and how likely; the order comes from the questions held out, so that what is promised
    by a label was not learned from it. `fallback` is the threshold that the caller has where there is none.
    """
    ordered, fitted = _fitted(start, known, wish, fallback)
    whole = Whole(
        fitted.model,
        fallback if fitted.threshold is None else fitted.threshold,
        fitted.certificate.threshold or 0.0,
        (known.labels, labelled(ordered.model, known.labels)),
        (known.held, ordered.held),
    )
    parts = {name: part_of(whole, name, replace(wish, error=error)) for name, error in errors.items()}
    return replace(fitted, parts=parts)


def _fitted(start: Model, known: Known, wish: Promise, fallback: float) -> tuple[Order, Fitted]:
    """The whole, and the order that its threshold was found in."""
    ordered = order(start, known.held, wish)
    of_labels = labelled(ordered.model, known.labels)
    promised = certify(of_labels, wish)
    by_labels = promised if promised.threshold is not None else certify(of_labels, likely(wish))
    if by_labels.threshold is not None and len(known.labels) >= fewest(wish):
        calibrated = ordered.model.recalibrated(examples(known.labels), wish.outside)
        ground = Ground.EXPECTED if promised.threshold is None else Ground.PROMISED
        told = replace(by_labels, missing=promised.missing)
        return ordered, _settled(ordered.model, calibrated, of_labels, told, ground, wish, known.asked)
    if ordered.certificate.threshold is not None:
        told = replace(ordered.certificate, missing=promised.missing)
        return ordered, _expected(ordered, known, told, Ground.EXPECTED, wish)
    enough = sum(one.answerable for one in known.held) >= fewest(wish)
    for lenient in _more_lenient(wish) if enough else ():
        ordered = order(start, known.held, lenient)
        if ordered.certificate.threshold is not None:
            found = _expected(ordered, known, ordered.certificate, Ground.NOTHING, wish)
            return ordered, replace(found, certificate=promised)
    level = bearable(start, known.asked, wish.error)
    raised = level > fallback
    return ordered, Fitted(start, Ground.NOTHING, level if raised else None, promised, raised=raised)


def _more_lenient(wish: Promise) -> Iterator[Promise]:
    """What can be wished for in its place, the nearest first."""
    outside = likely(wish).outside or 0.0
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


def _expected(ordered: Order, known: Known, certificate: Certificate, ground: Ground, wish: Promise) -> Fitted:
    """By the questions held out."""
    calibrated = ordered.model.recalibrated(examples(known.held), likely_of_held_out(wish).outside)
    return _settled(ordered.model, calibrated, ordered.held, certificate, ground, wish, known.asked)


def _settled(
    before: Model,
    model: Model,
    questions: Labelled,
    certificate: Certificate,
    ground: Ground,
    wish: Promise,
    asked: AskedLately,
) -> Fitted:
    """The threshold was found by the model `before` it was calibrated, which keeps the order."""
    found, level = certificate.threshold or 0.0, bearable(before, asked, wish.error)
    raised = level > found
    if raised:
        found = level
        certificate = replace(expected_at(level, questions, likely(wish)), missing=certificate.missing)
        ground = Ground.EXPECTED if ground is Ground.PROMISED else ground
    return Fitted(model, ground, model.threshold(found), certificate, rates(questions, found), raised)
