"""What a threshold can rest on, and what is hoped for where nothing can be promised. Pure."""

from dataclasses import replace
from enum import StrEnum

from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.model import OUTSIDE

LIKELY_DOUBT = 0.5
"""The doubt of an expectation, which promises nothing: it is as likely too strict as too loose."""
NEAR = 0.85
"""So many of the questions that nothing answers are taken to be like those held out, about the same things as the
knowledge base. The others are about something else, and any threshold hands them over. With all of them near, the
error on clinc150 is a third of what is wished, and with 0.6 that on banking77 half as much again."""


class Ground(StrEnum):
    """What a threshold rests on."""

    PROMISED = "promised"  # questions that people labelled
    EXPECTED = "expected"  # fewer of these, or the knowledge base's own questions, held out
    NOTHING = "nothing"  # too few of either, or they are not told apart well enough


def likely(wish: Promise) -> Promise:
    """The same without certainty."""
    return replace(wish, doubt=LIKELY_DOUBT, outside=_outside(wish))


def likely_of_held_out(wish: Promise) -> Promise:
    """The same of the questions that are like those held out."""
    return replace(likely(wish), outside=_outside(wish) * NEAR / share_of_held_out(wish))


def share_of_held_out(wish: Promise) -> float:
    """How many of all questions are like those held out."""
    return 1 - _outside(wish) * (1 - NEAR)


def _outside(wish: Promise) -> float:
    return OUTSIDE if wish.outside is None else wish.outside
