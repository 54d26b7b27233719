"""Entries that are told apart by one word each, so that a question shows whether anything answers it."""

import random
import uuid
from collections.abc import Sequence

from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.sets import CleanQuestion, add
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Entry
from tests.evaluation.shop import fill

WAYS = ("how do I reset the {name}", "{name} reset", "steps to reset my {name}", "can the {name} be reset")
ASKED = ("please tell me, how can I reset the {name}?", "I would like to reset a {name}")
_SYLLABLES = ("ba", "ko", "ri", "mu", "ze", "ta", "lo", "vi", "ne", "du", "pa", "gi")


def names(count: int, seed: int) -> list[str]:
    """Words that nobody uses, no two the same."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choice(_SYLLABLES) for _ in range(5))] = None
    return list(found)


KNOWN = names(90, seed=1)
UNKNOWN = [name for name in names(400, seed=2) if name not in KNOWN]


def stock(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Sequence[Entry]:
    """An entry for each known gadget, indexed."""
    texts = [
        EntryText(tuple(way.format(name=name) for way in WAYS), f"Hold the button of the {name} for {seconds} s.")
        for seconds, name in enumerate(KNOWN)
    ]
    return fill(frontdesk, knowledge_base_id, texts)


def questions(of: Sequence[str]) -> list[str]:
    """What contacts ask about these gadgets."""
    return [way.format(name=name) for name in of for way in ASKED]


def label(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: Sequence[Entry]) -> None:
    """A question set: two questions for each entry, and as many that nothing answers."""
    made = frontdesk.question_sets.create(knowledge_base_id, "Seen")
    asked = [
        CleanQuestion(question, Expectation(Wanted.ENTRY, entry.id))
        for name, entry in zip(KNOWN, entries, strict=True)
        for question in questions([name])
    ]
    asked += [CleanQuestion(question, Expectation(Wanted.HANDOFF)) for question in questions(UNKNOWN[: len(KNOWN)])]
    with frontdesk.sessions.begin() as session:
        add(session, made.id, asked)
