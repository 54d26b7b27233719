"""What an agent could answer to the words that wait for them, from the knowledge that they see."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.answering import asked
from frontdesk.answering.answer import citation, words_of
from frontdesk.answering.confidence import Judge
from frontdesk.conversations.inboxes import bases_of
from frontdesk.conversations.models import Inbox
from frontdesk.conversations.recent import recent
from frontdesk.conversations.service import find
from frontdesk.database import Sessions
from frontdesk.knowledge.found import Passage, Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.places import Places

AT_ONCE = 4
"""Searches for agents that run beside the turns of contacts."""
MOST_SUGGESTIONS = 3
LEAST_CONFIDENCE = 0.3
"""Below this, what was found is more likely to mislead than to help."""
NEAR_ENOUGH = 0.6
"""What stands behind the best suggestion has so much of its score at least."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source's own words, and the source as a reply would cite it.

    `confidence` is the probability that it answers; of any but the best it is not known.
    """

    text: str
    citation: dict[str, Any]
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was found, best first, for a `query`, which is None where no words of the contact wait for an answer.

    From the `threshold` on the assistant would have answered by itself.
    """

    query: str | None
    suggestions: Sequence[Suggestion] = ()
    threshold: float | None = None


class Suggesting:
    """Suggests replies. Nothing is stored, and no model is asked to write anything."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval, judge: Judge) -> None:
        self._sessions = sessions
        self._retrieval = retrieval
        self._judge = judge
        self._places = Places(AT_ONCE, "suggestions_busy")

    def suggest(self, conversation_id: uuid.UUID, seen: Collection[uuid.UUID] | None) -> Suggested:
        """For what the contact wrote last, from the inbox's knowledge bases that are `seen`; None: all are.

        Raises NotFound, or Unavailable: suggestions_busy while several others search.
        """
        with self._sessions() as session:
            conversation = find(session, conversation_id)
            tags = frozenset(session.get_one(Inbox, conversation.inbox_id).tags)
            bases = [one for one in bases_of(session, conversation.inbox_id) if seen is None or one in seen]
            latest = recent(session, conversation_id)
        wish = asked.unanswered(latest)
        if wish is None:
            return Suggested(None)
        if not bases:
            return Suggested(wish.query)
        with self._places.one():
            retrieved = self._retrieval.retrieve_from(bases, wish.query, tags=tags)
            judged = self._judge.judge(retrieved, wish.query)
        if judged.confidence < LEAST_CONFIDENCE:
            return Suggested(wish.query, threshold=judged.threshold)
        suggestions = [
            Suggestion(
                words_of(wish.query, passage), citation(number, passage), None if number > 1 else judged.confidence
            )
            for number, passage in enumerate(_best(retrieved), 1)
        ]
        return Suggested(wish.query, suggestions, judged.threshold)


def _best(retrieved: Retrieved) -> list[Passage]:
    """The best passages, one of each source and none far behind the first."""
    best: dict[uuid.UUID | None, Passage] = {}
    for passage in retrieved.passages:
        if passage.standing >= NEAR_ENOUGH * retrieved.passages[0].standing:
            best.setdefault(passage.source_id, passage)
    return list(best.values())[:MOST_SUGGESTIONS]
