"""The changes of hands of a locked conversation: how each is written down, whoever has it done."""

import uuid
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.conversations.models import (
    Activity,
    Conversation,
    Form,
    HandoffReason,
    Message,
    Sender,
)
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.conversations.service import append, record_activity
from frontdesk.database import now
from frontdesk.errors import Conflict
from frontdesk.handoffs.assigning import free_agent
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.handoffs.priority import priority
from frontdesk.handoffs.waiting import place_in_queue
from frontdesk.handoffs.wording import acknowledgement
from frontdesk.teams.models import Team
from frontdesk.teams.routing import route_and_keep
from frontdesk.teams.targets import target
from frontdesk.teams.wording import closed_notice

REMEMBERED = timedelta(hours=24)
"""So long after the end of a handoff, its agent is the first to be thought of for the next one."""


def hand_over(
    session: Session,
    conversation: Conversation,
    reason: HandoffReason,
    reply_to: uuid.UUID | None = None,
    topic: SensitiveTopic | None = None,
) -> Message:
    """Give a locked conversation to people and tell the contact so; returns the acknowledgement.

    It comes to the team that is meant for it and, if that assigns by itself, to a free agent of it.
    Raises Conflict when people have it already.
    """
    conversation.hand_over()
    team = route_and_keep(session, conversation.topic_id, conversation.language)
    conversation.team_id = team.id
    handoff = _begin(session, conversation, reason, team)
    told = append(
        session,
        conversation,
        Message(
            sender=Sender.ASSISTANT,
            form=Form.NOTICE,
            text=acknowledgement(
                reason,
                conversation.language,
                topic,
                closed=closed_notice(team.business_hours, handoff.requested_at, conversation.language),
            ),
            handoff_reason=reason,
            reply_to=reply_to,
        ),
    )
    record_activity(session, conversation, Activity.HANDED_OVER)
    handoff.place = place_in_queue(session, conversation, handoff).number
    assign(session, conversation, handoff, team)
    return told


def running(session: Session, conversation_id: uuid.UUID) -> Handoff:
    """The handoff that has not ended; raises Conflict when there is none."""
    handoff = session.scalar(
        select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None))
    )
    if handoff is None:
        raise Conflict("This conversation was not handed over.", code="not_handed_over")
    return handoff


def own(session: Session, conversation: Conversation, agent_id: uuid.UUID, how: Activity) -> None:
    """Note that an agent, whom the conversation names as its owner by now, has come to it."""
    handoff = running(session, conversation.id)
    moment = now()
    handoff.claimed_at, handoff.claimed_by, handoff.owned_since = handoff.claimed_at or moment, agent_id, moment
    conversation.read_to = conversation.boundary
    record_activity(session, conversation, how, agent_id)


def to_queue(session: Session, conversation: Conversation, how: Activity) -> None:
    """Note that a conversation has no owner any more and waits again; it keeps its place by the time it came."""
    handoff = running(session, conversation.id)
    handoff.owned_since = None
    record_activity(session, conversation, how)
    assign(
        session, conversation, handoff, session.get(Team, conversation.team_id) if conversation.team_id else None
    )


def assign(session: Session, conversation: Conversation, handoff: Handoff, team: Team | None) -> bool:
    """Give a waiting conversation to a free agent of a team that assigns by itself; whether there was one."""
    if team is None or not team.assigns:
        return False
    agent_id = free_agent(session, team.id, handoff)
    if agent_id is None:
        return False
    conversation.claim(agent_id, takes_over=False)
    own(session, conversation, agent_id, Activity.ASSIGNED)
    return True


def end(session: Session, conversation: Conversation, agent_id: uuid.UUID, outcome: Outcome) -> None:
    """Note that an agent has given the conversation out of people's hands."""
    handoff = running(session, conversation.id)
    handoff.ended_at, handoff.outcome, handoff.owned_since = now(), outcome, None
    how = Activity.RETURNED if outcome is Outcome.RETURNED else Activity.RESOLVED
    record_activity(session, conversation, how, agent_id)


def first_unanswered(session: Session, conversation_id: uuid.UUID) -> Message | None:
    """The first of the contact's messages that neither the assistant nor an agent has followed up."""
    written = Message.conversation_id == conversation_id
    followed_up = select(func.coalesce(func.max(Message.sequence), 0)).where(
        written, Message.sender.in_([Sender.ASSISTANT, Sender.AGENT])
    )
    return session.scalar(
        select(Message)
        .where(written, Message.sender == Sender.CONTACT, Message.sequence > followed_up.scalar_subquery())
        .order_by(Message.sequence)
        .limit(1)
    )


def _begin(session: Session, conversation: Conversation, reason: HandoffReason, team: Team) -> Handoff:
    moment = now()
    first_response, resolution = (
        target(team.business_hours, moment, minutes)
        for minutes in (team.first_response_minutes, team.resolution_minutes)
    )
    first_response_due = first_response.due_at if first_response else None
    last_before = session.scalar(
        select(Handoff.claimed_by)
        .where(Handoff.conversation_id == conversation.id, Handoff.ended_at > moment - REMEMBERED)
        .order_by(Handoff.ended_at.desc())
        .limit(1)
    )
    handoff = Handoff(
        conversation_id=conversation.id,
        reason=reason,
        priority=priority(reason, conversation.mood, moment, first_response_due, moment),
        previous_agent_id=last_before,
        requested_at=moment,
        first_response_warn_at=first_response.warn_at if first_response else None,
        first_response_due=first_response_due,
        resolution_warn_at=resolution.warn_at if resolution else None,
        resolution_due=resolution.due_at if resolution else None,
    )
    session.add(handoff)
    session.flush()
    return handoff
