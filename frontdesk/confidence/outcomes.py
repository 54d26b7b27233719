"""Questions of which is known what should come of them, or what contacts thought of it, and what came. Pure."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.binomial import Floats
from frontdesk.confidence.features import Features
from frontdesk.confidence.guarantee import Labelled
from frontdesk.confidence.model import Examples, Model


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question that was asked: what speaks for its first passage, whether that is right, whether anything is.

    Without `features` nothing was found. `parts` are the names of those that it belongs to (parts.py).
    """

    features: Features | None
    right: bool
    answerable: bool
    parts: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a contact asked lately, looked up anew; `again` is what speaks for the first passage now.

    It is `recognised` where it is one of several wordings of an entry. Where it is the only one, `features` are of
    what is found without that entry, otherwise the same as `again`. It was `answered` when it was asked, or not,
    and `disliked` if the contact called that no help and the same would be answered again. It `is_new` if it was
    asked since the last calibration. `parts` as of an Outcome.
    """

    features: Features | None
    again: Features | None
    recognised: bool = False
    answered: bool = False
    disliked: bool = False
    is_new: bool = False
    parts: Set[str] = frozenset()


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
