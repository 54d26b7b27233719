"""What the assistant has for an agent: suggested replies, and what a conversation is about."""

from typing import Self

from pydantic import Field

from frontdesk.answering.suggesting import Suggested
from services.api.schemas.conversations import Citation
from services.api.schemas.shape import Shape


class Suggestion(Shape):
    """What could be answered, in the words of its source."""

    text: str
    source: Citation
    confidence: float | None = Field(description="The probability that it answers; null where it is not known")


class SuggestionList(Shape):
    """Best first; from the `threshold` on the assistant would have answered by itself."""

    query: str | None = Field(description="What was searched for; null where nothing waits for an answer")
    threshold: float | None
    suggestions: list[Suggestion]

    @classmethod
    def of(cls, suggested: Suggested) -> Self:
        """From the domain's."""
        return cls(
            query=suggested.query,
            threshold=suggested.threshold,
            suggestions=[
                Suggestion(text=one.text, source=Citation(**one.citation), confidence=one.confidence)
                for one in suggested.suggestions
            ],
        )
