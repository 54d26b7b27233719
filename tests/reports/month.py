"""Conversations of some weeks, made up by chance from rates that are known, and stored in bulk."""

import random
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select, text

from frontdesk.agents import Agent
from frontdesk.contacts import Contact
from frontdesk.conversations.models import (
    Conversation,
    Form,
    HandoffReason,
    Inbox,
    Message,
    Sender,
    Status,
)
from frontdesk.feedback import Survey
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.language import Language
from frontdesk.triage.models import Topic
from tests.reports.bulk import copy

Row = dict[str, Any]
REASONS = tuple(HandoffReason)
ASKED_BACK = 0.12
"""Of the conversations, who chooses one of the questions or says that none is meant."""
HOURS = [1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 12, 9, 10, 13, 13, 12, 10, 9, 11, 12, 9, 5, 2]
"""How much is going on, by the hour."""


@dataclass(frozen=True, slots=True)
class Known:
    """The rates behind a month. `alike` is how alike the conversations of one contact are, from 0 to 1."""

    answered: float = 0.72
    unanswered: float = 0.03  # neither answered nor handed over
    content: float = 0.78
    liked: float = 0.85
    kept: float = 0.8  # first responses within the target
    alike: float = 0.3
    mean_conversations: float = 2.5  # of a contact
    target_minutes: int = 10


