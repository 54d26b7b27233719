"""One question back, when two answers are close: which of two questions is meant. It claims nothing. Pure."""

import re
from collections.abc import Sequence

from frontdesk.answering.checks.folding import folded, squeezed
from frontdesk.knowledge.found import Passage
from frontdesk.language import Language, detect

COVERED = 0.6
"""So much of the question's words both have to have."""
CLOSE = 0.85
"""So near to the best one the other has to stand, as a share of its score; a third one must not."""
LONGEST_TITLE = 120
SHORTEST_WORDS = 2

WORDING = {
    Language.ZH: "您想问的是哪一个？请回复序号；都不是的话请告诉我。",
    Language.EN: "Which of these do you mean? Please reply with its number, or tell me if it is neither.",
}


def two_close(passages: Sequence[Passage], language: Language) -> tuple[str, str] | None:
    """The questions of the two answers that are close; None where there are no such two.

    Only entries are asked about: their titles are questions, which a contact can choose in their place.
    """
    best = passages[0] if passages else None
    others = [one for one in passages[1:] if best and one.text != best.text]
    if best is None or not others or others[0].standing < CLOSE * best.standing:
        return None
    if len(others) > 1 and others[1].standing >= CLOSE * best.standing:
        return None
    both = (best, others[0])
    titles = (best.title.strip(), others[0].title.strip())
    sound = all(one.entry_id and one.coverage >= COVERED for one in both)
    sound = sound and squeezed(titles[0]) != squeezed(titles[1])
    readable = all(len(title) <= LONGEST_TITLE and detect(title, language) is language for title in titles)
    return titles if sound and readable else None


def ask(choices: Sequence[str], language: Language) -> str:
    """The question back, with the choices numbered from 1."""
    return "\n".join([WORDING[language], *(f"{number}. {title}" for number, title in enumerate(choices, 1))])


_ORDINALS = (
    re.compile(
        r"(?:我?(?:选|要|是|问的?是?|想问的?是?))?(?:第)?[1一](?:个|项|条|种|号)?(?:问题)?|前者|前面(?:那|一)个|上面(?:那|一)个"
        r"|(?:option|number|no\.?|the)?\s*(?:1|one|first|former)(?:\s+(?:one|option|question))?(?: please)?"
    ),
    re.compile(
        r"(?:我?(?:选|要|是|问的?是?|想问的?是?))?(?:第)?[2二两](?:个|项|条|种|号)?(?:问题)?|后者|后面(?:那|一)个|下面(?:那|一)个"
        r"|(?:option|number|no\.?|the)?\s*(?:2|two|second|latter)(?:\s+(?:one|option|question))?(?: please)?"
    ),
)
_NEITHER = re.compile(
    r"都不是(?:的|这个|我.*)?|都不对|两个都不是|不是这两个|没有(?:我要的|一个是)|以上都不是"
    r"|neither(?: of (?:them|these|those|the two))?|none(?: of (?:them|these|those))?"
    r"|not (?:one|any) of (?:them|these|those)|no,? neither"
)
_STOPS = " \t\n。．.,，!！?？:：)）(（、~"


def chosen(text: str, choices: Sequence[str]) -> str | None:
    """The one that a contact means, by its number or by words that only it has; None when it is neither."""
    said = folded(text).strip(_STOPS)
    for pattern, choice in zip(_ORDINALS, choices, strict=False):
        if pattern.fullmatch(said):
            return choice
    words = squeezed(text)
    if len(words) < SHORTEST_WORDS or is_neither(text):
        return None
    meant = [choice for choice in choices if words in squeezed(choice) or squeezed(choice) in words]
    return meant[0] if len(meant) == 1 else None


def is_neither(text: str) -> bool:
    """Whether a contact says that none of the choices is what they mean."""
    return bool(_NEITHER.fullmatch(folded(text).strip(_STOPS)))
