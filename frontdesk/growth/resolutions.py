"""What contacts asked and what agents said to it, read from conversations for a draft."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from frontdesk.agents import Agent
from frontdesk.answering.models import Decision
from frontdesk.conversations.models import Form, Message, Sender
from frontdesk.growth.models import Gap, GapQuestion, GapState
from frontdesk.growth.trimming import answer_alone
from frontdesk.privacy import without_personal

MOST_READ = 300
"""Questions of open gaps that are looked through at once, the newest."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A question as it was searched for, and what agents said after it, without personal data; empty: nothing.

    `question` is the one that shows a gap, if it does.
    """

    question: GapQuestion | None
    conversation_id: uuid.UUID
    text: str
    answer: str


def of_gap(session: Session, gap_id: uuid.UUID) -> Sequence[Resolution]:
    """What came of the questions of a gap, newest first."""
    newest = select(GapQuestion).where(GapQuestion.gap_id == gap_id).order_by(GapQuestion.asked_at.desc())
    return _of(session, session.scalars(newest.limit(MOST_READ)).all())


def beside_gap(session: Session, gap: Gap, conversation_id: uuid.UUID | None) -> Sequence[Resolution]:
    """What came of the questions of the other open gaps: of the newest ones, and of those, however old, that agents
    answered with a message that they wrote in the conversation, too."""
    newest = (
        select(GapQuestion)
        .join(Gap, Gap.id == GapQuestion.gap_id)
        .where(Gap.knowledge_base_id == gap.knowledge_base_id, Gap.state == GapState.OPEN, Gap.id != gap.id)
        .order_by(GapQuestion.asked_at.desc())
        .limit(MOST_READ)
    )
    by_agents = (Message.sender == Sender.AGENT, Message.form == Form.WRITTEN)
    said = session.scalars(select(Message.text).where(Message.conversation_id == conversation_id, *by_agents))
    same = exists().where(
        Message.conversation_id == GapQuestion.conversation_id,
        *by_agents,
        Message.text.in_([text for text in said if answer_alone([text])]),
    )
    found = {one.shown_by: one for wanted in (newest, newest.where(same)) for one in session.scalars(wanted)}
    return _of(session, list(found.values()))


def of_conversation(session: Session, conversation_id: uuid.UUID) -> Resolution | None:
    """What came of the last question of a conversation that an agent answered; None where none did.

    A question that shows a gap goes before others.
    """
    of_it = (GapQuestion.conversation_id == conversation_id, GapQuestion.message_id.is_not(None))
    shown = session.scalars(select(GapQuestion).where(*of_it).order_by(GapQuestion.asked_at.desc())).all()
    for found in _of(session, shown):
        if found.answer:
            return found
    written = (Message.conversation_id == conversation_id, Message.form == Form.WRITTEN)
    first_of_agent = select(func.min(Message.sequence)).where(*written, Message.sender == Sender.AGENT)
    asked = session.scalar(
        select(Message)
        .where(
            *written,
            Message.sender == Sender.CONTACT,
            Message.text != "",
            Message.sequence < first_of_agent.scalar_subquery(),
        )
        .order_by(Message.sequence.desc())
        .limit(1)
    )
    if asked is None:
        return None
    query = session.scalar(select(Decision.record["query"].astext).where(Decision.message_id == asked.id))
    (answer,) = _answers(session, {asked.id: conversation_id}).values()
    return Resolution(None, conversation_id, query or asked.text, answer) if answer else None


def _of(session: Session, questions: Sequence[GapQuestion]) -> list[Resolution]:
    asked = {one.message_id: one.conversation_id for one in questions if one.message_id}
    answers = _answers(session, asked)
    return [
        Resolution(one, one.conversation_id, one.text or "", answers.get(one.message_id, ""))
        for one in questions
        if one.message_id
    ]


def _answers(session: Session, asked: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, str]:
    """By message, what agents said after it in its conversation, without greetings and personal data."""
    found = session.execute(select(Message.id, Message.sequence).where(Message.id.in_(asked)))
    places = dict(found.all())
    rows = session.execute(
        select(Message.conversation_id, Message.sequence, Message.text, Agent.name)
        .join(Agent, Agent.id == Message.agent_id)
        .where(
            Message.conversation_id.in_(set(asked.values())),
            Message.sender == Sender.AGENT,
            Message.form == Form.WRITTEN,
        )
        .order_by(Message.conversation_id, Message.sequence)
    )
    said: dict[uuid.UUID, list[tuple[int, str]]] = defaultdict(list)
    names: dict[uuid.UUID, set[str]] = defaultdict(set)
    for conversation_id, sequence, text, name in rows:
        said[conversation_id].append((sequence, text))
        names[conversation_id].add(name)
    return {
        message_id: without_personal(
            answer_alone(text for at, text in said[place] if at > places[message_id]), names[place]
        )
        for message_id, place in asked.items()
        if message_id in places
    }
