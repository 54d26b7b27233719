"""What a knowledge base says already about the same as a draft, and where the two disagree."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sqlalchemy import select

from frontdesk.answering.checks.figures import Figure, figures
from frontdesk.database import Sessions
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.duplicates.likeness import Rarity, likeness
from frontdesk.knowledge.found import Passage
from frontdesk.knowledge.lexical import Dimensions
from frontdesk.knowledge.models import Entry
from frontdesk.knowledge.retrieval import Retrieval

MOST_ASKED = 6
"""Ways to ask of a draft that its neighbours are looked for by, besides the answer."""
MOST_SHOWN = 6
SAME_ANSWER = 0.7
SAME_QUESTION = 0.6
RELATED = 0.3
"""From this likeness of questions or answers on, figures that differ are taken for a contradiction."""

_NO_RARITY = Rarity(np.empty(0, lexical.DIMENSION), np.empty(0, np.int64), 0)


class Kinship(StrEnum):
    """What a neighbour is to a draft."""

    CONTRADICTS = "contradicts"  # about the same, with other figures
    SAME_ANSWER = "same_answer"
    SAME_QUESTION = "same_question"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entry, or a passage of a document, that is found for a draft.

    How alike questions and answers are goes from 0 to 1; a document has no questions. `ours` and `theirs` are the
    figures that contradict each other, in the words of each.
    """

    kinship: Kinship
    passage: Passage
    question_likeness: float
    answer_likeness: float
    ours: Sequence[str] = ()
    theirs: Sequence[str] = ()


class Neighbours:
    """Looks for them in the draft of a knowledge base: what waits there to be published counts."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval) -> None:
        self._sessions = sessions
        self._retrieval = retrieval

    def of(
        self, knowledge_base_id: uuid.UUID, questions: Sequence[str], answer: str, but: uuid.UUID | None = None
    ) -> Sequence[Neighbour]:
        """Those of an entry with these words, `but` itself if it is there; what contradicts comes first.

        Raises NotFound, or Unavailable when Milvus has to answer and does not.
        """
        with self._sessions() as session:
            version = versions.found(session, knowledge_base_id).draft
        found: dict[uuid.UUID, Passage] = {}
        for text in [*questions[:MOST_ASKED], answer]:
            for passage in self._retrieval.retrieve(knowledge_base_id, text, version=version).passages:
                source = passage.entry_id or passage.chunk_id
                if source != but and (source not in found or found[source].score < passage.score):
                    found[source] = passage
        with self._sessions() as session:
            rows = session.execute(select(Entry.id, Entry.questions).where(Entry.id.in_(found)))
            asked_by = dict(rows.all())
        near = [
            compare(passage, asked_by.get(source, [passage.title]), questions, answer)
            for source, passage in found.items()
        ]
        order = list(Kinship)
        near.sort(key=lambda one: (order.index(one.kinship), -one.passage.score))
        return near[:MOST_SHOWN]


def compare(passage: Passage, asked_by: Sequence[str], questions: Sequence[str], answer: str) -> Neighbour:
    """What a passage, asked for by some questions, is to an entry with others."""
    of_questions = max((alike(one, other) for one in questions for other in asked_by), default=0.0)
    of_answers = alike(answer, passage.text)
    ours, theirs = contradicting(answer, passage.text)
    if ours and max(of_questions, of_answers) >= RELATED:
        return Neighbour(Kinship.CONTRADICTS, passage, of_questions, of_answers, ours, theirs)
    if of_answers >= SAME_ANSWER:
        kinship = Kinship.SAME_ANSWER
    else:
        kinship = Kinship.SAME_QUESTION if of_questions >= SAME_QUESTION else Kinship.NEAR
    return Neighbour(kinship, passage, of_questions, of_answers)


def contradicting(one: str, other: str) -> tuple[Sequence[str], Sequence[str]]:
    """Figures of one kind of which either text has some that the other has not, in their words; two empty if none.

    A text that only says more than the other contradicts nothing.
    """
    first, second = figures(one), figures(other)
    kinds = {figure.kind for figure in first if figure.kind} & {figure.kind for figure in second}
    for kind in sorted(kinds):
        ours = _of_kind(first, kind) - _of_kind(second, kind)
        theirs = _of_kind(second, kind) - _of_kind(first, kind)
        if ours and theirs:
            return _words(ours), _words(theirs)
    return (), ()


def alike(one: str, other: str) -> float:
    """How many of the terms of two texts both have, from 0 to 1."""
    return likeness(_dimensions(one), _dimensions(other), _NO_RARITY)


def _dimensions(text: str) -> Dimensions:
    found = {lexical.term_id(term) for term in lexical.terms(text)}
    return np.array(sorted(found), lexical.DIMENSION)


def _of_kind(several: Sequence[Figure], kind: str) -> set[Figure]:
    return {figure for figure in several if figure.kind == kind}


def _words(several: set[Figure]) -> Sequence[str]:
    return sorted({figure.words.strip() or figure.value for figure in several})
