"""What is done at the desk by itself, every few seconds: nobody is forgotten because an agent or a process is."""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from frontdesk.agents import Agent
from frontdesk.conversations.models import Activity, Conversation, Message, Sender, Status
from frontdesk.conversations.service import record_activity
from frontdesk.database import Sessions, now
from frontdesk.events import Events
from frontdesk.handoffs.handing import assign, running, to_queue
from frontdesk.handoffs.models import Handoff
from frontdesk.handoffs.priority import priority
from frontdesk.teams.models import Team

log = logging.getLogger(__name__)

Step = Callable[[Session, Conversation], bool]

IN_QUEUE = (Conversation.status == Status.OPEN, Conversation.assignee_id.is_(None))


class Rounds:
    """Looks after the queue. Each change is a transaction of its own under the conversation's lock, which passes by
    what somebody else changes at this moment, so that rounds of several processes do nothing twice."""

    def __init__(self, sessions: Sessions, events: Events, gone_after: timedelta) -> None:
        self._sessions = sessions
        self._events = events
        self._gone_after = gone_after

    def go(self) -> None:
        """Wake what was put off until now, take from who is gone, reorder the queue, give to who is free."""
        self.wake()
        self.release()
        self.reorder()
        self.assign()

    def wake(self) -> int:
        """Conversations that were put off until now are there again; how many."""

        def step(session: Session, conversation: Conversation) -> bool:
            conversation.wake()
            record_activity(session, conversation, Activity.WOKEN, conversation.assignee_id)
            return True

        return self._each((Conversation.snoozed_until <= func.now(),), step)

    def release(self) -> int:
        """Who was gone for too long, or has left, loses their open conversations to the queue; how many."""
        limit = now() - self._gone_after

        def step(session: Session, conversation: Conversation) -> bool:
            handoff = running(session, conversation.id)
            owner = session.get_one(Agent, conversation.assignee_id)
            if owner.active and _last_sign(session, owner, handoff) >= limit:
                return False
            conversation.release()
            to_queue(session, conversation, Activity.RELEASED)
            return True

        gone = select(Agent.id).where(or_(~Agent.active, Agent.seen_at.is_(None), Agent.seen_at < limit))
        return self._each((Conversation.status == Status.OPEN, Conversation.assignee_id.in_(gone)), step)

    def reorder(self) -> int:
        """Who waits in the queue has the priority that they have by now; of how many it has changed."""

        def step(session: Session, conversation: Conversation) -> bool:
            handoff = running(session, conversation.id)
            before, handoff.priority = handoff.priority, _priority(conversation, handoff)
            return before != handoff.priority

        with self._sessions() as session:
            waiting = select(Conversation, Handoff).join(Handoff, Handoff.conversation_id == Conversation.id)
            rows = session.execute(waiting.where(*IN_QUEUE, Handoff.ended_at.is_(None))).all()
        changed = [
            conversation.id
            for conversation, handoff in rows
            if handoff.priority != _priority(conversation, handoff)
        ]
        return self._each((Conversation.id.in_(changed), *IN_QUEUE), step) if changed else 0

    def assign(self) -> int:
        """Teams that assign by themselves give what waits to who is free, the most urgent first; how many."""
        given = 0
        with self._sessions() as session:
            teams = session.scalars(select(Team).where(Team.assigns).order_by(Team.position)).all()
        for team in teams:

            def step(session: Session, conversation: Conversation, team: Team = team) -> bool:
                return assign(session, conversation, running(session, conversation.id), team)

            given += self._each((Conversation.team_id == team.id, *IN_QUEUE), step, until_refused=True)
        return given

    def _each(self, due: tuple[ColumnElement[bool], ...], step: Step, *, until_refused: bool = False) -> int:
        with self._sessions() as session:
            found = select(Conversation.id).outerjoin(
                Handoff, (Handoff.conversation_id == Conversation.id) & Handoff.ended_at.is_(None)
            )
            ids = session.scalars(found.where(*due).order_by(Handoff.priority, Handoff.requested_at)).all()
        changed = 0
        for conversation_id in ids:
            done = self._one(conversation_id, due, step)
            changed += done is True
            if done is False and until_refused:
                break
        return changed

    def _one(self, conversation_id: uuid.UUID, due: tuple[ColumnElement[bool], ...], step: Step) -> bool | None:
        """Whether the step changed it; None when it is somebody else's or not due any more."""
        with self._sessions.begin() as session:
            mine = select(Conversation).where(Conversation.id == conversation_id, *due)
            conversation = session.scalar(mine.with_for_update(of=Conversation, skip_locked=True))
            if conversation is None:
                return None
            done = step(session, conversation)
        if done:
            self._events.wake(conversation_id)
        return done


def _priority(conversation: Conversation, handoff: Handoff) -> int:
    due = None if handoff.first_response_at else handoff.first_response_due
    return priority(handoff.reason, conversation.mood, handoff.requested_at, due, now())


def _last_sign(session: Session, owner: Agent, handoff: Handoff) -> datetime:
    """When an owner was last there: at a screen, taking the conversation, or writing in it."""
    wrote = session.scalar(
        select(func.max(Message.created_at)).where(
            Message.conversation_id == handoff.conversation_id,
            Message.sender == Sender.AGENT,
            Message.agent_id == owner.id,
        )
    )
    return max(moment for moment in (owner.seen_at, handoff.owned_since, wrote, handoff.requested_at) if moment)
