"""What the assistant has for an agent: suggested replies, and what a conversation is about."""

from typing import Self

from pydantic import Field

from frontdesk.answering.suggesting import Suggested
from frontdesk.answering.summarizing import Summary as DomainSummary
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


class Summary(Shape):
    """What an agent who takes over has to know."""

    wants: str | None = Field(description="What the contact wants, in their words")
    told: str | None = Field(description="What they were told last")
    words: str | None = Field(description="By a model; null where there is none, or not yet")
    being_written: bool = Field(description="A model writes the words; ask again in a moment")


class SummaryAlone(Shape):
    """Null for a conversation that is read faster than summed up."""

    summary: Summary | None

    @classmethod
    def of(cls, summary: DomainSummary | None) -> Self:
        """From the domain's."""
        return cls(summary=Summary.model_validate(summary) if summary else None)
