"""Questions of which is known what should come of them, and what came. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.features import Features
from frontdesk.confidence.guarantee import Labelled
from frontdesk.confidence.model import Examples, Model


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question that was asked: what speaks for its first passage, whether that is right, whether anything is.

    Without `features` nothing was found.
    """

    features: Features | None
    right: bool
    answerable: bool


def labelled(model: Model, outcomes: Sequence[Outcome]) -> Labelled:
    """The confidence in each; none where nothing was found."""
    found = [number for number, one in enumerate(outcomes) if one.features is not None]
    confidence = np.zeros(len(outcomes))
    confidence[found] = model.confidences([one.features for one in outcomes if one.features is not None])
    return Labelled(
        confidence,
        np.array([one.right for one in outcomes], np.bool_),
        np.array([one.answerable for one in outcomes], np.bool_),
    )


def examples(outcomes: Sequence[Outcome]) -> Examples:
    """Those where something was found."""
    found = [one for one in outcomes if one.features is not None]
    return Examples(
        [one.features for one in found if one.features is not None],
        np.array([one.right for one in found], np.bool_),
        np.array([one.answerable for one in found], np.bool_),
    )
