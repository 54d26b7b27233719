"""The confidence of one knowledge base: a model of its own, and the threshold that keeps what is wished. Pure.

What people labelled makes a promise. Where they labelled too little for that, it makes an expectation, and where
it is less still, the questions held out do (labels.py). Where these lead to no threshold for what is wished, the
nearest one has to do: that for a larger error, or for traffic with fewer questions that nothing answers, though no
fewer than usual. It promises nothing, and in most public sets came nearer to the wish than the caller's. Where that
fails as well, or few questions can be held out, nothing is known: the built-in model and the caller's threshold do.
Whatever it is, it is higher where contacts complain of too many answers (complaints.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from frontdesk.confidence.complaints import bearable
from frontdesk.confidence.curves import Curves, curves
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.grounds import Ground, likely, likely_of_held_out, share_of_held_out
from frontdesk.confidence.guarantee import LEVELS, Certificate, Labelled, Promise, certify, expected_at, fewest
from frontdesk.confidence.model import OUTSIDE, Model
from frontdesk.confidence.outcomes import LookedUp, Outcome, examples, labelled
from frontdesk.confidence.parts import REST, Cell, Seen, cell_of, expected_of, parts_of_cell, promised_of
from frontdesk.confidence.rates import rates

LENIENT = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""So many times the error is allowed where there is no threshold for it: questions held out are mostly harder than
what contacts ask. Beyond that, they say nothing of it."""
FEWER = (1.0, 0.75, 0.5, 0.25)
"""So many times as many questions that nothing answers are reckoned with then."""


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
    asked: Sequence[LookedUp] = ()


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


class Fitting(NamedTuple):
    """What was fitted, and the curves of the questions that its threshold was found by; none without one."""

    fitted: Fitted
    curves: Curves


def fit(
    start: Model,
    known: Known,
    wish: Promise,
    fallback: float = 1.0,
    errors: Mapping[str, float] = MappingProxyType({}),
) -> Fitting:
    """From what is `known`, in traffic as `wish` has it; `errors` are those wished of parts, by their names.

    Labels say from where on, and how likely; the order comes from the questions held out, so that what is promised
    by a label was not learned from it. `fallback` is the threshold that the caller has where there is none.
    """
    known = replace(known, held=_in_parts(known.held, errors), labels=_in_parts(known.labels, errors))
    asked = _Asked(known, order(start, known.held, wish))
    wishes = _wishes(asked, wish, errors)
    rest = _found(asked, REST, wishes[REST])
    if rest.level is None and (len(wishes) == 1 or REST in asked.labels.cells() | asked.held.cells()):
        rest = _nearest(start, rest, wishes[REST])
    found = {cell: _found(rest.asked, cell, own) for cell, own in wishes.items() if cell != REST}
    least = bearable(rest.asked.order.model, known.asked, wish.error)
    lead = next((one for one in (rest, *found.values()) if one.level is not None), None)
    fitted = _settled(rest._replace(model=lead.model) if lead else rest, least, fallback)
    whole = fallback if fitted.threshold is None else fitted.threshold
    if lead is None:
        cells = {cell: Cell.as_sure(wishes[cell].error, whole, one.certificate) for cell, one in found.items()}
        return Fitting(replace(fitted, cells=cells), Curves())
    if rest.level is None:
        # Something is known, but not of this: it is a cell like any other.
        whole = Cell.as_sure(wish.error, whole, fitted.certificate).threshold
        fitted = replace(fitted, threshold=whole)
    raised = fitted.raised or any(one.level is not None and least > one.level for one in found.values())
    fitted = replace(fitted, raised=raised)
    cells = {cell: _cell(one, lead.model, wishes[cell].error, least, whole) for cell, one in found.items()}
    hoped, share = _hoped(wish, lead.by_labels)
    if cells:
        fitted = _told_of_all(fitted, cells, lead, whole, hoped, share)
    return Fitting(fitted, curves(lead.everything.labelled, lead.model, hoped.outside, share))


