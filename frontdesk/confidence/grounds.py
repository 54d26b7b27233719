"""What a threshold can rest on, and what is hoped for where nothing can be promised. Pure."""

from dataclasses import replace
from enum import StrEnum

from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.model import OUTSIDE

LIKELY_DOUBT = 0.5
"""The doubt of an expectation, which promises nothing: it is as likely too strict as too loose."""


class Ground(StrEnum):
    """What a threshold rests on."""

    PROMISED = "promised"  # questions that people labelled
    EXPECTED = "expected"  # fewer of these, or the knowledge base's own questions, held out
    NOTHING = "nothing"  # too few of either, or they are not told apart well enough


def likely(wish: Promise) -> Promise:
    """The same without certainty."""
    return replace(wish, doubt=LIKELY_DOUBT, outside=OUTSIDE if wish.outside is None else wish.outside)
