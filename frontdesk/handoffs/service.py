"""The verbs of the desk: look at the queue, claim, reply, put off, pass on, return, resolve."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from frontdesk.agents import Agent, Role
from frontdesk.conversations.attachments import Attachment
from frontdesk.conversations.models import (
    Activity,
    Conversation,
    Form,
    HandoffReason,
    Message,
    Sender,
    Status,
)
from frontdesk.conversations.service import (
    LONGEST_MESSAGE,
    Posted,
    append,
    find,
    find_by_key,
    lock,
    not_found,
    record_activity,
    require_words,
)
from frontdesk.database import Sessions, now
from frontdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from frontdesk.events import Events
from frontdesk.handoffs import listing
from frontdesk.handoffs.assigning import locked
from frontdesk.handoffs.handing import (
    end,
    first_unanswered,
    hand_over,
    own,
    running,
    to_queue,
)
from frontdesk.handoffs.listing import DeskItem, Destinations, View
from frontdesk.handoffs.models import Note, Outcome
from frontdesk.handoffs.queues import queue_of
from frontdesk.teams.routing import kept
from frontdesk.texts import require_text

LONGEST_SNOOZE = timedelta(days=90)


class Desk:
    """What agents do."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def request(self, conversation_id: uuid.UUID, contact_id: uuid.UUID) -> Conversation:
        """The contact asks for a person; asking twice changes nothing. Raises NotFound."""
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id, contact_id)
            if conversation.status == Status.SNOOZED:
                conversation.wake()
                record_activity(session, conversation, Activity.WOKEN, conversation.assignee_id)
            elif conversation.status != Status.OPEN:
                hand_over(session, conversation, HandoffReason.ASKED)
        self._events.wake(conversation_id)
        return conversation

    def list(self, agent_id: uuid.UUID, view: View, limit: int) -> Sequence[DeskItem]:
        """The conversations of a view."""
        with self._sessions() as session:
            return listing.items(session, session.get_one(Agent, agent_id), view, limit)

    def counts(self, agent_id: uuid.UUID) -> Mapping[View, int]:
        """How many conversations wait in the queue, and how many this agent has."""
        with self._sessions() as session:
            return listing.counts(session, session.get_one(Agent, agent_id))

    def get(self, conversation_id: uuid.UUID) -> DeskItem:
        """One conversation; raises NotFound."""
        with self._sessions() as session:
            found = listing.item(session, conversation_id)
        if found is None:
            raise not_found()
        return found

    def earlier(self, conversation_id: uuid.UUID, limit: int = 20) -> Sequence[DeskItem]:
        """Other conversations of the same contact, newest first; raises NotFound."""
        with self._sessions() as session:
            return listing.earlier_of(session, find(session, conversation_id), limit)

    def destinations(self) -> Destinations:
        """To whom a conversation can be passed on."""
        with self._sessions() as session:
            return listing.destinations(session)

    def claim(self, conversation_id: uuid.UUID, agent_id: uuid.UUID) -> None:
        """Take a conversation out of the queue; raises NotFound, or Conflict when another agent was faster.

        Administrators take over from anybody, and everybody from an agent who has left. Raises NotAllowed for the
        queue of another team.
        """
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            owner = session.get(Agent, conversation.assignee_id) if conversation.assignee_id else None
            owner_left = owner is not None and not owner.active
            already_mine = conversation.assignee_id == agent_id
            agent = session.get_one(Agent, agent_id)
            conversation.claim(agent_id, takes_over=owner_left or agent.role == Role.ADMIN)
            if not already_mine:
                locked(session, agent_id)
                served = select(Conversation.id).where(Conversation.id == conversation_id, queue_of(agent))
                if session.scalar(served) is None:
                    raise NotAllowed("This conversation waits for another team.", code="other_team")
                own(session, conversation, agent_id, Activity.CLAIMED)
        self._events.wake(conversation_id)

    def read(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, to: int) -> None:
        """The owner has read the messages up to a sequence number; of anybody else that says nothing.

        Raises NotFound.
        """
        with self._sessions.begin() as session:
            find(session, conversation_id)
            session.execute(
                update(Conversation)
                .where(
                    Conversation.id == conversation_id,
                    Conversation.assignee_id == agent_id,
                    Conversation.read_to < func.least(to, Conversation.last_sequence),
                )
                .values(read_to=func.least(to, Conversation.last_sequence))
            )

    def reply(
        self,
        conversation_id: uuid.UUID,
        agent_id: uuid.UUID,
        text: str,
        idempotency_key: str | None,
        files: Sequence[Attachment] = (),
    ) -> Posted:
        """The owner writes to the contact, once per key; raises Invalid, NotFound, NotAllowed or Conflict."""
        text = require_words(text, files)
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            if earlier := find_by_key(session, conversation_id, Sender.AGENT, idempotency_key, text, files):
                return Posted(earlier, fresh=False)
            conversation.require_owner(agent_id)
            message = append(
                session,
                conversation,
                Message(
                    sender=Sender.AGENT,
                    agent_id=agent_id,
                    form=Form.WRITTEN,
                    text=text,
                    idempotency_key=idempotency_key,
                    attachments=list(files),
                ),
            )
            handoff = running(session, conversation_id)
            handoff.first_response_at = handoff.first_response_at or message.created_at
        self._events.wake(conversation_id)
        return Posted(message, fresh=True)

    def note(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, text: str) -> Note:
        """Write something down that only the staff sees; raises Invalid or NotFound."""
        text = require_text(text, LONGEST_MESSAGE, "The note")
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.updated_at = now()
            note = Note(conversation_id=conversation_id, agent_id=agent_id, text=text)
            session.add(note)
        self._events.wake(conversation_id)
        return note

    def notes(self, conversation_id: uuid.UUID) -> Sequence[Note]:
        """What the staff has written down about a conversation, oldest first."""
        with self._sessions() as session:
            return session.scalars(
                select(Note).where(Note.conversation_id == conversation_id).order_by(Note.created_at, Note.id)
            ).all()

    def snooze(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, until: datetime | None) -> None:
        """The owner puts it off until a moment, or takes that back; what the contact writes ends it, too.

        Raises NotFound, NotAllowed, or Invalid for a moment that has passed or is too far away.
        """
        moment = now()
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.require_owner(agent_id)
            if until is not None and not moment < until <= moment + LONGEST_SNOOZE:
                days = LONGEST_SNOOZE.days
                raise Invalid(f"Choose a moment within the next {days} days.", code="snooze_until")
            if until is not None:
                conversation.snooze(agent_id, until)
                record_activity(session, conversation, Activity.SNOOZED, agent_id)
            elif conversation.status == Status.SNOOZED:
                conversation.wake()
                record_activity(session, conversation, Activity.WOKEN, agent_id)
        self._events.wake(conversation_id)

    def transfer(
        self,
        conversation_id: uuid.UUID,
        agent_id: uuid.UUID,
        *,
        to_team: uuid.UUID | None = None,
        to_agent: uuid.UUID | None = None,
        note: str | None = None,
    ) -> None:
        """The owner, or an administrator, passes it on to a team's queue or to an agent, with a word to them.

        Raises NotFound, NotAllowed, Conflict, or Invalid unless it goes to one of both.
        """
        note = require_text(note, LONGEST_MESSAGE, "The note") if note else None
        if (to_team is None) == (to_agent is None):
            raise Invalid("Pass it on either to a team or to an agent.", code="transfer_to_one")
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            if session.get_one(Agent, agent_id).role != Role.ADMIN:
                conversation.require_owner(agent_id)
            if to_agent is not None:
                if not session.scalar(select(Agent.active).where(Agent.id == to_agent)):
                    raise NotFound("There is no such agent.", code="agent_not_found")
                locked(session, to_agent)
            elif kept(session, to_team) is None:
                raise NotFound("There is no such team.", code="team_not_found")
            conversation.transfer(to_team or conversation.team_id, to_agent)
            if note:
                session.add(Note(conversation_id=conversation_id, agent_id=agent_id, text=note))
            if to_agent is not None:
                own(session, conversation, to_agent, Activity.TRANSFERRED)
            else:
                to_queue(session, conversation, Activity.TRANSFERRED)
        self._events.wake(conversation_id)

    def return_to_assistant(self, conversation_id: uuid.UUID, agent_id: uuid.UUID) -> None:
        """The owner gives the conversation back; raises NotFound or NotAllowed."""
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.return_to_assistant(agent_id, first_unanswered(session, conversation_id))
            end(session, conversation, agent_id, Outcome.RETURNED)
        self._events.wake(conversation_id)

    def resolve(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, seen: int | None = None) -> None:
        """The owner is done; raises NotFound or NotAllowed.

        Raises Conflict when the contact wrote after `seen`, the last sequence number that the owner has seen.
        """
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.resolve(agent_id)
            unanswered = first_unanswered(session, conversation_id)
            if seen is not None and unanswered is not None and conversation.last_sequence > seen:
                raise Conflict("The contact has just written again.", code="new_message")
            end(session, conversation, agent_id, Outcome.RESOLVED)
        self._events.wake(conversation_id)