def _in_parts(outcomes: Sequence[Outcome], errors: Mapping[str, float]) -> Sequence[Outcome]:
    """Each in no other parts than those of which something is wished."""
    return [
        one if one.parts <= errors.keys() else replace(one, parts=one.parts & errors.keys()) for one in outcomes
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known, in the eyes of the model of an order."""

    known: Known
    order: Order

    @property
    def labels(self) -> Seen:
        """What people labelled."""
        return Seen(self.known.labels, labelled(self.order.model, self.known.labels))

    @property
    def held(self) -> Seen:
        """What was held out."""
        return Seen(self.known.held, self.order.held)


class _Found(NamedTuple):
    """Where the threshold of a cell is, None for nowhere, in the eyes of the order's model; `model` is that,
    calibrated.

    `questions` are those of the cell among `everything` that it was found by, in the traffic that is `hoped` for.
    They are a `share` of all of the cell.
    """

    asked: _Asked
    model: Model
    level: float | None
    ground: Ground
    certificate: Certificate
    by_labels: bool
    everything: Seen
    questions: Labelled
    hoped: Promise
    share: float


def _wishes(asked: _Asked, wish: Promise, errors: Mapping[str, float]) -> Mapping[str, Promise]:
    """What is wished of each cell that there are questions of, and of each part alone."""
    cells = {REST, *(cell_of([name]) for name in errors), *asked.labels.cells(), *asked.held.cells()}
    return {
        cell: replace(
            wish,
            error=min([wish.error, *(errors[name] for name in parts_of_cell(cell))]),
            doubt=wish.doubt / len(cells),
        )
        for cell in sorted(cells)
    }


def _hoped(wish: Promise, by_labels: bool) -> tuple[Promise, float]:
    """What is hoped for of labels, or of questions held out, and which share of all these are."""
    return (likely(wish), 1.0) if by_labels else (likely_of_held_out(wish), share_of_held_out(wish))


def _found(asked: _Asked, cell: str, wish: Promise) -> _Found:
    """By the labels of a cell, or else by its questions held out, if these can be told apart at all."""
    ordered, known, labels = asked.order, asked.known, asked.labels
    promised = certify(*promised_of(labels, cell, wish))
    questions, own = expected_of(labels, cell, wish)
    hoped, share = _hoped(own, by_labels=True)
    told = promised if promised.threshold is not None else certify(questions, hoped)
    if told.threshold is not None and len(questions) >= fewest(wish):
        model = ordered.model.recalibrated(examples(known.labels), wish.outside)
        ground = Ground.EXPECTED if promised.threshold is None else Ground.PROMISED
        told = replace(told, missing=promised.missing)
        return _Found(asked, model, told.threshold, ground, told, True, labels, questions, hoped, share)
    questions, own = expected_of(asked.held, cell, wish)
    hoped, share = _hoped(own, by_labels=False)
    told = certify(questions, hoped).among(share) if ordered.certificate.threshold is not None else promised
    model, ground = ordered.model, Ground.NOTHING
    if told.threshold is None:
        told = promised
    else:
        model, ground = model.recalibrated(examples(known.held), likely_of_held_out(wish).outside), Ground.EXPECTED
        told = replace(told, missing=promised.missing)
    return _Found(asked, model, told.threshold, ground, told, False, asked.held, questions, hoped, share)


def _nearest(start: Model, rest: _Found, wish: Promise) -> _Found:
    """Where the threshold is for what can be wished for in its place; itself where that is nowhere."""
    known = rest.asked.known
    enough = sum(one.answerable for one in known.held) >= fewest(wish)
    for lenient in _more_lenient(wish) if enough else ():
        ordered = order(start, known.held, lenient)
        if ordered.certificate.threshold is not None:
            asked, hoped = _Asked(known, ordered), likely_of_held_out(wish)
            return rest._replace(
                asked=asked,
                model=ordered.model.recalibrated(examples(known.held), hoped.outside),
                level=ordered.certificate.threshold,
                everything=asked.held,
                questions=ordered.held,
            )
    return rest


def _settled(found: _Found, least: float, fallback: float) -> Fitted:
    """With a threshold no lower than what is bearable, in the eyes of the order's model."""
    if found.level is None:
        threshold = found.model.threshold(least)
        raised = threshold > fallback
        return Fitted(found.model, Ground.NOTHING, threshold if raised else None, found.certificate, raised=raised)
    level, ground, certificate = _raised(found, least)
    threshold = found.model.threshold(level)
    return Fitted(found.model, ground, threshold, certificate, rates(found.questions, level), level > found.level)


def _cell(found: _Found, model: Model, error: float, least: float, whole: float) -> Cell:
    """The same of a cell, by the calibrated `model` and beside the threshold of the whole."""
    if found.level is None:
        return Cell.as_sure(error, whole, found.certificate)
    level, ground, certificate = _raised(found, least)
    return Cell(error, ground, model.threshold(level), certificate)


def _raised(found: _Found, least: float) -> tuple[float, Ground, Certificate]:
    """The level that was found with its ground, or one that promises nothing, and is no lower than bearable."""
    level = found.level or 0.0
    if least <= level:
        return level, found.ground, found.certificate
    ground = Ground.EXPECTED if found.ground is Ground.PROMISED else found.ground
    expected = expected_at(least, found.questions, found.hoped).among(found.share)
    return least, ground, replace(expected, missing=found.certificate.missing)


def _told_of_all(
    rest: Fitted, cells: Mapping[str, Cell], lead: _Found, whole: float, hoped: Promise, share: float
) -> Fitted:
    """What was fitted to the rest, and what to expect of everything, each question at the threshold of its cell."""
    everything, of_rest = lead.everything.labelled, Cell(hoped.error, rest.ground, whole, rest.certificate)
    places = [cell_of(one.parts) for one in lead.everything.outcomes]
    own = {name: cells.get(name, of_rest) for name in places}
    thresholds = np.array([own[name].threshold for name in places])
    is_answered = lead.model.calibrated(everything.confidence) >= thresholds
    decided = replace(everything, confidence=is_answered.astype(np.float64))
    missing = [cell.certificate.missing for cell in own.values()]
    certificate = replace(
        expected_at(LEVELS[0], decided, hoped).among(share),
        threshold=rest.certificate.threshold,
        missing=None if None in missing else max(one or 0 for one in missing),
    )
    grounds = {cell.ground for cell in own.values()}
    ground = grounds.pop() if len(grounds) == 1 else Ground.EXPECTED
    if REST in own and rest.ground is Ground.NOTHING:
        ground = Ground.NOTHING
    return replace(rest, ground=ground, certificate=certificate, rates=rates(decided, LEVELS[0]), cells=cells)


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
