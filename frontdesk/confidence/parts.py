"""Parts of the questions of which fewer answers may be wrong, by thresholds of their own. Pure.

A part is what is asked in a language, or would be answered from sources with a tag. It has the model of the whole,
and a threshold that is found like that of the whole, by its own questions, and is no lower. Where these are too few
or find none, an answer has to be as sure itself as the answers of the part are to be: no average can be told then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontdesk.confidence.grounds import Ground, likely, likely_of_held_out, share_of_held_out
from frontdesk.confidence.guarantee import Bools, Certificate, Labelled, Promise, certify, expected_at, fewest
from frontdesk.confidence.model import Model
from frontdesk.confidence.outcomes import Outcome
from frontdesk.language import Language

LANGUAGE, TAG = "language:", "tag:"


def of_language(language: Language) -> str:
    """The name of the questions in a language."""
    return f"{LANGUAGE}{language}"


def of_tag(tag: str) -> str:
    """The name of the answers from sources with a tag."""
    return f"{TAG}{tag}"


@dataclass(frozen=True, slots=True)
class Part:
    """The threshold of a part, of which a share of `error` may be wrong, and what to expect of its questions."""

    error: float
    ground: Ground
    threshold: float
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Whole:
    """What the parts are parts of: its model, before it is `calibrated` and after, and its threshold; `level` is
    the same before. `labels` and `held` are questions in the eyes of the model `before`."""

    calibrated: Model
    threshold: float
    level: float
    labels: tuple[Sequence[Outcome], Labelled]
    held: tuple[Sequence[Outcome], Labelled]


def part_of(whole: Whole, name: str, wish: Promise) -> Part:
    """The part of this name; the share of `wish` that nothing answers is that of the whole."""
    questions, own = _in_part(name, *whole.labels, wish)
    promised, hoped, share = certify(questions, own), likely(own), 1.0
    found = promised if promised.threshold is not None else certify(questions, hoped)
    ground = Ground.EXPECTED if promised.threshold is None else Ground.PROMISED
    if found.threshold is None or len(questions) < fewest(own):
        questions, own = _in_part(name, *whole.held, wish)
        hoped, share = likely_of_held_out(own), share_of_held_out(own)
        found, ground = certify(questions, hoped), Ground.EXPECTED
    if found.threshold is None:
        return Part(wish.error, Ground.NOTHING, max(whole.threshold, 1 - wish.error), promised)
    level = max(found.threshold, whole.level)
    told = replace(expected_at(level, questions, hoped).among(share), missing=promised.missing)
    return Part(wish.error, ground, max(whole.threshold, whole.calibrated.threshold(level)), told)


def _in_part(
    name: str, outcomes: Sequence[Outcome], questions: Labelled, wish: Promise
) -> tuple[Labelled, Promise]:
    """The questions of a part, and the wish with the share of them that nothing answers."""
    inside = np.array([name in one.parts for one in outcomes], np.bool_)
    return questions.some(inside), replace(wish, outside=_outside(inside, questions.answerable, wish.outside))


def _outside(inside: Bools, answerable: Bools, outside: float | None) -> float | None:
    """Bayes: of either kind another share is in the part."""
    if outside is None or answerable.all() or not answerable.any():
        return outside
    unknown, known = outside * inside[~answerable].mean(), (1 - outside) * inside[answerable].mean()
    return float(unknown / (unknown + known)) if unknown + known else outside
