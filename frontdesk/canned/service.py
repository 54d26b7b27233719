"""The verbs around canned responses: administrators write them, agents use those of their teams."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.agents import Agent, Role
from frontdesk.canned.models import UNIQUE_NAME, CannedResponse
from frontdesk.canned.searching import found
from frontdesk.canned.variables import BLANK, Variable, fill_in, require_known
from frontdesk.contacts import label
from frontdesk.conversations.models import Conversation
from frontdesk.conversations.service import LONGEST_MESSAGE, find
from frontdesk.database import Sessions, now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.handoffs.models import Callback, Handoff
from frontdesk.language import Language
from frontdesk.teams.models import Team, TeamMember
from frontdesk.texts import require_text

LONGEST_NAME = 80
MOST_RESPONSES = 500


@dataclass(frozen=True, slots=True)
class Filled:
    """A response as it would be sent in a conversation; `blanks` says how many places the agent has to fill."""

    response: CannedResponse
    text: str

    @property
    def blanks(self) -> int:
        """Places for which there was no value."""
        return self.text.count(BLANK) - self.response.text.count(BLANK)


class CannedResponses:
    """What the staff says often."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def list(self) -> Sequence[CannedResponse]:
        """All of them, by name."""
        with self._sessions() as session:
            return session.scalars(select(CannedResponse).order_by(func.lower(CannedResponse.name))).all()

    def create(
        self,
        agent_id: uuid.UUID,
        name: str,
        text: str,
        language: Language | None = None,
        team_id: uuid.UUID | None = None,
    ) -> CannedResponse:
        """A new one, written by an agent.

        Raises Invalid, also for an unknown variable; Conflict when the name is taken; NotFound for the team.
        """
        response = CannedResponse()
        with self._sessions.begin() as session:
            if session.scalars(select(func.count()).select_from(CannedResponse)).one() >= MOST_RESPONSES:
                raise Invalid(f"There are at most {MOST_RESPONSES} canned responses.", code="canned_too_many")
            _fill(session, response, agent_id, name, text, language, team_id)
            session.add(response)
            _flush(session)
        return response

    def change(
        self,
        response_id: uuid.UUID,
        agent_id: uuid.UUID,
        seen_revision: int,
        name: str,
        text: str,
        language: Language | None,
        team_id: uuid.UUID | None,
    ) -> CannedResponse:
        """Write it anew; raises as `create` does, NotFound, or Conflict when it has changed since it was seen."""
        with self._sessions.begin() as session:
            response = _locked(session, response_id)
            if response.revision != seen_revision:
                raise Conflict(
                    "Somebody else has changed this canned response meanwhile; look at it again.",
                    code="canned_changed",
                )
            _fill(session, response, agent_id, name, text, language, team_id)
            response.revision += 1
            _flush(session)
        return response

    def delete(self, response_id: uuid.UUID) -> None:
        """Without it; raises NotFound."""
        with self._sessions.begin() as session:
            session.delete(_locked(session, response_id))

    def ready(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, query: str = "") -> Sequence[Filled]:
        """Those that an agent may use, filled in for a conversation; raises NotFound.

        With a query, those that fit it, best first; else those in the conversation's language come first.
        """
        with self._sessions() as session:
            conversation = find(session, conversation_id)
            agent = session.get_one(Agent, agent_id)
            usable = _usable(session, agent)
            values = _values(session, conversation, agent)
        if query.strip():
            usable = found(query, usable, lambda one: (one.name, one.text))
        else:
            usable = sorted(usable, key=lambda one: one.language not in (None, conversation.language))
        return [Filled(one, fill_in(one.text, values)) for one in usable]


def _usable(session: Session, agent: Agent) -> Sequence[CannedResponse]:
    """Those of all, and those of the agent's teams; an administrator and an agent of no team use every one."""
    wanted = select(CannedResponse).order_by(func.lower(CannedResponse.name))
    teams = session.scalars(select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)).all()
    if agent.role != Role.ADMIN and teams:
        wanted = wanted.where(or_(CannedResponse.team_id.is_(None), CannedResponse.team_id.in_(teams)))
    return session.scalars(wanted).all()


def _values(session: Session, conversation: Conversation, agent: Agent) -> Mapping[Variable, str | None]:
    team = session.get(Team, conversation.team_id) if conversation.team_id else None
    name = session.scalar(
        select(Callback.name)
        .join(Handoff, Handoff.id == Callback.handoff_id)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(Conversation.contact_id == conversation.contact_id, Callback.name != "")
        .order_by(Callback.created_at.desc())
        .limit(1)
    )
    return {
        Variable.CONTACT: name,
        Variable.AGENT: agent.name,
        Variable.TEAM: team.name if team else None,
        Variable.CONVERSATION: label(conversation.id),
    }


def _locked(session: Session, response_id: uuid.UUID) -> CannedResponse:
    response = session.get(CannedResponse, response_id, with_for_update=True)
    if response is None:
        raise NotFound("There is no such canned response.", code="canned_not_found")
    return response


def _fill(
    session: Session,
    response: CannedResponse,
    agent_id: uuid.UUID,
    name: str,
    text: str,
    language: Language | None,
    team_id: uuid.UUID | None,
) -> None:
    response.name = require_text(" ".join(name.split()), LONGEST_NAME, "The name")
    response.text = require_text(text, LONGEST_MESSAGE, "The text")
    require_known(response.text)
    if team_id is not None and session.get(Team, team_id) is None:
        raise NotFound("There is no such team.", code="team_not_found")
    response.language, response.team_id = language, team_id
    response.changed_by, response.changed_at = agent_id, now()


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        if UNIQUE_NAME in str(error.orig):
            raise Conflict("A canned response of this name exists already.", code="canned_name_taken") from error
        raise NotFound("There is no such team.", code="team_not_found") from error
