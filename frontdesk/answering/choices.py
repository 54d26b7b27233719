"""One question back, when no answer is sure enough: which of the likely ones is meant. It claims nothing. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from frontdesk.answering.checks.folding import folded, squeezed
from frontdesk.conversations.models import Sender
from frontdesk.knowledge.found import Passage
from frontdesk.language import Language, detect

MOST = 3
CLOSE = 0.5
"""So near to the best one the others have to stand, as a share of its score."""
LONGEST_TITLE = 120
SHORTEST_WORDS = 2

WORDING = {
    Language.ZH: "您想问的是哪一个？请回复序号；都不是的话请告诉我。",
    Language.EN: "Which of these do you mean? Please reply with its number, or tell me if it is none of them.",
}


class Uttered(Protocol):
    """What one side said."""

    @property
    def sender(self) -> Sender:
        """Which side."""

    @property
    def text(self) -> str:
        """In which words."""

    @property
    def choices(self) -> Sequence[str]:
        """What the contact may choose from next."""


T = TypeVar("T", bound=Uttered)


def best(passages: Sequence[Passage]) -> Sequence[Passage]:
    """Up to MOST passages, best first, of which each says something else and stands CLOSE to the best one."""
    several: dict[str, Passage] = {}
    for one in passages:
        several.setdefault(one.text, one)
    return [one for one in list(several.values())[:MOST] if one.standing >= CLOSE * passages[0].standing]


def questions(passages: Sequence[Passage], language: Language) -> tuple[str, ...]:
    """The questions of the best answers, best first; empty where there are no two to choose from.

    Only entries are asked about: their titles are questions, which a contact can choose in their place. The best
    answer is always among them.
    """
    titles: dict[str, str] = {}
    for one in best(passages):
        if _can_be_asked_about(one, language):
            titles.setdefault(squeezed(one.title), one.title.strip())
        elif not titles:
            return ()
    return tuple(titles.values()) if len(titles) > 1 else ()


def _can_be_asked_about(passage: Passage, language: Language) -> bool:
    title = passage.title.strip()
    return passage.entry_id is not None and len(title) <= LONGEST_TITLE and detect(title, language) is language


def ask(choices: Sequence[str], language: Language) -> str:
    """The question back, with the choices numbered from 1."""
    return "\n".join([WORDING[language], *(f"{number}. {title}" for number, title in enumerate(choices, 1))])


def _ordinal(chinese: str, english: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:我?(?:选|要|是|问的?是?|想问的?是?))?(?:第)?[{chinese}](?:个|项|条|种|号)?(?:问题)?"
        rf"|(?:option|number|no\.?|the)?\s*(?:{english})(?:\s+(?:one|option|question))?(?: please)?"
    )


_ORDINALS = (_ordinal("1一", "1|one|first"), _ordinal("2二两", "2|two|second"), _ordinal("3三", "3|three|third"))
_OF_TWO = (
    re.compile(r"前者|[前上]面(?:那|一)个|(?:the )?former(?: one| option| question)?(?: please)?"),
    re.compile(r"后者|[后下]面(?:那|一)个|(?:the )?latter(?: one| option| question)?(?: please)?"),
)
_NEITHER = re.compile(
    r"(?:[两三]个|以上)?都不是(?:的|这[个些]|我.*)?|都不对|不是这[两三几]个|没有(?:我要的|我想问的|一个是)"
    r"|neither(?: of (?:them|these|those|the two))?|none(?: of (?:them|these|those|the (?:two|three|above)))?"
    r"|not (?:one|any) of (?:them|these|those)|no,? neither|something else"
)
_STOPS = " \t\n。．.,，!！?？:：)）(（、~"


def chosen(text: str, choices: Sequence[str]) -> str | None:
    """The one that a contact means, by its number or by words that only it has; None when it is none."""
    said = folded(text).strip(_STOPS)
    for patterns in (_ORDINALS, _OF_TWO if len(choices) == len(_OF_TWO) else ()):
        for pattern, choice in zip(patterns, choices, strict=False):
            if pattern.fullmatch(said):
                return choice
    words = squeezed(text)
    if len(words) < SHORTEST_WORDS or is_neither(text):
        return None
    if exact := next((choice for choice in choices if words == squeezed(choice)), None):
        return exact
    alike = [choice for choice in choices if words in squeezed(choice) or squeezed(choice) in words]
    return alike[0] if len(alike) == 1 else None


def meant(said: Iterable[T]) -> Iterator[tuple[T, str]]:
    """What the contact said, each with its words; a choice has those of the question that it stands for."""
    offered: Sequence[str] = ()
    for one in said:
        if one.sender == Sender.CONTACT:
            yield one, chosen(one.text, offered) or one.text
        offered = one.choices


def is_neither(text: str) -> bool:
    """Whether a contact says that none of the choices is what they mean."""
    return bool(_NEITHER.fullmatch(folded(text).strip(_STOPS)))
