"""What an inbox leaves to people."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field

from frontdesk.answering.sensitive_words import WORDS
from frontdesk.conversations.sensitive_topics import BUILT_IN, MOST_WORDS, Sensitive
from services.api.schemas.shape import Shape

BuiltIn = Literal["self_harm", "violence", "injury", "legal", "authorities", "dispute", "personal_data"]


class BuiltInTopic(Shape):
    """A topic with the words and phrases that it is known by."""

    name: BuiltIn
    on: bool
    words: Sequence[str]


class SensitiveTopics(Shape):
    """Whoever uses one of these words goes to a person, whatever is known; `words` are the inbox's own."""

    topics: list[BuiltInTopic]
    words: list[str]

    @classmethod
    def of(cls, sensitive: Sensitive) -> Self:
        """From the domain's."""
        topics = [BuiltInTopic(name=one.value, on=one not in sensitive.off, words=WORDS[one]) for one in BUILT_IN]
        return cls(topics=topics, words=list(sensitive.words))


class ChangeSensitiveTopics(Shape):
    """The built-in topics that are `off`, and the inbox's own words and phrases.

    A phrase is found whatever stands between its words, a Chinese one anywhere; an asterisk stands for any ending.
    """

    off: list[BuiltIn] = Field(max_length=len(BUILT_IN))
    words: list[str] = Field(max_length=MOST_WORDS)
