"""Sensitive topics: what an inbox leaves to people whatever the assistant knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from frontdesk.errors import Invalid
from frontdesk.texts import require_text

MOST_WORDS = 200
LONGEST_WORDS = 80
"""In characters."""


class SensitiveTopic(StrEnum):
    """A group of words and phrases; the more urgent comes first."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    INJURY = "injury"
    LEGAL = "legal"
    AUTHORITIES = "authorities"  # and the press
    DISPUTE = "dispute"  # of a payment or a refund; how to get one is an ordinary question
    PERSONAL_DATA = "personal_data"
    OWN = "own"  # the inbox's own words


BUILT_IN = tuple(topic for topic in SensitiveTopic if topic is not SensitiveTopic.OWN)


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What is sensitive in an inbox: the built-in topics but those that are switched off, and its own words."""

    off: frozenset[SensitiveTopic] = frozenset()
    words: tuple[str, ...] = ()


def clean_words(words: Sequence[str]) -> list[str]:
    """Words and phrases as they are stored: each on one line with single blanks, none twice; raises Invalid."""
    if len(words) > MOST_WORDS:
        raise Invalid(f"There are at most {MOST_WORDS} words and phrases.", code="words_too_many")
    cleaned = [require_text(" ".join(one.split()), LONGEST_WORDS, "A word or phrase") for one in words]
    if wordless := next((one for one in cleaned if not any(sign.isalnum() for sign in one)), None):
        raise Invalid(f"“{wordless}” has no letters.", code="words_without_letters")
    return list(dict.fromkeys(cleaned))
