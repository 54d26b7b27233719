"""A conversation that is only tried: what was asked, and what each version of the knowledge made of it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.ui.caller import Json

VERSIONS = ("published", "draft")
MOST_MESSAGES = 39
"""Of earlier messages, the api's limit less the question."""

_TOLD = ("text", "form", "choices")
_MARK = re.compile(r"\s*\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with the api's answer to it, by version."""

    question: str
    outcomes: dict[str, Json]


@dataclass(slots=True)
class Trial:
    """The turns so far, and the question that waits for its answer."""

    turns: list[Turn] = field(default_factory=list)
    pending: str | None = None

    def messages(self, version: str) -> list[Json]:
        """What the api is told, as if this version had answered all of it; the pending question comes last."""
        said: list[Json] = []
        for turn in self.turns:
            outcome = turn.outcomes.get(version) or next(iter(turn.outcomes.values()))
            said.append({"sender": "contact", "text": turn.question})
            said.append({"sender": "assistant"} | {name: outcome["reply"][name] for name in _TOLD})
        return [*said[-MOST_MESSAGES:], {"sender": "contact", "text": self.pending}]

    def answered(self, outcomes: dict[str, Json]) -> None:
        """The pending question has its answers."""
        self.turns.append(Turn(str(self.pending), outcomes))
        self.pending = None


def words_of(reply: Json) -> str:
    """A reply without the marks of its citations."""
    return _MARK.sub("", reply["text"]).strip()


def rival(passages: Sequence[Json]) -> Json | None:
    """The best passage that says something else than the first one."""
    return next((one for one in passages[1:] if one["text"] != passages[0]["text"]), None)