@dataclass(slots=True)
class Month:
    """The rows of one month, by table."""

    known: Known
    start: datetime
    days: int
    topics: Sequence[uuid.UUID]
    inbox_id: uuid.UUID
    agent_id: uuid.UUID
    chance: random.Random
    rows: dict[type, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def fill(self, conversations: int) -> "Month":
        """So many conversations, by as many contacts as it takes."""
        while len(self.rows[Conversation]) < conversations:
            contact_id, often = uuid.UUID(int=self.chance.getrandbits(128)), 1
            while self.chance.random() < 1 - 1 / self.known.mean_conversations and often < 12:
                often += 1
            self.rows[Contact].append({"id": contact_id})
            self._contact(contact_id, min(often, conversations - len(self.rows[Conversation])))
        return self

    def store(self, engine: Engine) -> None:
        """Write all of it."""
        for model in (Contact, Conversation, Message, Handoff, Survey):
            copy(engine, model, self.rows[model])
        # As autovacuum does within a minute; without it, the database believes its tables to be empty.
        with engine.begin() as connection:
            connection.execute(text("ANALYZE contacts, conversations, messages, handoffs, surveys"))

    def _contact(self, contact_id: uuid.UUID, often: int) -> None:
        known, language = self.known, self.chance.choice(tuple(Language))
        shares = {name: self._own(getattr(known, name)) for name in ("answered", "content", "liked")}
        for _ in range(often):
            day = self.start + timedelta(days=self.chance.randrange(self.days))
            hour = self.chance.choices(range(24), HOURS)[0]
            began = day + timedelta(hours=hour, seconds=self.chance.randrange(3600))
            topic = self.chance.choice(self.topics) if self.chance.random() < 0.9 else None
            _Story(self, contact_id, language, topic, began).tell(shares)

    def _own(self, share: float) -> float:
        """A contact's own share, of which the mean is this."""
        if not self.known.alike:
            return share
        total = 1 / self.known.alike - 1
        return self.chance.betavariate(share * total, (1 - share) * total)


class _Story:
    """One conversation."""

    def __init__(
        self, month: Month, contact_id: uuid.UUID, language: Language, topic: uuid.UUID | None, began: datetime
    ) -> None:
        self.month, self.at, self.chance = month, began, month.chance
        self.id = uuid.UUID(int=self.chance.getrandbits(128))
        self.messages: list[Row] = []
        self.conversation: Row = {
            "id": self.id,
            "inbox_id": month.inbox_id,
            "contact_id": contact_id,
            "status": Status.PENDING,
            "language": language,
            "topic_id": topic,
            "created_at": began,
        }

    def tell(self, shares: Mapping[str, float]) -> None:
        chance, month = self.chance, self.month
        self.say(Sender.CONTACT, Form.WRITTEN)
        drawn, unanswered = chance.random(), month.known.unanswered
        # Scaled, so that the shares of the three outcomes are as they are known.
        if is_asked_back := drawn < unanswered + ASKED_BACK:
            self.say(Sender.ASSISTANT, Form.CHOICE)
        if drawn >= unanswered:
            if is_asked_back:
                self.say(Sender.CONTACT, Form.WRITTEN)
            if chance.random() < shares["answered"]:
                self._answer(shares["liked"])
            else:
                self._hand_over(chance.choices(REASONS, (4, 5, 6, 1, 2, 1, 1))[0])
        if chance.random() < 0.25:
            score = chance.choice((4, 5)) if chance.random() < shares["content"] else chance.choice((1, 2, 3))
            survey = {"conversation_id": self.id, "score": score, "created_at": self.at}
            month.rows[Survey].append(survey)
        self.conversation |= {"last_sequence": len(self.messages), "updated_at": self.at}
        month.rows[Conversation].append(self.conversation)
        month.rows[Message].extend(self.messages)

    def say(self, sender: Sender, form: Form, after: float = 20, **more: Any) -> Row:
        """One more entry, so many seconds later."""
        self.at += timedelta(seconds=after)
        entry = {
            "id": uuid.UUID(int=self.chance.getrandbits(128)),
            "conversation_id": self.id,
            "sequence": len(self.messages) + 1,
            "sender": sender,
            "form": form,
            "agent_id": self.month.agent_id if sender is Sender.AGENT else None,
            "text": f"{sender} says {len(self.messages)}",
            "created_at": self.at,
        }
        self.messages.append(entry | more)
        return self.messages[-1]

    def _answer(self, liked: float) -> None:
        chance = self.chance
        reply = self.say(Sender.ASSISTANT, chance.choice((Form.QUOTED, Form.GENERATED)), 3)
        if chance.random() < 0.3:
            reply["rating"] = "up" if chance.random() < liked else "down"
        if chance.random() < 0.2:
            self.say(Sender.CONTACT, Form.WRITTEN, chance.uniform(30, 3000))
            self.say(Sender.ASSISTANT, Form.QUOTED, 3)
        if chance.random() < 0.08:
            self.say(Sender.CONTACT, Form.WRITTEN, chance.uniform(3700, 10 * 24 * 3600))
            self.say(Sender.ASSISTANT, Form.QUOTED, 3)

    def _hand_over(self, reason: HandoffReason) -> None:
        chance, known = self.chance, self.month.known
        self.say(Sender.ASSISTANT, Form.NOTICE, 3, handoff_reason=reason)
        handoff: Row = {"conversation_id": self.id, "reason": reason, "requested_at": self.at}
        handoff["first_response_due"] = self.at + timedelta(minutes=known.target_minutes)
        self.say(Sender.ACTIVITY, Form.NOTICE, 0, status=Status.OPEN)
        self.conversation["status"] = Status.OPEN
        self.month.rows[Handoff].append(handoff)
        target = known.target_minutes * 60
        in_time = chance.random() < known.kept
        reply = self.say(
            Sender.AGENT,
            Form.WRITTEN,
            chance.uniform(5, target - 1) if in_time else target + 1 + chance.expovariate(1 / 3600),
        )
        handoff["first_response_at"] = reply["created_at"]
        if chance.random() < 0.1:
            return
        self.say(Sender.CONTACT, Form.WRITTEN, chance.uniform(30, 600))
        resolved = self.say(Sender.ACTIVITY, Form.NOTICE, chance.uniform(60, 7200), status=Status.RESOLVED)
        handoff |= {"ended_at": resolved["created_at"], "outcome": Outcome.RESOLVED}
        self.conversation["status"] = Status.RESOLVED
        if chance.random() < 0.1:
            self.say(Sender.CONTACT, Form.WRITTEN, chance.uniform(600, 9 * 24 * 3600))
            self.say(Sender.ASSISTANT, Form.QUOTED, 3)
            self.conversation["status"] = Status.PENDING


def set_up(engine: Engine, topics: int = 8) -> tuple[list[uuid.UUID], uuid.UUID, uuid.UUID]:
    """What every month needs: topics, the web inbox and an agent; their ids."""
    made = [{"id": uuid.uuid4(), "name": f"Topic {number}"} for number in range(topics)]
    copy(engine, Topic, made)
    with engine.connect() as connection:
        inbox_id = connection.scalar(select(Inbox.id).where(Inbox.channel == "web"))
        agent_id = connection.scalar(select(Agent.id).limit(1))
    assert inbox_id is not None
    assert agent_id is not None
    return [topic["id"] for topic in made], inbox_id, agent_id


def month_of(
    engine: Engine,
    conversations: int,
    seed: int = 1,
    known: Known | None = None,
    start: datetime = datetime(2026, 3, 1, tzinfo=UTC),
    world: tuple[Sequence[uuid.UUID], uuid.UUID, uuid.UUID] | None = None,
) -> Month:
    """A stored month."""
    topics, inbox_id, agent_id = world or set_up(engine)
    chance = random.Random(seed)
    month = Month(known or Known(), start, 31, topics, inbox_id, agent_id, chance).fill(conversations)
    month.store(engine)
    return month
