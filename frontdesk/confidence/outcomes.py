"""Questions of which is known what should come of them, and what came. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.binomial import Floats
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
    return Labelled(
        confidences(model, [one.features for one in outcomes]),
        np.array([one.right for one in outcomes], np.bool_),
        np.array([one.answerable for one in outcomes], np.bool_),
    )


def confidences(model: Model, features: Sequence[Features | None]) -> Floats:
    """The confidence in each; none where nothing was found."""
    confidence = np.zeros(len(features))
    found = [number for number, one in enumerate(features) if one is not None]
    confidence[found] = model.confidences([one for one in features if one is not None])
    return confidence


def examples(outcomes: Sequence[Outcome]) -> Examples:
    """Those where something was found."""
    found = [one for one in outcomes if one.features is not None]
    return Examples(
        [one.features for one in found if one.features is not None],
        np.array([one.right for one in found], np.bool_),
        np.array([one.answerable for one in found], np.bool_),
    )
