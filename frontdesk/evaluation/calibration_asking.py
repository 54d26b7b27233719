"""Asking a knowledge base, in its published version, what it is calibrated by: its own wordings held out, labelled
questions, and what contacts asked lately.

The first two are asked by meaning and by words alone, which have to do while the embedder is away.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from frontdesk.answering.parts import parts_of
from frontdesk.confidence.built_in import basis, basis_of, is_reranked
from frontdesk.confidence.features import Features
from frontdesk.confidence.labels import MOST, HeldOut, Wordings, held_out
from frontdesk.confidence.outcomes import LookedUp, Outcome
from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.evaluation.calibration_questions import ContactQuestion, LabelledQuestion, wordings_of
from frontdesk.evaluation.expectations import plain
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.retrieval import Retrieval, Without
from frontdesk.knowledge.rows import rows_of_entry

T = TypeVar("T", Outcome, LookedUp)

MOST_RERANKED = 100
"""Questions held out where a reranker reads the passages of each."""
MANY = 20_000
"""In a knowledge base of more passages questions take long, and MOST_OF_MANY are held out."""
MOST_OF_MANY = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of questions, by basis: of those held out, in pairs, and of those known by labels."""

    held: Mapping[str, Sequence[Outcome]]
    known: Mapping[str, Sequence[Outcome]]


class CalibrationAsking:
    """Asks. Raises Unavailable without the embedder of a knowledge base that has one."""

    def __init__(self, sessions: Sessions, embeddings: Embeddings, retrieval: Retrieval) -> None:
        self._sessions = sessions
        self._embeddings = embeddings
        self._retrieval = retrieval

    def bases(self, base: KnowledgeBase) -> Set[str]:
        """Those by which a knowledge base is searched: by meaning, if it has an embedder, and by words alone."""
        return {basis(trust, self._retrieval.reranks) for trust in ((None, 1.0) if base.embedder else (None,))}

    def ask(
        self,
        base: KnowledgeBase,
        entries: Sequence[Wordings],
        questions: Sequence[LabelledQuestion] = (),
        parts: Set[str] = frozenset(),
    ) -> Asked:
        """The wordings of entries, held out, and labelled questions; each belongs to some of these `parts`."""
        held, known = defaultdict[str, list[Outcome]](list), defaultdict[str, list[Outcome]](list)
        for by_words in (False, True) if base.embedder else (True,):
            for number, one in enumerate(held_out(entries, MOST if base.passages <= MANY else MOST_OF_MANY)):
                found = self._held_out(base, one, by_words)
                by = basis_of(found)
                if number >= 2 * MOST_RERANKED and is_reranked(by):
                    break
                right = one.instead is not None and _is_from(found, one.instead)
                told = Outcome(Features.of(found), right, one.instead is not None)
                held[by].append(self._parted(told, parts, one.text, found))
            for labelled in questions:
                found = self._found(base, labelled.text, Without(frozenset(), by_words=by_words))
                told = labelled.outcome(found)
                known[basis_of(found)].append(self._parted(told, parts, labelled.text, found))
        return Asked(held, known)

    def look_up(
        self,
        base: KnowledgeBase,
        asked: Sequence[ContactQuestion],
        since: datetime | None,
        parts: Set[str] = frozenset(),
    ) -> tuple[str, Sequence[LookedUp]]:
        """The basis of most questions of contacts, and these looked up, newest first; new from `since` on.

        Each belongs to some of these `parts`.
        """
        everything = Without(frozenset(), by_words=not base.embedder)
        by_basis, same = defaultdict[str, list[tuple[ContactQuestion, Retrieved]]](list), set()
        for one in asked:
            found = self._found(base, one.text, everything)
            by = basis_of(found)
            if len(by_basis[by]) >= 2 * MOST_RERANKED and is_reranked(by):
                break
            by_basis[by].append((one, found))
            features = Features.of(found)
            if features is not None and features.is_same:
                same.add(found.passages[0].entry_id)
        by = max(by_basis, key=lambda by: len(by_basis[by]), default=basis(None))
        with self._sessions() as session:
            entries: dict[uuid.UUID | None, Wordings] = {
                one.entry_id: one for one in wordings_of(session, base, same)
            }
        looked_up = [(self._looked_up(base, one, found, entries, since), one, found) for one, found in by_basis[by]]
        return by, [self._parted(told, parts, one.text, found) for told, one, found in looked_up]

    def _looked_up(
        self,
        base: KnowledgeBase,
        asked: ContactQuestion,
        found: Retrieved,
        entries: Mapping[uuid.UUID | None, Wordings],
        since: datetime | None,
    ) -> LookedUp:
        first = found.passages[0] if found.passages else None
        entry = entries.get(first.entry_id) if first else None
        is_verbatim = entry is not None and plain(asked.text) in map(plain, entry.questions)
        again = features = Features.of(found)
        if is_verbatim and entry is not None and len(entry.questions) == 1:
            without = Without(frozenset([entry.entry_id]), by_words=not base.embedder)
            features = Features.of(self._found(base, asked.text, without))
        return LookedUp(
            features=features,
            again=again,
            recognised=is_verbatim and entry is not None and len(entry.questions) > 1,
            answered=asked.answered,
            disliked=not is_verbatim and first is not None and asked.disliked == first.chunk_id,
            is_new=since is None or asked.asked_at >= since,
        )

    def _parted(self, told: T, parts: Set[str], text: str, found: Retrieved) -> T:
        if not parts:
            return told
        with self._sessions() as session:
            return replace(told, parts=parts_of(session, parts, text, found))

    def _held_out(self, base: KnowledgeBase, held: HeldOut, by_words: bool) -> Retrieved:
        if held.instead is None:
            return self._found(base, held.text, Without(held.without, by_words=by_words))
        entry, space = held.instead, base.embedder

        def vectors_of(chunks: Sequence[Chunk]) -> Mapping[bytes, Vector]:
            return self._embeddings.known(space, [chunk.digest for chunk in chunks]) if space else {}

        rows = rows_of_entry(entry.entry_id, entry.questions, entry.answer, vectors_of)
        return self._found(base, held.text, Without(held.without, rows, by_words))

    def _found(self, base: KnowledgeBase, text: str, without: Without) -> Retrieved:
        found = self._retrieval.retrieve_without(base.id, text, without)
        if not without.by_words and "dense" not in found.legs:
            raise Unavailable("Nothing can be calibrated while the embedder is away.", code="embedder_unavailable")
        return found


def _is_from(found: Retrieved, entry: Wordings) -> bool:
    return bool(found.passages) and found.passages[0].entry_id == entry.entry_id
