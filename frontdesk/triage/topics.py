"""Topics as administrators see and change them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Conversation
from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.jobs import Job, Jobs
from frontdesk.teams.models import TeamTopic
from frontdesk.texts import require_text
from frontdesk.triage import examples, suggestions
from frontdesk.triage.head import Figures
from frontdesk.triage.learning import Learning, figures, newest
from frontdesk.triage.models import ExampleOrigin, Topic, TopicExample, Triage
from frontdesk.triage.suggestions import Suggestion

LONGEST_NAME = 80
MOST_TOPICS = 300


@dataclass(frozen=True, slots=True)
class TopicItem:
    """A topic with how many examples and conversations it has."""

    topic: Topic
    examples: int
    conversations: int


@dataclass(frozen=True, slots=True)
class Learned:
    """The newest head: when it was learned, whether it reads meaning, and how it did on examples it had not seen.

    `is_due` says that another one is soon learned.
    """

    made_at: datetime | None
    by_meaning: bool
    figures: Figures | None
    is_due: bool


class Topics:
    """The verbs around topics. Whatever they change is learned soon after."""

    def __init__(self, sessions: Sessions, jobs: Jobs, learning: Learning) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._learning = learning

    def list(self) -> Sequence[TopicItem]:
        """All topics by name."""
        with self._sessions() as session:
            topics = session.scalars(select(Topic).order_by(func.lower(Topic.name), Topic.id)).all()
            taught = _counts(session, TopicExample)
            given = _counts(session, Conversation)
        return [TopicItem(one, taught.get(one.id, 0), given.get(one.id, 0)) for one in topics]

    def learned(self) -> Learned:
        """How well topics are recognised."""
        with self._sessions() as session:
            head, done = newest(session), figures(session)
        return Learned(
            made_at=head.made_at if head else None,
            by_meaning=head is not None and head.space is not None,
            figures=done,
            is_due=self._learning.owes(),
        )

    def examples(self, topic_id: uuid.UUID) -> tuple[Topic, Sequence[TopicExample]]:
        """A topic and its examples, the newest first. Raises NotFound."""
        with self._sessions() as session:
            topic = _found(session, topic_id)
            return topic, session.scalars(
                select(TopicExample)
                .where(TopicExample.topic_id == topic_id)
                .order_by(TopicExample.changed_at.desc(), TopicExample.text)
            ).all()

    def create(self, name: str, texts: Sequence[str]) -> Topic:
        """A new topic, known by these examples. Raises Invalid, or Conflict for a name that is taken."""
        name, texts = _clean_name(name), examples.clean(texts)
        try:
            with self._sessions.begin() as session:
                topic = _new(session, name)
                examples.add(session, topic.id, texts, ExampleOrigin.WRITTEN)
        except IntegrityError as error:
            raise _taken() from error
        self._learn()
        return topic

    def rename(self, topic_id: uuid.UUID, name: str) -> Topic:
        """Call a topic something else. Raises NotFound, Invalid, or Conflict for a name that is taken."""
        name = _clean_name(name)
        try:
            with self._sessions.begin() as session:
                topic = _found(session, topic_id, lock=True)
                topic.name = name
        except IntegrityError as error:
            raise _taken() from error
        return topic

    def teach(self, topic_id: uuid.UUID, texts: Sequence[str]) -> Topic:
        """More examples of a topic; those that it has already change nothing. Raises NotFound or Invalid."""
        texts = examples.clean(texts)
        with self._sessions.begin() as session:
            topic = _found(session, topic_id, lock=True)
            examples.add(session, topic.id, texts, ExampleOrigin.WRITTEN)
        self._learn()
        return topic

    def forget(self, topic_id: uuid.UUID, example_id: uuid.UUID) -> None:
        """Without an example. Raises NotFound."""
        with self._sessions.begin() as session:
            example = session.get(TopicExample, example_id, with_for_update=True)
            if example is None or example.topic_id != topic_id:
                raise NotFound("There is no such example.", code="example_not_found")
            session.delete(example)
        self._learn()

    def remove(self, topic_id: uuid.UUID) -> None:
        """Without a topic: its conversations have none then, until another one fits. Raises NotFound."""
        with self._sessions.begin() as session:
            topic = _found(session, topic_id, lock=True)
            _leave_open(session, topic_id)
            session.delete(topic)
        self._learn()

    def merge(self, topic_id: uuid.UUID, into_id: uuid.UUID) -> Topic:
        """Have a topic go up in another one, with its examples, conversations and team; returns that.

        Where both have a team, that of the other one stays. Raises NotFound, or Invalid for one and the same.
        """
        if topic_id == into_id:
            raise Invalid("A topic cannot be merged with itself.", code="topic_merged_with_itself")
        with self._sessions.begin() as session:
            # In one order, so that two mergers do not wait for each other.
            both = {one: _found(session, one, lock=True) for one in sorted((topic_id, into_id))}
            known = select(TopicExample.text).where(TopicExample.topic_id == into_id)
            moved = TopicExample.topic_id == topic_id, TopicExample.text.not_in(known)
            session.execute(update(TopicExample).where(*moved).values(topic_id=into_id, changed_at=now()))
            session.execute(update(Conversation).where(Conversation.topic_id == topic_id).values(topic_id=into_id))
            team = session.get(TeamTopic, topic_id)
            if team is not None and session.get(TeamTopic, into_id) is None:
                session.add(TeamTopic(topic_id=into_id, team_id=team.team_id))
            session.delete(both[topic_id])
        self._learn()
        return both[into_id]

    def suggestions(self) -> Sequence[Suggestion]:
        """Tags of the knowledge that are no topic yet."""
        with self._sessions() as session:
            return suggestions.unused(session)

    def adopt(self, tags: Sequence[str]) -> int:
        """Make topics of tags, known by the questions that stand under them in the knowledge; how many are new.

        A topic that is called like a tag gets the questions that it does not have. Raises Invalid.
        """
        made = 0
        with self._sessions.begin() as session:
            for tag in dict.fromkeys(tags):
                name = _clean_name(tag)
                topic = session.scalar(select(Topic).where(Topic.name == name).with_for_update())
                if topic is None:
                    topic, made = _new(session, name), made + 1
                examples.add(session, topic.id, suggestions.questions(session, name), ExampleOrigin.KNOWLEDGE)
        self._learn()
        return made

    def _learn(self) -> None:
        self._jobs.enqueue(Job.LEARN_TOPICS)


def _new(session: Session, name: str) -> Topic:
    if session.scalars(select(func.count()).select_from(Topic)).one() >= MOST_TOPICS:
        raise Invalid(f"There are at most {MOST_TOPICS} topics.", code="topics_too_many")
    topic = Topic(id=new_id(), name=name)
    session.add(topic)
    session.flush()
    return topic


def _found(session: Session, topic_id: uuid.UUID, lock: bool = False) -> Topic:
    topic = session.get(Topic, topic_id, with_for_update=lock or None)
    if topic is None:
        raise NotFound("There is no such topic.", code="topic_not_found")
    return topic


def _leave_open(session: Session, topic_id: uuid.UUID) -> None:
    """What agents said to be of this topic may be given another one."""
    of_topic = select(Conversation.id).where(Conversation.topic_id == topic_id)
    session.execute(update(Triage).where(Triage.conversation_id.in_(of_topic)).values(corrected_by=None, seen=0))


def _counts(session: Session, model: type[TopicExample] | type[Conversation]) -> Mapping[uuid.UUID | None, int]:
    return dict(
        session.execute(
            select(model.topic_id, func.count()).where(model.topic_id.is_not(None)).group_by(model.topic_id)
        ).all()
    )


def _clean_name(name: str) -> str:
    return require_text(" ".join(name.split()), LONGEST_NAME, "The name")


def _taken() -> Conflict:
    return Conflict("A topic has this name already.", code="topic_name_taken")
