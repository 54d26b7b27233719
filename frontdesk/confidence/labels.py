"""Labels without labelling: a knowledge base is asked its own questions, with a part of it left out. Pure.

A variant of an entry's question, asked while that variant is left out, should find its entry. Asked while the whole
entry is left out, it should find nothing: it is then a question about the same things that nothing answers, the
hardest kind there is. What contacts ask besides, about other things, is easier told apart, so that a threshold from
these labels is on the careful side of it.

An entry with one wording gives the second kind as well as any other, so that it shows what is let through. Of the
first kind it has nothing: asked by its own wording it is found at once, and by its answer alone so seldom that a
model fitted to that did worse than the built-in one on all sets it was tried on. Documents have no questions. A
sentence of a passage is not what a contact would write: it shares far more words with the rest of its passage than
a question does. So a model of its own is for knowledge bases with several wordings; others have the built-in one.
"""

import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 1800
"""Questions of a knowledge base that are asked, each of them twice. With a third of them the share that is answered
can be half as large again by another draw."""


@dataclass(frozen=True, slots=True)
class Wordings:
    """An entry's ways of asking, and its answer; without the first it is there for having the same answer."""

    entry_id: uuid.UUID
    questions: Sequence[str]
    answer: str


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A question to ask while all of `without` are as if they were not there.

    In their place stands `instead`, which should be found; where there is none, whatever is found is wrong.
    """

    text: str
    without: frozenset[uuid.UUID]
    instead: Wordings | None = None


def held_out(entries: Sequence[Wordings], most: int = MOST, seed: int = 0) -> Iterator[HeldOut]:
    """Up to `most` questions, each to be found, if it can be, and not to be found; entries take turns.

    Entries with the same answer are left out together: any of them would be right.
    """
    same_answer = defaultdict(list)
    for entry in entries:
        same_answer[entry.answer].append(entry.entry_id)
    for entry, place in _turns(entries, most, random.Random(seed)):  # noqa: S311  a sample, no secret
        text = entry.questions[place]
        others = tuple(question for question in entry.questions if question != text)
        alike = frozenset(same_answer[entry.answer])
        if others:
            yield HeldOut(text, alike, Wordings(entry.entry_id, others, entry.answer))
        yield HeldOut(text, alike)


def _turns(entries: Sequence[Wordings], most: int, chance: random.Random) -> Iterator[tuple[Wordings, int]]:
    """A wording of each entry, then another of each that has one, and so on."""
    asking = [number for number, entry in enumerate(entries) if entry.questions]
    order = chance.sample(asking, len(asking))
    places = {}
    for number in order[:most]:
        count = len(entries[number].questions)
        places[number] = chance.sample(range(count), count)
    left = most
    for turn in range(max((len(of_entry) for of_entry in places.values()), default=0)):
        for number, of_entry in places.items():
            if turn < len(of_entry) and left > 0:
                left -= 1
                yield entries[number], of_entry[turn]
