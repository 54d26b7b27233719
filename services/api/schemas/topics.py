"""What conversations are about."""

import uuid
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from frontdesk.conversations.models import Mood
from frontdesk.triage.examples import MOST_AT_ONCE
from frontdesk.triage.models import LONGEST_EXAMPLE, ExampleOrigin
from frontdesk.triage.models import Topic as DomainTopic
from frontdesk.triage.models import TopicExample as DomainExample
from frontdesk.triage.service import Triaged, Tried
from frontdesk.triage.topics import LONGEST_NAME, Learned, TopicItem
from services.api.schemas.shape import Shape

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
ExampleTexts = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=LONGEST_EXAMPLE)]], Field(max_length=MOST_AT_ONCE)
]


class TopicName(Shape):
    """A topic."""

    id: uuid.UUID
    name: str


class Topic(TopicName):
    """A topic with how many examples it is known by, and how many conversations are about it."""

    examples: int
    conversations: int

    @classmethod
    def of(cls, item: TopicItem) -> Self:
        """From the domain's."""
        return cls(id=item.topic.id, name=item.topic.name, examples=item.examples, conversations=item.conversations)


class Recognition(Shape):
    """How well topics are recognised, on examples that were kept apart: shares between 0 and 1.

    `right` of all, `assigned` of all, `right_of_assigned`; null before anything was learned. `is_due` says that it
    is soon learned anew; `by_meaning`, that vectors are read beside words.
    """

    made_at: datetime | None
    is_due: bool
    by_meaning: bool
    right: float | None
    assigned: float | None
    right_of_assigned: float | None

    @classmethod
    def of(cls, learned: Learned) -> Self:
        """From the domain's."""
        figures = learned.figures
        return cls(
            made_at=learned.made_at,
            is_due=learned.is_due,
            by_meaning=learned.by_meaning,
            right=figures.right if figures else None,
            assigned=figures.assigned if figures else None,
            right_of_assigned=figures.right_of_assigned if figures else None,
        )


class TopicList(Shape):
    """All topics by name."""

    topics: list[Topic]
    recognition: Recognition


class TopicAlone(Shape):
    """One topic."""

    topic: TopicName


class Example(Shape):
    """Words that a topic is known by; those of a contact come with the conversation that an agent corrected."""

    id: uuid.UUID
    text: str
    origin: ExampleOrigin
    conversation_id: uuid.UUID | None


class TopicWithExamples(Shape):
    """A topic and what it is known by, the newest first."""

    topic: TopicName
    examples: list[Example]

    @classmethod
    def of(cls, topic: DomainTopic, examples: list[DomainExample]) -> Self:
        """From the domain's."""
        return cls(
            topic=TopicName.model_validate(topic), examples=[Example.model_validate(one) for one in examples]
        )


class NewTopic(Shape):
    """A topic, and a few things that contacts say about it; five to ten make it well known."""

    name: Name
    examples: ExampleTexts = Field(default_factory=list)


class RenameTopic(Shape):
    """What a topic is called."""

    name: Name


class MoreExamples(Shape):
    """More things that contacts say about a topic."""

    examples: ExampleTexts


class MergeTopic(Shape):
    """The topic in which another one goes up."""

    into_id: uuid.UUID


class SuggestedTopic(Shape):
    """A tag of the knowledge that is no topic yet: on how many sources it is, and a few questions under it."""

    tag: str
    sources: int
    questions: list[str]


class SuggestedTopics(Shape):
    """Those on most sources first."""

    suggestions: list[SuggestedTopic]


class AdoptTags(Shape):
    """Tags to make topics of."""

    tags: list[Name] = Field(min_length=1, max_length=100)


class Adopted(Shape):
    """How many topics are new."""

    made: int


class TryText(Shape):
    """Words of a contact."""

    text: str = Field(min_length=1, max_length=4000)


class Chance(Shape):
    """How likely a topic is, between 0 and 1."""

    topic_id: uuid.UUID
    probability: float


class TriedText(Shape):
    """The likeliest topics of a text; `topic_id` is the one that it would be given, null if none is sure enough."""

    topic_id: uuid.UUID | None
    threshold: float | None
    chances: list[Chance]

    @classmethod
    def of(cls, tried: Tried | None) -> Self:
        """From the domain's."""
        if tried is None:
            return cls(topic_id=None, threshold=None, chances=[])
        chances = [Chance(topic_id=topic_id, probability=chance) for topic_id, chance in tried.chances[:5]]
        return cls(topic_id=tried.topic_id, threshold=tried.threshold, chances=chances)


class ConversationTriage(Shape):
    """What is made of a conversation; `probability` is null where an agent said the topic, or there is none."""

    topic: TopicName | None
    probability: float | None
    corrected: bool
    mood: Mood

    @classmethod
    def of(cls, triaged: Triaged) -> Self:
        """From the domain's."""
        return cls(
            topic=TopicName.model_validate(triaged.topic) if triaged.topic else None,
            probability=triaged.probability,
            corrected=triaged.corrected_by is not None,
            mood=triaged.mood,
        )


class CorrectTopic(Shape):
    """What a conversation is about; null: about none of the topics."""

    topic_id: uuid.UUID | None
