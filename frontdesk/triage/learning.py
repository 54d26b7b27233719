"""The worker's side of topics: whether a head is owed, and learning it from all examples."""

import logging

import numpy as np
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Conversation, Status
from frontdesk.database import Sessions, alone
from frontdesk.errors import Unavailable
from frontdesk.knowledge.embeddings import FLOAT, Embeddings
from frontdesk.models_client import Purpose
from frontdesk.triage import examples
from frontdesk.triage.examples import Known
from frontdesk.triage.head import NOWHERE, Figures, Head, learn
from frontdesk.triage.models import TopicExample, TopicHead, Triage
from frontdesk.triage.small_talk import PHRASES
from frontdesk.triage.softmax import Floats

log = logging.getLogger(__name__)

ONE_AT_A_TIME = 0x46_44_54_4F
"""The advisory lock in PostgreSQL that learning topics holds."""


class Learning:
    """Learns topics."""

    def __init__(self, engine: Engine, sessions: Sessions, embeddings: Embeddings) -> None:
        self._engine = engine
        self._sessions = sessions
        self._embeddings = embeddings

    def owes(self) -> bool:
        """Whether examples changed since the newest head was learned, or the embedder is another one."""
        with self._sessions() as session:
            wanted, held = examples.fingerprint(session), newest(session)
        if wanted is None or held is None:
            return (wanted is None) != (held is None)
        if held.learned_from != wanted:
            return True
        try:
            space = self._embeddings.space()
        except Unavailable:
            return False
        return held.space != (space.name if space else None)

    def learn(self) -> bool:
        """Learn from all examples there are; False where somebody else does."""
        with alone(self._engine, ONE_AT_A_TIME) as is_mine:
            if is_mine:
                self._learn()
            return is_mine

    def _learn(self) -> None:
        space = self._space()
        with self._sessions() as session:
            learned_from, known = examples.fingerprint(session), examples.known(session, space)
            names = examples.names(session)
        if learned_from is None:
            with self._sessions.begin() as session:
                session.execute(delete(TopicHead))
            return
        given = [*names.values(), *PHRASES]
        vectors = self._vectors(space, given, known) if space else None
        topics = list(names)
        number = {topic_id: place for place, topic_id in enumerate(topics)}
        texts = [*given, *(one.text for one in known)]
        labels = [*number.values(), *[NOWHERE] * len(PHRASES)]
        labels += [number[one.topic_id] if one.topic_id else NOWHERE for one in known]
        head = TopicHead(
            learned_from=learned_from,
            space=space if vectors is not None else None,
            topics=topics,
            by_words=learn(texts, labels, len(topics), None, len(names)).as_bytes(),
            by_meaning=learn(texts, labels, len(topics), vectors, len(names)).as_bytes()
            if vectors is not None
            else None,
        )
        with self._sessions.begin() as session:
            session.add(head)
            session.flush()
            session.execute(delete(TopicHead).where(TopicHead.id != head.id))
            _have_read_again(session)
        log.info("Learned %s topics from %s examples.", len(topics), len(known))

    def _space(self) -> str | None:
        try:
            space = self._embeddings.space()
        except Unavailable:
            return None
        return space.name if space else None

    def _vectors(self, space: str, given: list[str], known: list[Known]) -> Floats | None:
        """Those of the given texts and of all examples; None when the embedder does not make them now."""
        missing = [one for one in known if one.vector is None]
        try:
            made = self._embeddings.made(space, [*given, *(one.text for one in missing)], Purpose.QUERY)
        except Unavailable as error:
            log.info("Topics are learned by words alone: %s", error)
            return None
        fresh = {one.id: vector for one, vector in zip(missing, made[len(given) :], strict=True)}
        with self._sessions.begin() as session:
            for example_id, vector in fresh.items():
                session.execute(
                    update(TopicExample)
                    .where(TopicExample.id == example_id)
                    .values(space=space, vector=vector.tobytes())
                )
        own = [fresh[one.id] if one.vector is None else np.frombuffer(one.vector, FLOAT) for one in known]
        return np.vstack([made[: len(given)], *own])


def newest(session: Session) -> TopicHead | None:
    """The head that holds now, without what was learned."""
    return session.scalar(select(TopicHead).order_by(TopicHead.made_at.desc()).limit(1))


def figures(session: Session) -> Figures | None:
    """How well the newest head does."""
    row = session.execute(
        select(TopicHead.by_words, TopicHead.by_meaning).order_by(TopicHead.made_at.desc()).limit(1)
    ).first()
    return Head.from_bytes(row.by_meaning or row.by_words).figures if row else None


def _have_read_again(session: Session) -> None:
    """What is under way is read anew by a new head, unless an agent has said what it is about."""
    under_way = select(Conversation.id).where(Conversation.status != Status.RESOLVED)
    session.execute(
        update(Triage)
        .where(Triage.corrected_by.is_(None), Triage.conversation_id.in_(under_way))
        .values(seen=0, evidence={})
    )
